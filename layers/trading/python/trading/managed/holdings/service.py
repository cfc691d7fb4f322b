"""What is held: worth, weights and gains, of a portfolio and of each collection in it.

It is read at the broker each time; where that gives nothing that makes sense, the last snapshot is used,
with its moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from trading.funding.accounts.models import TradingAccount
from trading.managed.effects import change_of
from trading.managed.flows import Flow
from trading.managed.holdings.gains import Gains, gains
from trading.managed.market_hours import MarketHours
from trading.managed.models import DayMark, Fund, HoldingsSnapshot, ManagedPortfolio, RebalanceStage
from trading.managed.observation.reader import AccountReader
from trading.managed.ports import ManagedState, ManagedStore
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import NotFound, Unavailable
from trading.platform.retry import retry_on_stale

_WEIGHT = Decimal("0.0001")


@dataclass(frozen=True)
class SymbolHolding:
    """A symbol in a fund: its weight as it should be and as it is, and what it is worth."""

    symbol: str
    target_weight: Decimal
    actual_weight: Decimal
    cents: int
    quantity: Decimal


@dataclass(frozen=True)
class FundHolding:
    """A collection in a portfolio."""

    collection_id: str
    cents: int
    weight: Decimal
    symbols: tuple[SymbolHolding, ...]
    gains: Gains


@dataclass(frozen=True)
class Holdings:
    """A portfolio as it was seen at a moment."""

    portfolio: ManagedPortfolio
    seen: HoldingsSnapshot
    cash_weight: Decimal
    funds: tuple[FundHolding, ...]
    gains: Gains


@dataclass(frozen=True)
class HoldingsService:
    """Shows what people hold, and keeps how each day ended."""

    store: ManagedStore
    account_reader: AccountReader
    hours: MarketHours
    clock: Clock

    def of(self, owner: str) -> Holdings:
        """Return what a person holds.

        Raises:
            NotFound: if they have no trading account yet.
            Unavailable: if the broker cannot be asked and was never observed.
        """
        state = self.store.load(owner)
        if state.account is None or state.account.opened_at is None:
            raise NotFound("There is no trading account yet.")
        portfolio = state.portfolio or ManagedPortfolio.new(owner, state.account.account_id)
        return self._show(state.account, portfolio, self._read_holdings(state, portfolio, state.account))

    def fund(self, owner: str, collection_id: str) -> FundHolding:
        """Return what a person holds of a collection; of one that is not held, nothing. Raises as `of`."""
        holdings = self.of(owner)
        found = next((fund for fund in holdings.funds if fund.collection_id == collection_id), None)
        return found or FundHolding(collection_id, 0, Decimal(0), (), gains(0, (), (0, 0), self._today))

    @retry_on_stale
    def snapshot(self, owner: str, day: date) -> DayMark | None:
        """Write what a person's account was worth at the end of a day, and keep it for the next day's gains.

        The broker is asked until the next session opens; from then on, the last snapshot is used.

        Raises:
            Unavailable: if what is held cannot be read; the message comes again.
        """
        state = self.store.load(owner)
        account = state.account
        if account is None or account.opened_at is None:
            return None
        portfolio = state.portfolio or ManagedPortfolio.new(owner, account.account_id)
        seen = self._read_holdings(state, portfolio, account, until=self.hours.open_after(day))
        mark = _mark(day, seen, account, portfolio)
        self.store.save_day(owner, mark)
        if state.portfolio is not None:
            marked = _marked(portfolio, mark)
            if portfolio.stage is RebalanceStage.IDLE and _has_same_shares(portfolio.seen, seen):
                marked = replace(marked, seen=seen)
            self.store.commit(change_of(state, marked, (), at=self.clock.now()))
        return mark

    def _read_holdings(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount, until: datetime | None = None
    ) -> HoldingsSnapshot:
        """Return what is held; before `until`, no earlier snapshot is used. Raises Unavailable."""
        if portfolio.portfolio_id is None:
            return HoldingsSnapshot(self.clock.now(), account.broker_cash_cents, {}, {})
        snapshot = self.account_reader.holdings(portfolio, str(account.broker_account_id))
        if snapshot is not None:
            return snapshot
        if portfolio.seen is None or (until is not None and self.clock.now() < until):
            raise Unavailable("What is held cannot be read at present; please try again.")
        return portfolio.seen

    def _show(self, account: TradingAccount, portfolio: ManagedPortfolio, seen: HoldingsSnapshot) -> Holdings:
        mark, logged = mark_before(portfolio, self._today), self.store.flows(portfolio)
        equity = seen.equity_cents
        funds = tuple(
            _fund(fund, seen, mark, self._today, logged.get(fund.collection_id, ()))
            for fund in portfolio.funds.values()
            if seen.fund_cents(fund.collection_id)
        )
        since_mark = account.contributed_cents - portfolio.contributions.cents
        flows = (*logged.get("", ()), (self._today, since_mark))
        before = (mark.equity_cents, mark.contributed_cents) if mark else (0, 0)
        return Holdings(
            portfolio, seen, _share(seen.cash_cents, equity), funds, gains(equity, flows, before, self._today)
        )

    @property
    def _today(self) -> date:
        return trading_date(self.clock.now())


def mark_before(portfolio: ManagedPortfolio, today: date) -> DayMark | None:
    """Return what things were worth at the end of the last day before today that was kept."""
    return next((mark for mark in reversed(portfolio.marks) if mark.day < today), None)


def _fund(fund: Fund, seen: HoldingsSnapshot, mark: DayMark | None, today: date, flows: Sequence[Flow]) -> FundHolding:
    cents = seen.cents.get(fund.collection_id, {})
    worth = sum(cents.values())
    quantities = seen.quantities.get(fund.collection_id, {})
    symbols = tuple(
        SymbolHolding(
            symbol,
            fund.contents.get(symbol, Decimal(0)),
            _share(cents.get(symbol, 0), worth),
            cents.get(symbol, 0),
            quantities.get(symbol, Decimal(0)),
        )
        for symbol in sorted({*fund.contents, *cents})
    )
    before = mark.funds.get(fund.collection_id, (0, 0)) if mark else (0, 0)
    gained = gains(worth, flows, before, today, fund.net_cents)
    return FundHolding(fund.collection_id, worth, _share(worth, seen.equity_cents), symbols, gained)


def _mark(day: date, seen: HoldingsSnapshot, account: TradingAccount, portfolio: ManagedPortfolio) -> DayMark:
    funds: Mapping[str, tuple[int, int]] = {
        fund.collection_id: (seen.fund_cents(fund.collection_id), fund.net_cents) for fund in portfolio.funds.values()
    }
    return DayMark(day, seen.equity_cents, account.contributed_cents, funds)


def _marked(portfolio: ManagedPortfolio, mark: DayMark) -> ManagedPortfolio:
    marks = tuple(earlier for earlier in portfolio.marks if earlier.day < mark.day)[-1:]
    since_mark = mark.contributed_cents - portfolio.contributions.cents
    contributions = portfolio.contributions.added(since_mark, mark.day)
    return replace(portfolio, marks=(*marks, mark), contributions=contributions)


def _has_same_shares(before: HoldingsSnapshot | None, now: HoldingsSnapshot) -> bool:
    """Say whether nothing was traded between two observations; what was is left for a rebalance to measure."""
    return before is not None and before.quantities == now.quantities


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(_WEIGHT, rounding=ROUND_HALF_EVEN) if whole > 0 else Decimal(0)
