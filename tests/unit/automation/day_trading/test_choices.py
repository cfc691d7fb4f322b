"""What a portfolio did not make of a day's recommendations, and why not."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from trading.automation.day_trading.choices import not_taken
from trading.automation.portfolios.sessions import Session, SessionStatus, Skip, Skipped
from trading.ledger.service import Opening
from trading.markets.models import Exchange
from trading.signals.models import Exclusion, Recommendation, SignalSet, Source
from trading.signals.scores import ranked

DAY = date(2013, 2, 19)


def best(*symbols: str, excluded: str = "") -> SignalSet:
    items = [
        Recommendation(symbol, Decimal("0.01"), Decimal("0.02"), Decimal(1), Decimal(100)) for symbol in symbols
    ] + [Recommendation(s, None, None, None, None, excluded=Exclusion.ILLIQUID) for s in excluded.split()]
    return SignalSet(Exchange.NASDAQ, DAY, Source.BASELINE, "v", ranked(items))


def session(status: SessionStatus = SessionStatus.PLANNED, *skips: Skipped) -> Session:
    return Session(DAY, status, Opening(0, 0), skipped=skips)


def found(
    of_day: Session | None, best_of_day: SignalSet | None, shared: Sequence[Skipped] = (), ordered: str = ""
) -> list[tuple[str, str | None, int | None]]:
    left = not_taken(of_day, shared, best_of_day, ordered.split())
    return [(one.symbol, one.reason, one.recommendation.rank if one.recommendation else None) for one in left]


def test_own_reasons_and_shared_ones_by_rank() -> None:
    planned = session(SessionStatus.CLOSED, Skipped("B", Skip.TOO_SMALL))
    shared = [Skipped("C", Skip.RANKED_OUT), Skipped("X", Skip.ILLIQUID)]

    assert found(planned, best("A", "B", "C", excluded="X"), shared, ordered="A") == [
        ("B", "too_small", 2),
        ("C", "ranked_out", 3),
        ("X", "illiquid", None),
    ]


def test_a_reason_without_a_recommendation_among_the_best_stands_alone() -> None:
    assert found(session(), best("A"), [Skipped("Z", Skip.RANKED_OUT)], ordered="A") == [("Z", "ranked_out", None)]
    assert found(session(), None, [Skipped("Z", Skip.RANKED_OUT)]) == [("Z", "ranked_out", None)]


@pytest.mark.parametrize("status", [SessionStatus.NO_EDGE, SessionStatus.MISSED])
def test_a_day_without_a_plan_is_the_reason_of_all_but_the_excluded(status: SessionStatus) -> None:
    assert found(session(status), best("A", excluded="X")) == [("A", status.value, 1), ("X", "illiquid", None)]


def test_before_the_plan_nothing_is_decided() -> None:
    assert found(None, best("A", excluded="X")) == [("A", None, 1), ("X", "illiquid", None)]
    assert found(None, None) == []


def test_a_hundred_are_shown_at_most() -> None:
    shown = found(session(SessionStatus.NO_EDGE), best(*(f"S{number:03}" for number in range(150))))

    assert (len(shown), shown[0][2], shown[-1][2]) == (100, 1, 100)
