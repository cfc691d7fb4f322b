"""One portfolio in memory: what a trading day reads and writes, without a table.

It keeps what the live stores keep, so that the live service runs on it unchanged: a journal in sequence,
positions and sessions that are not settled, versions that go up.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from trading.automation.day_trading.planner import Ranking
from trading.automation.portfolios.claims import Claim
from trading.automation.portfolios.exposure import exposure_of
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.positions import Change, PortfolioState, Position
from trading.automation.portfolios.sessions import Session
from trading.automation.rails.models import Block, EquityMark
from trading.automation.rails.rules import closed_at
from trading.ledger.models import Entry, Kind
from trading.markets.belief import Purpose, believable
from trading.markets.models import Exchange, LastTrade, Price, Quote
from trading.platform.clock import trading_date
from trading.platform.money import round_price
from trading.platform.outbox import OutboxEvent

_ELSEWHERE = "elsewhere"


@dataclass
class MemoryPortfolio:
    """A portfolio's record, positions, sessions and journal."""

    portfolio: Portfolio
    positions: dict[tuple[date, str], Position] = field(default_factory=dict)
    sessions: dict[date, Session] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return the portfolio with its positions and sessions."""
        del key, today
        return self.state

    @property
    def state(self) -> PortfolioState:
        """Return what is known."""
        return PortfolioState(self.portfolio, tuple(self.positions.values()), tuple(self.sessions.values()))

    def save_plan(
        self,
        state: PortfolioState,
        positions: Sequence[Position],
        session: Session,
        events: Sequence[OutboxEvent] = (),
        blocks: Sequence[Block] = (),
    ) -> None:
        """Keep a day's plan."""
        del events, blocks
        self.portfolio = replace(state.portfolio, version=state.portfolio.version + 1)
        self.positions |= {(position.trade_date, position.symbol): position for position in positions}
        self.sessions[session.trade_date] = session

    def commit(self, change: Change) -> Portfolio:
        """Keep a change."""
        self.portfolio = replace(change.portfolio, version=change.portfolio.version + 1)
        for decision in change.decisions:
            self.positions[decision.position.trade_date, decision.position.symbol] = decision.position
            if decision.entry is not None:
                self.entries.append(decision.entry)
        self.entries.extend(change.entries)
        self.sessions |= {session.trade_date: session for session in change.sessions}
        return self.portfolio

    def post(self, portfolio: Portfolio, entry: Entry) -> None:
        """Keep a movement of cash that is no trade of automation's."""
        self.commit(Change(replace(portfolio, cash_cents=entry.balance_cents, journal_seq=entry.seq), entries=(entry,)))

    @property
    def elsewhere_cents(self) -> int:
        """Return what is held beside the shares that automation bought."""
        return sum(claim.cents for claim in self.portfolio.claims.values())

    @property
    def equity_cents(self) -> int:
        """Return what automation has: cash, and its shares at their last prices."""
        return self.portfolio.value_cents - self.elsewhere_cents

    def hold_elsewhere(self, cents: int) -> None:
        """Keep what is held beside: it counts in the equity that rails know, and is neither bought nor sold."""
        day = trading_date(self.portfolio.updated_at)
        claim = Claim(Kind.DIVIDEND, _ELSEWHERE, _ELSEWHERE, Decimal(0), cents, day)
        self.portfolio = replace(self.portfolio, claims={_ELSEWHERE: claim} if cents else {})

    def may_be_hit(self, shown: Collection[Quote]) -> bool:
        """Say whether quotes may have reached a stop or a target: the live monitor asks an index first, too."""
        bids = _bids_of(shown)
        return any(_may_be_hit(position, bids.get(position.symbol)) for position in self.positions.values())

    def may_be_lost(self, day: date, shown: Collection[Quote]) -> bool:
        """Say whether the day's loss may have reached its limit, as the live monitor judges it first."""
        exposure = exposure_of(self.portfolio)
        return exposure is not None and exposure.may_be_lost(day, _bids_of(shown))

    def has_leftovers(self, day: date) -> bool:
        """Say whether shares of an earlier day are still held."""
        return any(position.trade_date < day for position in self.state.held)

    def since(self, state: str, seq: int) -> tuple[Entry, ...]:
        """Return the entries after a sequence number."""
        del state
        return tuple(entry for entry in self.entries if entry.seq > seq)

    def remember_close(self, day: date) -> None:
        """Have the rails remember what the portfolio is worth at a day's close."""
        mark = EquityMark(day, self.portfolio.value_cents, self.portfolio.contributed_cents)
        self.portfolio = replace(self.portfolio, rail_state=closed_at(self.portfolio.rail_state, mark))

    def forget(self, through: date) -> None:
        """Drop what is settled: the days up to one, with the journal so far."""
        self.positions = {place: p for place, p in self.positions.items() if place[0] > through or p.is_held}
        left = {trade_date for trade_date, _ in self.positions}
        self.sessions = {day: session for day, session in self.sessions.items() if day > through or day in left}
        if not left:
            self.entries.clear()


def _bids_of(shown: Collection[Quote]) -> Mapping[str, Decimal]:
    """Return bids with the places that prices have."""
    return {quote.symbol: round_price(quote.bid) for quote in shown if quote.bid.is_finite()}


def _may_be_hit(position: Position, bid: Decimal | None) -> bool:
    if bid is None or not position.is_held or position.trailing_percent is not None:
        return bid is not None and position.is_held
    target, stop = position.target_price, position.stop_price
    return (target is not None and bid >= target) or (stop is not None and bid <= stop)


@dataclass(frozen=True)
class DayRanking:
    """The ranking of the day at hand."""

    ranking: Ranking | None

    def of(self, exchange: Exchange, trade_date: date, version: str | None) -> Ranking | None:
        """Return the ranking."""
        del exchange, trade_date, version
        return self.ranking

    def version(self, exchange: Exchange, trade_date: date) -> str | None:
        """Return the version of the recommendations: there is one alone."""
        del exchange, trade_date
        return None


@dataclass(frozen=True)
class ShownQuotes:
    """The quotes of a moment, believed by the live rules; nothing is counted, since nobody is to be alarmed."""

    shown: Mapping[str, Quote]

    def prices(
        self, exchange: Exchange, last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols are worth for a purpose."""
        del exchange
        quotes = [self.shown[symbol] for symbol in last_prices if symbol in self.shown]
        return self.judge(quotes, last_prices, purpose, now)

    def judge(
        self, quotes: Collection[Quote], last_prices: Mapping[str, Decimal | None], purpose: Purpose, now: datetime
    ) -> Mapping[str, Price]:
        """Return what symbols are worth by given quotes."""
        judged = {quote.symbol: believable(quote, purpose, now, last_prices.get(quote.symbol)) for quote in quotes}
        return {symbol: price for symbol, price in judged.items() if isinstance(price, Price)}

    def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
        """Return no trade: a path has quotes alone."""
        del exchange, symbols
        return {}


class NoRegistry:
    """Nobody else watches what is held."""

    def register_held(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Keep nothing."""

    def register_trailing(self, exchange: Exchange, today: date, symbols: Collection[str]) -> None:
        """Keep nothing: one portfolio's highs are observed whatever it holds."""
