"""What anybody may know of signals, now and for a day."""

from datetime import UTC, date, datetime

import pytest

from infra.catalogue import schedules
from tests.support.markets import FakeAssessments, FakeSignals
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.signals.gate import Gate, Reason, judge
from trading.signals.models import BASELINE_MODEL, Assessment, SignalSet, Source
from trading.signals.status import SignalStatus, StatusService, next_training

DAY = date(2013, 2, 19)
NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
COVERED = frozenset({Exchange.NASDAQ, Exchange.NYSE})
JUDGED = Assessment(BASELINE_MODEL, judge(PROVEN), PROVEN, None, NOW, revision=1)


def status(
    exchange: Exchange = Exchange.NASDAQ,
    day: date | None = None,
    *,
    signals: FakeSignals | None = None,
    assessments: FakeAssessments | None = None,
    strategy: Source = Source.BASELINE,
) -> SignalStatus:
    service = StatusService(
        signals or FakeSignals(), assessments or FakeAssessments(), COVERED, strategy, Gate.ENFORCED, FixedClock(NOW)
    )
    return service.of(exchange, day)


def codes(found: SignalStatus) -> list[Reason]:
    return [because.code for because in found.judgement.because]


@pytest.mark.parametrize(("strategy", "known"), [(Source.BASELINE, Assessment(BASELINE_MODEL)), (Source.MODEL, None)])
def test_what_nobody_judged_says_so(strategy: Source, known: Assessment | None) -> None:
    found = status(strategy=strategy)

    assert codes(found) == [Reason.NEVER_JUDGED]
    assert (found.strategy, found.assessment) == (strategy, known)


@pytest.mark.parametrize("day", [None, DAY])
def test_an_exchange_without_data_has_no_edge_for_want_of_data(day: date | None) -> None:
    found = status(Exchange.TSE, day)

    assert (codes(found), found.assessment, found.judgement.is_proven) == ([Reason.NO_DATA], None, False)


def test_the_latest_judgement_counts_now() -> None:
    store = FakeAssessments(kept={(Exchange.NASDAQ, Source.BASELINE): JUDGED})

    assert status(assessments=store).assessment == JUDGED
    assert codes(status(Exchange.NYSE, assessments=store)) == [Reason.NEVER_JUDGED]


def test_a_day_shows_what_it_was_published_with() -> None:
    signals = FakeSignals()
    signals.save(SignalSet(Exchange.NASDAQ, DAY, Source.BASELINE, "v", (), JUDGED))

    assert status(day=DAY, signals=signals).judgement.is_proven
    assert codes(status(day=date(2013, 2, 20), signals=signals)) == [Reason.NOT_PUBLISHED]


def test_what_is_pinned_was_judged_by_nobody() -> None:
    signals = FakeSignals()
    signals.save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "v", ()))

    found = status(day=DAY, signals=signals)

    assert (codes(found), found.strategy, found.assessment) == ([Reason.PINNED], Source.PINNED, None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2013, 2, 19, 15, tzinfo=UTC), datetime(2013, 2, 23, 11, tzinfo=UTC)),
        (datetime(2013, 2, 23, 10, 59, tzinfo=UTC), datetime(2013, 2, 23, 11, tzinfo=UTC)),
        (datetime(2013, 2, 23, 11, 0, tzinfo=UTC), datetime(2013, 3, 2, 11, tzinfo=UTC)),
        (datetime(2013, 3, 9, 12, 0, tzinfo=UTC), datetime(2013, 3, 16, 10, tzinfo=UTC)),
    ],
)
def test_models_are_trained_on_saturday_mornings_in_new_york(now: datetime, expected: datetime) -> None:
    assert next_training(now) == expected


def test_the_schedule_trains_when_it_is_announced() -> None:
    crons = {row.name: schedule.cron for row, schedule in schedules()}

    assert crons.get("train_model", "0 6 ? * SAT *") == "0 6 ? * SAT *"
