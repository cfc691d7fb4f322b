"""How an account is brought to its targets: what is to be sold and bought, and how that is filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from sandbox.partners.drivewealth.managed.holdings import STEP, Values, add, held, take
from sandbox.partners.drivewealth.managed.state import Fund, Portfolio, RequestedChanges, Side, Trade
from sandbox.partners.drivewealth.state import Account

Place = tuple[str, str]


def orders(account: Account, portfolio: Portfolio, funds: Mapping[str, Fund], values: Values) -> list[Trade]:
    """Return what brings an account to its portfolio's targets, to the cent below; sells come first.

    What is not targeted any more is sold to the last fraction.
    """
    equity = max(values.equity(account), 0)
    weights = {
        (fund_id, symbol): of_portfolio * of_fund
        for fund_id, of_portfolio in portfolio.funds.items()
        for symbol, of_fund in funds[fund_id].targets.items()
    }
    quantities = {(fund_id, symbol): quantity for fund_id, symbol, quantity in held(account)}
    found = []
    for place in sorted({*weights, *quantities}):
        quantity, weight = quantities.get(place, Decimal(0)), weights.get(place, Decimal(0))
        if quantity and not weight:
            found.append(Trade(account.account_id, *place, Side.SELL, None, quantity))
        else:
            change = int(weight * equity) - values.cents(place[1], quantity)
            side = Side.BUY if change > 0 else Side.SELL
            wanted = _quantity(abs(change), values.price(place[1]))
            found += [Trade(account.account_id, *place, side, abs(change), wanted)] if change else []
    return sorted(found, key=lambda trade: trade.side is Side.BUY)


@dataclass(frozen=True)
class Execution:
    """Fills an account's orders at today's prices; `symbols` says which may be traded."""

    account: Account
    values: Values
    symbols: Mapping[str, bool]
    requested_changes: RequestedChanges

    def fill(self, trades: Iterable[Trade]) -> tuple[list[Trade], int]:
        """Fill sells, then buys with the cash there is; return what became of them, and the fee in cents.

        Where cash is short, every buy shrinks by the same share.
        """
        judged = [replace(trade, rejection=self._rejection(trade.symbol)) for trade in trades]
        refused = [trade for trade in judged if trade.rejection]
        sells = [self._sell(trade) for trade in judged if trade.side is Side.SELL and not trade.rejection]
        buys = [trade for trade in judged if trade.side is Side.BUY and not trade.rejection]
        fee = min(self.requested_changes.fee_cents, max(self.account.cash_cents, 0)) if sells or buys else 0
        self.account.cash_cents -= fee
        return [*refused, *sells, *self._buy(buys)], fee

    def _rejection(self, symbol: str) -> str | None:
        if symbol in self.requested_changes.reject:
            return "Order was rejected by the exchange"
        if not self.symbols.get(symbol, False):
            return "Instrument is not active"
        return None if self.values.price(symbol) else "No price is available"

    def _sell(self, trade: Trade) -> Trade:
        percent = self.requested_changes.fill_percent
        owned = self.account.shares.get(trade.fund_id, {}).get(trade.symbol, Decimal(0))
        quantity = min(owned, (trade.wanted * percent / 100).quantize(STEP, rounding=ROUND_HALF_UP))
        cents = self.values.cents(trade.symbol, owned) - self.values.cents(trade.symbol, owned - quantity)
        if quantity:
            take(self.account, trade.fund_id, trade.symbol, quantity)
        self.account.cash_cents += cents
        return replace(trade, quantity=quantity, cents=cents)

    def _buy(self, trades: list[Trade]) -> list[Trade]:
        percent, cash = self.requested_changes.fill_percent, max(self.account.cash_cents, 0)
        total = sum((trade.asked or 0) * percent // 100 for trade in trades)
        if total > cash:
            trades = [self._shrunk(trade, (trade.asked or 0) * cash // total) for trade in trades]
        return [self._buy_for(trade, (trade.asked or 0) * percent // 100) for trade in trades]

    def _shrunk(self, trade: Trade, cents: int) -> Trade:
        return replace(trade, asked=cents, wanted=_quantity(cents, self.values.price(trade.symbol)))

    def _buy_for(self, trade: Trade, cents: int) -> Trade:
        quantity = _quantity(cents, self.values.price(trade.symbol))
        owned = self.account.shares.get(trade.fund_id, {}).get(trade.symbol, Decimal(0))
        paid = self.values.cents(trade.symbol, owned + quantity) - self.values.cents(trade.symbol, owned)
        if paid > max(self.account.cash_cents, 0) and cents:
            # Of several sums that round up, the last would take a cent that is not there.
            return self._buy_for(trade, cents - 1)
        if quantity:
            add(self.account, trade.fund_id, trade.symbol, quantity, cost_cents=paid)
        self.account.cash_cents -= paid
        return replace(trade, quantity=quantity, cents=paid)


def _quantity(cents: int, price: Decimal | None) -> Decimal:
    return (cents / (price * 100)).quantize(STEP, rounding=ROUND_DOWN) if price else Decimal(0)
