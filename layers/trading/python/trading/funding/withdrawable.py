"""What a withdrawal would get at this moment."""

from trading.funding.accounts.models import TradingAccount
from trading.partners.drivewealth.wiring import quick_drivewealth
from trading.platform.errors import Refused, Unavailable


def withdrawable_cents(account: TradingAccount) -> int:
    """Return what a withdrawal would get, by the broker's word; by our own ledger where it does not answer soon."""
    try:
        brokers = quick_drivewealth().money(str(account.broker_account_id)).available_for_withdrawal_cents
    except (Unavailable, Refused):
        brokers = account.broker_cash_cents
    return account.withdrawable_cents(brokers)
