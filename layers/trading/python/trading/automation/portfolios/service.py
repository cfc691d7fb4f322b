"""Portfolios: open, read, change, delete, and move money and shares manually."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from trading.automation.portfolios.effects import recounted, sold_manually, switched_off
from trading.automation.portfolios.manual_buys import refusal, require_not_stopped
from trading.automation.portfolios.models import DayTradingSettings, DueMarks, Portfolio, PortfolioKey, Posting
from trading.automation.portfolios.ports import BuyingRestricted, Instruments, Journal, PortfolioStore, SessionStore
from trading.automation.portfolios.positions import Change, Decision, PortfolioState
from trading.automation.portfolios.sessions import Session
from trading.automation.portfolios.settlement import is_proven_flat, settled, unsettled
from trading.brokerage.halts import BuyRestriction
from trading.ledger.models import Entry, Kind, Trade
from trading.markets.models import Exchange, PriceSource
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound
from trading.platform.ids import new_portfolio_id
from trading.platform.money import amount_cents
from trading.platform.receipts import Receipts, RequestKey
from trading.platform.retry import retry_on_stale

NOT_COVERED = "exchange_not_covered"
CANCELLED_AT_ONCE = 60
"""How many cancellations fit into one transaction beside the portfolio, its name and two rows for each session."""


@dataclass(frozen=True, kw_only=True)
class NewPortfolio:
    """What a portfolio begins with."""

    name: str
    exchange: Exchange
    description: str | None = None
    is_automated: bool = False
    settings: DayTradingSettings = field(default_factory=DayTradingSettings)
    initial_balance_cents: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class PortfolioEdit:
    """The fields to change; None keeps what is stored, but for a description that `sets_description`."""

    name: str | None = None
    exchange: Exchange | None = None
    description: str | None = None
    sets_description: bool = False
    is_automated: bool | None = None
    max_position_percent: Decimal | None = None
    per_trade_risk_fraction: Decimal | None = None
    max_recommendations: int | None = None
    allow_fractional_shares: bool | None = None
    rails: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, stored: DayTradingSettings) -> DayTradingSettings:
        """Return stored settings with the given ones put in their place."""
        given: dict[str, Any] = {
            "max_position_percent": self.max_position_percent,
            "per_trade_risk_fraction": self.per_trade_risk_fraction,
            "max_recommendations": self.max_recommendations,
            "allow_fractional_shares": self.allow_fractional_shares,
        }
        return replace(stored, **{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class CashMovement:
    """A deposit or a withdrawal of paper money."""

    kind: Kind
    cents: int


@dataclass(frozen=True, kw_only=True)
class ManualTrade:
    """A purchase or a sale that the owner made and records."""

    kind: Kind
    symbol: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class PortfolioService:
    """Everything an owner does with portfolios. `restriction_of` returns why a person may not buy, if so."""

    store: PortfolioStore
    sessions: SessionStore
    journal: Journal
    instruments: Instruments
    receipts: Receipts
    covered: frozenset[Exchange]
    restriction_of: Callable[[str], BuyRestriction | None]
    clock: Clock

    @retry_on_stale
    def create(self, owner: str, new: NewPortfolio) -> Portfolio:
        """Open a portfolio; its initial balance is its first deposit.

        Raises:
            Conflict: `name_taken`; `exchange_not_covered` for automation where there is no data.
        """
        now = self.clock.now()
        portfolio = Portfolio(
            key=PortfolioKey(owner, new_portfolio_id()),
            name=new.name,
            description=new.description,
            exchange=new.exchange,
            is_automated=new.is_automated,
            settings=new.settings,
            created_at=now,
            updated_at=now,
        )
        self._require_covered(None, portfolio)
        if not new.initial_balance_cents:
            self.store.create(portfolio, None)
            return portfolio
        posting = portfolio.deposited(new.initial_balance_cents, now)
        self.store.create(posting.portfolio, posting.entry)
        return posting.portfolio

    def get(self, key: PortfolioKey) -> Portfolio:
        """Return a portfolio.

        Raises:
            NotFound: if it is absent, deleted or somebody else's.
        """
        return _present(self.store.find(key))

    @retry_on_stale
    def edit(self, key: PortfolioKey, edit: PortfolioEdit) -> Portfolio:
        """Change a portfolio. New settings count from the next session that is planned.

        Switching automation off cancels the day's pending entries in the same transaction.

        Raises:
            NotFound: as for `get`.
            Conflict: `name_taken`; `open_positions` when switching off before all is sold;
                `exchange_locked` when holdings, cash of another currency or a session stand against it;
                `exchange_not_covered` for automation where there is no data.
        """
        state = self._state(key)
        before, now = state.portfolio, self.clock.now()
        after = replace(
            before,
            name=before.name if edit.name is None else edit.name,
            exchange=edit.exchange or before.exchange,
            description=edit.description if edit.sets_description else before.description,
            is_automated=before.is_automated if edit.is_automated is None else edit.is_automated,
            settings=edit.settings(before.settings),
            rails=before.rails.with_changes(edit.rails),
            updated_at=now,
        )
        _require_exchange_free(before, after)
        self._require_covered(before, after)
        if before.is_automated and not after.is_automated:
            return self._end(before, switched_off(replace(state, portfolio=after), now))
        return self.store.update(before, Change(after))

    @retry_on_stale
    def delete(self, key: PortfolioKey) -> None:
        """Delete a portfolio that holds nothing; its history is kept.

        Raises:
            NotFound: as for `get`.
            Conflict: `open_positions` or `holdings_left`.
        """
        state = self._state(key)
        change = switched_off(state, self.clock.now())
        if state.portfolio.holdings:
            raise Conflict(f"{len(state.portfolio.holdings)} holdings must be sold first.", code="holdings_left")
        portfolio = replace(
            change.portfolio, deleted_at=self.clock.now(), is_automated=False, due=DueMarks(), unsettled_since=None
        )
        ended = {session.trade_date: session for session in (*self._settle(state), *change.sessions)}
        self._end(state.portfolio, replace(change, portfolio=portfolio, sessions=tuple(ended.values())))

    @retry_on_stale
    def record(
        self, key: PortfolioKey, movement: CashMovement | ManualTrade, request: RequestKey
    ) -> tuple[Entry, Portfolio, bool]:
        """Record a movement once per idempotency key.

        Returns the journal entry, the portfolio, and whether the key had been used for it before.

        Raises:
            NotFound: as for `get`.
            InvalidRequest: if the symbol is not on the portfolio's exchange, or the amount is under a cent.
            Conflict: `insufficient_funds`, `insufficient_holdings`, `not_tradable`, `too_many_holdings`; of a
                purchase `owner_stop`, `trading_paused`, `billing_hold`.
            KeyReused: if the key was used for another request.
        """
        earlier = self.receipts.find(request.receipt_id)
        if earlier is not None and request.matches(earlier):
            portfolio = self.get(key)
            return self.journal.since(key.text, int(earlier.reference) - 1)[0], portfolio, True
        state = self._state(key)
        posting, decisions = self._posting(state, movement)
        sessions = recounted(state, decisions)
        receipt = request.receipt(str(posting.entry.seq))
        change = Change(
            posting.portfolio,
            decisions,
            sessions,
            entries=(posting.entry,),
            receipt=receipt,
            is_manual_purchase=movement.kind is Kind.BUY,
        )
        try:
            return posting.entry, self.sessions.commit(change), False
        except BuyingRestricted:
            raise refusal(self.restriction_of(key.owner)) from None

    def _settle(self, state: PortfolioState) -> tuple[Session, ...]:
        """Return the sessions that no close will come for any more, closed and checked against the ledger."""
        return tuple(
            replace(settled(state, session), flat=is_proven_flat(state, session, self._entries_of(state, session)))
            for session in unsettled(state, through=date.max)
        )

    def _entries_of(self, state: PortfolioState, session: Session) -> tuple[Entry, ...]:
        return self.journal.since(state.key.text, session.opening.seq)

    def _end(self, before: Portfolio, change: Change) -> Portfolio:
        """Write the end of a portfolio's trading; cancellations that do not fit in go first.

        Until the rest is written the portfolio trades on without them, so dying in between strands nothing.
        """
        early, last = change.decisions[CANCELLED_AT_ONCE:], change.decisions[:CANCELLED_AT_ONCE]
        version = self.sessions.commit(Change(before, early)).version if early else before.version
        return self.store.update(
            before, replace(change, portfolio=replace(change.portfolio, version=version), decisions=last)
        )

    def _posting(
        self, state: PortfolioState, movement: CashMovement | ManualTrade
    ) -> tuple[Posting, tuple[Decision, ...]]:
        now = self.clock.now()
        if isinstance(movement, CashMovement):
            post = state.portfolio.deposited if movement.kind is Kind.DEPOSIT else state.portfolio.withdrawn
            return post(movement.cents, now), ()
        self._require_listed(state.portfolio.exchange, movement)
        cents = amount_cents(movement.quantity, movement.price)
        if cents == 0 and not _is_sale_of_all(state.portfolio, movement):
            raise InvalidRequest(problems=(FieldProblem("quantity", "The amount is less than a cent."),))
        trade = Trade(
            movement.symbol, movement.quantity, movement.price, cents, price_at=now, price_from=PriceSource.HAND.value
        )
        if movement.kind is Kind.BUY:
            require_not_stopped(state.portfolio, now)
            return state.portfolio.bought(trade, now), ()
        return sold_manually(state, trade, now)

    def _require_covered(self, before: Portfolio | None, after: Portfolio) -> None:
        is_new = before is None or not before.is_automated or before.exchange is not after.exchange
        if after.is_automated and is_new and after.exchange not in self.covered:
            code = after.exchange.code
            raise Conflict(f"There is no market data of {code}, so nothing trades by itself there.", code=NOT_COVERED)

    def _require_listed(self, exchange: Exchange, trade: ManualTrade) -> None:
        instrument = self.instruments.find(exchange, trade.symbol)
        if instrument is None:
            message = f"{trade.symbol} is not known on {exchange.code}."
            raise InvalidRequest(problems=(FieldProblem("symbol", message),))
        if trade.kind is Kind.BUY and not instrument.active:
            raise Conflict(f"{trade.symbol} is not traded at present.", code="not_tradable")

    def _state(self, key: PortfolioKey) -> PortfolioState:
        state = self.sessions.load(key, trading_date(self.clock.now()))
        if state is None:
            raise NotFound("There is no such portfolio.")
        return state


def _is_sale_of_all(portfolio: Portfolio, trade: ManualTrade) -> bool:
    """Say whether nothing is left afterwards: the last of a holding can always be sold."""
    holding = portfolio.holdings.get(trade.symbol)
    return trade.kind is Kind.SELL and holding is not None and holding.quantity == trade.quantity


def _present(portfolio: Portfolio | None) -> Portfolio:
    if portfolio is None:
        raise NotFound("There is no such portfolio.")
    return portfolio


def _require_exchange_free(before: Portfolio, after: Portfolio) -> None:
    if after.exchange is before.exchange:
        return
    money_moves = after.exchange.currency != before.exchange.currency and before.journal_seq > 0
    if before.holdings or before.unsettled_since or money_moves:
        raise Conflict(
            "The exchange cannot change while money, holdings or a session stand on it.", code="exchange_locked"
        )
