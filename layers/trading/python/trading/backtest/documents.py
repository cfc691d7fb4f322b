"""Documents of a run: JSON and CSV, and the hash that the same run always has. No I/O."""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trading.backtest.models import BacktestTrade, DayInput, DayResult, Run
from trading.signals.models import SignalSet

VERSION = 1
"""Another one whenever the engine decides otherwise about the same inputs."""

TRADE_COLUMNS = (
    *("day", "symbol", "rank", "shares", "entry_price", "exit_price", "exit_reason"),
    *("cost_cents", "proceeds_cents", "commission_cents", "pnl_cents", "pnl_bp"),
)
DAY_COLUMNS = ("day", "status", "path", "opening_cents", "closing_cents", "bought_cents", "opened")


class InputHash:
    """Sums up everything that a run goes by: its settings first, then each day's bars and signals as they pass."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._digest = hashlib.sha256(repr((VERSION, sorted(settings.items()))).encode())

    def passing(self, days: Iterable[DayInput]) -> Iterator[DayInput]:
        """Yield the days, summed up."""
        for day in days:
            self._digest.update(repr((day.day, day.tape, sorted(day.bars.items()), _of(day.signals))).encode())
            yield day

    @property
    def text(self) -> str:
        """Return the hash of what passed."""
        return self._digest.hexdigest()[:16]


def _of(signals: SignalSet | None) -> object:
    return signals and (signals.source, signals.edge, signals.recommendations)


def trades_csv(run: Run) -> str:
    """Return all trades as CSV."""
    return _csv(TRADE_COLUMNS, (_trade_row(trade) for trade in run.trades))


def days_csv(run: Run) -> str:
    """Return all days as CSV."""
    return _csv(DAY_COLUMNS, (_day_row(day) for day in run.days))


def document(run: Run, inputs: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Return inputs, summary and days as JSON; the trades are in their own file."""
    days = [dict(zip(DAY_COLUMNS, _day_row(day), strict=True)) | _reasons(day) for day in run.days]
    return json.dumps({"inputs": dict(inputs), "summary": dict(summary), "days": days}, default=str, allow_nan=False)


def _trade_row(trade: BacktestTrade) -> tuple[object, ...]:
    prices = (trade.entry_price, trade.exit_price, trade.exit_reason.value)
    cents = (trade.cost_cents, trade.proceeds_cents, trade.commission_cents, trade.pnl_cents)
    return trade.day, trade.symbol, trade.rank, trade.shares, *prices, *cents, f"{trade.pnl_bp:.2f}"


def _day_row(day: DayResult) -> tuple[object, ...]:
    names = (day.day, day.status.value, day.path.value)
    return *names, day.opening_cents, day.closing_cents, day.bought_cents, len(day.trades)


def _reasons(day: DayResult) -> dict[str, object]:
    return {"skipped": dict(day.skipped), "blocks": dict(day.blocks)}


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
