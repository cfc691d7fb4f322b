"""Choices: what a portfolio did not make of a day's recommendations, and why not. No I/O."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from trading.automation.portfolios.sessions import SETTLED, Session, SessionStatus, Skipped
from trading.signals.models import Recommendation, SignalSet

MAX_SHOWN = 100
_WITHOUT_PLAN = SETTLED - {SessionStatus.CLOSED}


@dataclass(frozen=True)
class NotTaken:
    """A recommendation that became no order; `reason` is None while nothing has been decided.

    `recommendation` is None where it is not among the best of its day.
    """

    symbol: str
    reason: str | None
    recommendation: Recommendation | None


def not_taken(
    session: Session | None, shared: Sequence[Skipped], best: SignalSet | None, ordered: Collection[str]
) -> tuple[NotTaken, ...]:
    """Return the recommendations of a day that became no order, 100 at most: by rank, then the others.

    `session` is what the portfolio made of the day, `shared` the reasons that it has in common with others,
    `best` the day's best recommendations, `ordered` the symbols that were planned.
    """
    reasons = {skip.symbol: skip.reason.value for skip in (*shared, *(session.skipped if session else ()))}
    known = {r.symbol: r for r in best.recommendations} if best else {}
    of_day = session.status.value if session and session.status in _WITHOUT_PLAN else None
    symbols = (symbol for symbol in _in_order(known, reasons) if symbol not in ordered)
    return tuple(
        NotTaken(symbol, reasons.get(symbol, _reason_of(known[symbol], of_day)), known.get(symbol))
        if symbol in known
        else NotTaken(symbol, reasons[symbol], None)
        for symbol in islice(symbols, MAX_SHOWN)
    )


def _in_order(known: Collection[str], reasons: Collection[str]) -> Iterator[str]:
    yield from known
    yield from (symbol for symbol in reasons if symbol not in known)


def _reason_of(recommendation: Recommendation, of_day: str | None) -> str | None:
    return recommendation.excluded.value if recommendation.excluded else of_day
