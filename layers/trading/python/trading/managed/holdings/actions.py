"""Corporate actions: dividends land in cash and in gains; splits, spin-offs and mergers change what is held.

The broker sends each as a transaction. Its cash is posted once, by the transaction's id; its shares are
taken into the last snapshot, so that they are not measured as a trade.
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
    """Records corporate actions."""

    store: ManagedStore
    clock: Clock

    @retry_on_stale
    def record(self, owner: str | None, transaction: BrokerTransaction) -> ManagedPortfolio | None:
        """Record a transaction, once however often it comes.

        Raises:
            ForeignEvent: if the account is nobody's.
        """
        state = self.store.load(owner) if owner is not None else None
        if state is None or state.account is None:
            raise ForeignEvent("The account is nobody's.")
        portfolio = state.portfolio or ManagedPortfolio.new(state.account.owner, state.account.account_id)
        now = self.clock.now()
        position = {LedgerAccount.CASH: transaction.cents, LedgerAccount.DIVIDENDS: -transaction.cents}
        posting = state.account.posted({}, position, reference=f"transaction:{transaction.transaction_id}", at=now)
        action = CorporateAction(
            transaction.transaction_id,
            transaction.kind,
            transaction.symbol,
            transaction.cents,
            transaction.quantity,
            transaction.new_symbol,
            now,
        )
        after = _after(portfolio, transaction, action)
        change = ManagedChange(
            # Cash that came is not to be spent on what was submitted before it did.
            portfolio=after.owing_targets(now) if transaction.cents and after.portfolio_id else after,
            account=posting.account,
            entry=posting.entry,
            event_id=f"transaction:{transaction.transaction_id}",
        )
        try:
            return self.store.commit(change).portfolio
        except AlreadyHandled:
            return portfolio


def _after(portfolio: ManagedPortfolio, transaction: BrokerTransaction, action: CorporateAction) -> ManagedPortfolio:
    """Return the portfolio with an action: shown, in the gains of the funds that hold the symbol, in what was seen."""
    actions = (*portfolio.actions, action)[-MAX_ACTIONS:]
    portfolio = replace(portfolio, actions=actions)
    seen = portfolio.seen
    if seen is None:
        return portfolio
    quantities = {
        key: quantity[transaction.symbol]
        for key, quantity in seen.quantities.items()
        if quantity.get(transaction.symbol)
    }
    day = trading_date(action.at)
    for collection_id, cents in _shares(transaction.cents, quantities).items():
        fund = portfolio.fund(collection_id)
        if fund is not None:
            # Money that a holding pays out came out of it.
            portfolio = portfolio.with_fund(fund.with_flow(-cents, day))
    if transaction.kind is TransactionKind.DIVIDEND or not transaction.quantity:
        return portfolio
    return replace(portfolio, seen=_with_shares(seen, transaction, quantities))


def _shares(cents: int, quantities: Mapping[str, Decimal]) -> dict[str, int]:
    sign = 1 if cents >= 0 else -1
    return {key: sign * share for key, share in shared(abs(cents), quantities).items()}


def _with_shares(
    seen: HoldingsSnapshot, transaction: BrokerTransaction, quantities: Mapping[str, Decimal]
) -> HoldingsSnapshot:
    """Return what was seen with the shares that came, of the new symbol, or went, of the old one."""
    quantities = quantities or _gone(seen, transaction.symbol)
    symbol = transaction.new_symbol if transaction.new_symbol and transaction.quantity > 0 else transaction.symbol
    whole = sum(quantities.values(), Decimal(0))
    after = {key: dict(quantity) for key, quantity in seen.quantities.items()}
    for key, quantity in quantities.items():
        part = (transaction.quantity * quantity / whole).quantize(_SHARE)
        if transaction.takes_old:
            after[key][transaction.symbol] = Decimal(0)
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
