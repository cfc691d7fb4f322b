"""All reasons of a session, in pages: its own by symbol, then those that it shares with others."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from trading.automation.day_trading.ports import ReasonStore
from trading.automation.portfolios.sessions import Session, Skipped
from trading.platform.pages import Page, page_of

_OWN, _SHARED = "own#", "shared#"


def skips_of(session: Session, reasons: ReasonStore, *, after: str | None, limit: int) -> Page[Skipped]:
    """Return the page of a session's reasons that begins after a place, or the first one."""
    rows = chain(_own(session, after or ""), _shared(session, reasons, after or ""))
    return page_of(islice(rows, limit + 1), limit=limit, budget=limit)


def _own(session: Session, after: str) -> Iterator[tuple[str, Skipped]]:
    for skip in sorted(session.skipped, key=lambda skip: skip.symbol):
        if f"{_OWN}{skip.symbol}" > after:
            yield f"{_OWN}{skip.symbol}", skip


def _shared(session: Session, reasons: ReasonStore, after: str) -> Iterator[tuple[str, Skipped]]:
    place = session.shared_skips
    if place is None:
        return
    if after.startswith(_SHARED):
        place = replace(place, begin=max(place.begin, int(after.removeprefix(_SHARED)) + 1))
    for number, skip in reasons.since(session.trade_date, place):
        yield f"{_SHARED}{number:06}", skip
