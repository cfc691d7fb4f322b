"""Corporate actions: dividends land in cash and in gains; splits, spin-offs and mergers change what is held.

The broker tells each as a transaction. Its cash is booked once, by the transaction's id; its shares are
taken into what was last seen, so that they are not measured as a trade.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from trading.brokerage.portfolios import BrokerTransaction, TransactionKind
from trading.funding.errors import AlreadyHandled, ForeignEvent
from trading.ledger.models import LedgerAccount
from trading.managed.models import MAX_ACTIONS, CorporateAction, HoldingsSnapshot, ManagedPortfolio
from trading.managed.ports import ManagedChange, ManagedStore
from trading.managed.weights import shared
from trading.platform.clock import Clock, trading_date
from trading.platform.retry import retry_on_stale

_SHARE = Decimal("0.00000001")


@dataclass(frozen=True)
class ActionService:
    """Books corporate actions."""

    store: ManagedStore
    clock: Clock

    @retry_on_stale
    def state(self, owner: str | None, told: BrokerTransaction) -> ManagedPortfolio | None:
        """Book a transaction, once however often it is told.

        Raises:
            ForeignEvent: if the account is nobody's.
        """
        state = self.store.load(owner) if owner is not None else None
        if state is None or state.account is None:
            raise ForeignEvent("The account is nobody's.")
        portfolio = state.portfolio or ManagedPortfolio.new(state.account.owner, state.account.account_id)
        now = self.clock.now()
        position = {LedgerAccount.CASH: told.cents, LedgerAccount.DIVIDENDS: -told.cents}
        posting = state.account.posted({}, position, reference=f"transaction:{told.transaction_id}", at=now)
        action = CorporateAction(
            told.transaction_id, told.kind, told.symbol, told.cents, told.quantity, told.new_symbol, now
        )
        after = _after(portfolio, told, action)
        change = ManagedChange(
            # Cash that came is not to be spent on what was told before it did.
            portfolio=after.owing_targets(now) if told.cents and after.portfolio_id else after,
            account=posting.account,
            entry=posting.entry,
            event_id=f"transaction:{told.transaction_id}",
        )
        try:
            return self.store.commit(change).portfolio
        except AlreadyHandled:
            return portfolio


def _after(portfolio: ManagedPortfolio, told: BrokerTransaction, action: CorporateAction) -> ManagedPortfolio:
    """Return the portfolio with an action: shown, in the gains of the funds that hold the symbol, in what was seen."""
    actions = (*portfolio.actions, action)[-MAX_ACTIONS:]
    portfolio = replace(portfolio, actions=actions)
    seen = portfolio.seen
    if seen is None:
        return portfolio
    quantities = {key: quantity[told.symbol] for key, quantity in seen.quantities.items() if quantity.get(told.symbol)}
    day = trading_date(action.at)
    for collection_id, cents in _shares(told.cents, quantities).items():
        fund = portfolio.fund(collection_id)
        if fund is not None:
            # Money that a holding pays out came out of it.
            portfolio = portfolio.with_fund(fund.with_flow(-cents, day))
    if told.kind is TransactionKind.DIVIDEND or not told.quantity:
        return portfolio
    return replace(portfolio, seen=_with_shares(seen, told, quantities))


def _shares(cents: int, quantities: Mapping[str, Decimal]) -> dict[str, int]:
    sign = 1 if cents >= 0 else -1
    return {key: sign * each for key, each in shared(abs(cents), quantities).items()}


def _with_shares(
    seen: HoldingsSnapshot, told: BrokerTransaction, quantities: Mapping[str, Decimal]
) -> HoldingsSnapshot:
    """Return what was seen with the shares that came, of the new symbol, or went, of the old one."""
    quantities = quantities or _gone(seen, told.symbol)
    symbol = told.new_symbol if told.new_symbol and told.quantity > 0 else told.symbol
    whole = sum(quantities.values(), Decimal(0))
    after = {key: dict(quantity) for key, quantity in seen.quantities.items()}
    for key, quantity in quantities.items():
        part = (told.quantity * quantity / whole).quantize(_SHARE)
        if told.takes_old:
            after[key][told.symbol] = Decimal(0)
        after[key][symbol] = max(Decimal(0), after[key].get(symbol, Decimal(0)) + part)
    return replace(seen, quantities=after)


def _gone(seen: HoldingsSnapshot, symbol: str) -> Mapping[str, Decimal]:
    """Return what each fund's shares were worth that a merger took before it brought the new ones."""
    worth = {
        key: Decimal(seen.cents.get(key, {}).get(symbol, 0))
        for key, quantity in seen.quantities.items()
        if symbol in quantity
    }
    return {key: cents for key, cents in worth.items() if cents}
