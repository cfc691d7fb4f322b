"""Snapshots: what each portfolio was worth at the close, written once per day by one writer.

total_value = cash + shares at the official close of the day; total_invested = deposits - withdrawals;
gain_loss is their difference, its percentage 0 where nothing is invested.

A close that is not there yet is waited for: half an hour where the provider has none, since there may
be none, and six hours where the provider is away. After that the last price counts, and the snapshot
names whose close never came. Symbols of an exchange without data keep the price that their owner gave.
The equity at the close is also what drawdowns are measured by, from its peak.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from trading.automation.portfolios import guards
from trading.automation.portfolios.models import Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.ports import Days, PortfolioStore, PricedHolding, Snapshot
from trading.markets.models import Exchange
from trading.markets.prices.models import Close, FeedName, SharedPrice
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import Unavailable
from trading.platform.money import percent
from trading.platform.observability import count
from trading.platform.retry import retry_on_stale

CLOSE_WAIT, PROVIDER_WAIT = timedelta(minutes=30), timedelta(hours=6)


class Closes(Protocol):
    """The official closes of a day."""

    def of(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, SharedPrice]:
        """Return what is known of symbols, with the day's close where it is there; nothing where there is no data."""
        ...


@dataclass(frozen=True)
class SnapshotService:
    """Values portfolios."""

    store: PortfolioStore
    closes: Closes
    days: Days
    clock: Clock

    @retry_on_stale
    def take(self, key: PortfolioKey, day: date) -> Snapshot | None:
        """Write the day's snapshot at the official closes.

        Returns None, and changes nothing, if the day has a snapshot or the portfolio is gone.

        Raises:
            Unavailable: `close_awaited` if a close is not there yet; nothing is written.
        """
        portfolio = self.store.find(key)
        if portfolio is None:
            return None
        known = self.closes.of(portfolio.exchange, sorted(portfolio.holdings), day)
        closes = {symbol: close for symbol, shared in known.items() if (close := _close_of(shared, day)) is not None}
        missing = {symbol: shared for symbol, shared in known.items() if symbol not in closes}
        session = self.days.trading_day(portfolio.exchange, day)
        closed_at = session.closes_at if session else self.clock.now()
        self._require_no_wait(closed_at, missing.values())
        priced = replace(portfolio, holdings=_priced(portfolio, closes, missing, closed_at))
        snapshot = value(priced, day, missing_closes=tuple(sorted(missing)))
        closed = guards.close_remembered(priced, day, self.clock.now())
        judged = replace(closed, holdings=_newest(portfolio.holdings, priced.holdings, day))
        if not self.store.save_snapshot(judged, snapshot, guards.new_blocks(portfolio, judged)):
            return None
        if missing:
            count("ClosesMissing", len(missing))
        return snapshot

    def _require_no_wait(self, closed_at: datetime, missing: Collection[SharedPrice]) -> None:
        if not missing:
            return
        is_answered = all(shared.was_asked(FeedName.OFFICIAL_CLOSES, closed_at) for shared in missing)
        if self.clock.now() < closed_at + (CLOSE_WAIT if is_answered else PROVIDER_WAIT):
            raise Unavailable("The official close is not there yet.", code="close_awaited")


def value(portfolio: Portfolio, day: date, *, missing_closes: tuple[str, ...] = ()) -> Snapshot:
    """Return what a portfolio is worth at the prices it holds."""
    return Snapshot(
        day=day,
        total_value_cents=portfolio.value_cents,
        total_invested_cents=portfolio.contributed_cents,
        gain_loss_cents=portfolio.gain_cents,
        gain_loss_percent=percent(portfolio.gain_cents, portfolio.contributed_cents),
        prices=tuple(PricedHolding(h.symbol, h.last_price, h.price_at) for h in portfolio.holdings.values()),
        missing_closes=missing_closes,
    )


def _close_of(shared: SharedPrice, day: date) -> Close | None:
    close = shared.official_close
    return close if close is not None and close.day == day else None


def _priced(
    portfolio: Portfolio, closes: Mapping[str, Close], missing: Mapping[str, SharedPrice], closed_at: datetime
) -> dict[str, Holding]:
    return {
        symbol: replace(holding, last_price=closes[symbol].amount, price_at=closed_at)
        if symbol in closes and not _is_exchanged_since(holding, closed_at)
        else _at_last_price(holding, missing.get(symbol))
        for symbol, holding in portfolio.holdings.items()
    }


def _is_exchanged_since(holding: Holding, moment: datetime) -> bool:
    """Say whether a price of a moment is of other shares than those that are held now."""
    return holding.adjusted_at is not None and moment < holding.adjusted_at


def _newest(before: Mapping[str, Holding], after: Mapping[str, Holding], day: date) -> dict[str, Holding]:
    """Return holdings at a day's prices, but for those that have a later day's: a snapshot may come days late."""
    return {symbol: old if trading_date(old.price_at) > day else after[symbol] for symbol, old in before.items()}


def _at_last_price(holding: Holding, shared: SharedPrice | None) -> Holding:
    if shared is None or shared.price is None or shared.price.at <= holding.price_at:
        return holding
    if _is_exchanged_since(holding, shared.price.at):
        return holding
    return replace(holding, last_price=shared.price.amount, price_at=shared.price.at)
