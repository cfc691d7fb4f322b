"""Assessments: judged at training and nightly; a verdict that changes is recorded once."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.markets import FakeAssessments
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.signals.assessments import AssessmentService
from trading.signals.figures import LiveFigures
from trading.signals.gate import NEVER_JUDGED, Reason, Verdict
from trading.signals.models import BASELINE_MODEL, Assessment, GateChange, Source

NOW = datetime(2013, 2, 19, 23, 30, tzinfo=UTC)
NASDAQ, BASELINE = Exchange.NASDAQ, Source.BASELINE
LOSING = LiveFigures(sessions=60, trades=300, net_bp=-9.0, net_t=-2.0)
WINNING = LiveFigures(sessions=60, trades=300, net_bp=9.0, net_t=2.0)


def service(store: FakeAssessments) -> AssessmentService:
    return AssessmentService(store, FixedClock(NOW))


def verdicts(store: FakeAssessments) -> list[Verdict]:
    return [change.judgement.verdict for change in store.changed]


def test_what_nobody_judged_has_never_been_judged() -> None:
    assert service(FakeAssessments()).of(NASDAQ, BASELINE, BASELINE_MODEL).judgement == NEVER_JUDGED


def test_figures_of_another_model_judge_nothing() -> None:
    store = FakeAssessments()
    service(store).judge_training(NASDAQ, BASELINE, "of-yesterday", PROVEN)

    assert service(store).of(NASDAQ, BASELINE, BASELINE_MODEL) == Assessment(BASELINE_MODEL)
    assert service(store).of(NASDAQ, BASELINE, "of-yesterday").judgement.is_proven


def test_live_losses_close_the_gate_and_a_recovery_opens_it_again() -> None:
    store = FakeAssessments()
    service(store).judge_training(NASDAQ, BASELINE, BASELINE_MODEL, PROVEN)

    closed = service(store).judge_live(NASDAQ, BASELINE, LOSING)
    again = service(store).judge_live(NASDAQ, BASELINE, LOSING)
    opened = service(store).judge_live(NASDAQ, BASELINE, WINNING)

    assert closed is not None
    assert [because.code for because in closed.judgement.because] == [Reason.LOSING_LIVE]
    assert again is not None
    assert again.figures == PROVEN
    assert opened is not None
    assert opened.judgement.is_proven
    assert verdicts(store) == [Verdict.PROVEN, Verdict.NO_EDGE, Verdict.PROVEN]
    assert store.changes(1) == (GateChange(NASDAQ, BASELINE, BASELINE_MODEL, opened.judgement, NOW, revision=4),)


def test_training_anew_forgets_no_live_losses() -> None:
    store = FakeAssessments()
    service(store).judge_training(NASDAQ, BASELINE, BASELINE_MODEL, PROVEN)
    service(store).judge_live(NASDAQ, BASELINE, LOSING)

    judged = service(store).judge_training(NASDAQ, BASELINE, "baseline-2", replace(PROVEN, days=900))

    assert (judged.live, judged.judgement.verdict) == (LOSING, Verdict.NO_EDGE)


def test_before_any_training_live_results_are_shown_and_judge_nothing() -> None:
    store = FakeAssessments()

    found = service(store).judge_live(NASDAQ, BASELINE, WINNING)

    assert found is not None
    assert (found.model, found.live, found.judgement) == (BASELINE_MODEL, WINNING, NEVER_JUDGED)
    assert store.changed == []


@pytest.mark.parametrize(("strategy", "live"), [(BASELINE, LiveFigures()), (Source.MODEL, WINNING)])
def test_where_nothing_came_or_nobody_knows_of_what_nothing_is_judged(strategy: Source, live: LiveFigures) -> None:
    store = FakeAssessments()

    assert service(store).judge_live(NASDAQ, strategy, live) is None
    assert store.kept == {}


def test_a_first_verdict_against_a_strategy_is_no_change() -> None:
    store = FakeAssessments()

    service(store).judge_training(NASDAQ, BASELINE, BASELINE_MODEL, replace(PROVEN, dsr=0.1))

    assert store.changed == []


class OvertakenStore(FakeAssessments):
    """A store in which somebody else writes between a read and the first write."""

    def save(
        self, exchange: Exchange, strategy: Source, assessment: Assessment, change: GateChange | None = None
    ) -> None:
        if not self.kept:
            super().save(exchange, strategy, Assessment("first", live=LOSING, revision=1))
        super().save(exchange, strategy, assessment, change)


def test_whoever_comes_second_judges_by_what_the_first_one_wrote() -> None:
    store = OvertakenStore()

    judged = service(store).judge_training(NASDAQ, BASELINE, BASELINE_MODEL, PROVEN)

    assert (judged.revision, judged.live, judged.judgement.verdict) == (2, LOSING, Verdict.NO_EDGE)
