"""Why something is not done: codes that stay, and sentences for the person."""

from collections.abc import Mapping

from trading.brokerage.halts import BuyRestriction
from trading.managed.versions.models import Reason

TOO_LITTLE_CASH = Reason("insufficient_funds", "There is not enough free cash yet.")
CASH_BELOW_ZERO = Reason("cash_below_zero", "The account's cash is below zero; only sales that make up for it go on.")
SOLD_FIRST = Reason("sold_first", "All of it is being sold first.")
NOTHING_HELD = Reason("insufficient_holdings", "There is nothing to sell.")
NOTHING_TRADABLE = Reason("no_tradable_symbols", "None of the symbols can be traded at present.")
TRADING_PAUSED = Reason("trading_paused", "Buying on this account is paused. Please contact support.")
BILLING_HOLD = Reason("billing_hold", "An invoice is not paid yet; buying goes on when it is.")
TRADING_STOPPED = Reason(
    "trading_stopped", "Buying is stopped at present; it goes on by itself. Sales go on meanwhile."
)
ACCOUNT_NOT_OPEN = Reason("account_not_open", "The trading account is not open.")
RUN_FAILED = Reason("run_failed", "The broker could not carry out the orders.")
NOT_EXECUTED = Reason("not_executed", "The broker did not carry out the orders after several tries.")
REFUSED = Reason("broker_refused", "The broker did not accept the orders.")
CANCELLED = Reason("cancelled", "Cancelled on request.")
NO_NEW_TRADES = Reason("no_new_trades", "The broker takes no purchases for this account; selling stays possible.")
OF_RESTRICTION: Mapping[BuyRestriction, Reason] = {
    BuyRestriction.TRADING_PAUSED: TRADING_PAUSED,
    BuyRestriction.BILLING_HOLD: BILLING_HOLD,
    BuyRestriction.NO_NEW_TRADES: NO_NEW_TRADES,
}
