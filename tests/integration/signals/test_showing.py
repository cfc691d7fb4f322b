"""GET /api/signals/{exchange}, on an in-process DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from tests.support.calls import call
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.platform.settings import settings
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.figures import LiveFigures
from trading.signals.models import BASELINE_MODEL, SignalSet, Source
from trading.signals.store import DynamoSignalStore

JUDGED_AT = datetime(2013, 2, 18, 23, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _covered(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    del aws
    monkeypatch.setenv("MARKET_DATA_EXCHANGES", "NASDAQ,NYSE")
    settings.cache_clear()
    yield
    settings.cache_clear()


def judge_baseline(live: LiveFigures | None = None) -> None:
    service = AssessmentService(DynamoAssessmentStore(), FixedClock(JUDGED_AT))
    service.judge_training(Exchange.NASDAQ, Source.BASELINE, BASELINE_MODEL, PROVEN)
    if live is not None:
        service.judge_live(Exchange.NASDAQ, Source.BASELINE, live)


@pytest.mark.parametrize("exchange", ["NASDAQ", "2"])
def test_before_any_judgement_there_is_no_edge_and_no_figure(exchange: str) -> None:
    answer = call("get_signals", exchange=exchange)

    assert answer.status == 200
    shown = answer.body
    assert (shown["exchange"], shown["model"], shown["verdict"], shown["gate"]) == (
        2,
        BASELINE_MODEL,
        "no_edge",
        "enforced",
    )
    assert [because["code"] for because in shown["because"]] == ["never_judged"]
    assert (shown["figures"], shown["as_of"]) == (None, None)
    assert shown["next_training"].endswith("Z")


def test_a_proven_strategy_is_shown_with_its_figures_and_their_errors() -> None:
    judge_baseline(LiveFigures(sessions=12, trades=40, net_bp=1.5, net_bp_se=9.0, slope=0.4, slope_se=0.3))

    shown = call("get_signals", exchange="NASDAQ").body

    assert (shown["verdict"], shown["because"], shown["as_of"]) == ("proven", [], "2013-02-18T23:30:00Z")
    assert (shown["figures"]["net_bp"], shown["figures"]["net_bp_se"]) == (8.0, 3.0)
    assert (shown["figures"]["live"]["sessions"], shown["figures"]["live"]["slope_se"]) == (12, 0.3)


def test_a_day_shows_the_verdict_that_it_was_published_with() -> None:
    judge_baseline()
    assessments = AssessmentService(DynamoAssessmentStore(), FixedClock(JUDGED_AT))
    then = assessments.of(Exchange.NASDAQ, Source.BASELINE, BASELINE_MODEL)
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, date(2013, 2, 19), Source.BASELINE, "v", (), then))
    assessments.judge_live(Exchange.NASDAQ, Source.BASELINE, LiveFigures(sessions=60, net_t=-3.0))

    of_day = call("get_signals", exchange="NASDAQ", query={"date": "2013-02-19"}).body
    now = call("get_signals", exchange="NASDAQ").body

    assert (of_day["verdict"], of_day["trade_date"]) == ("proven", "2013-02-19")
    assert (now["verdict"], [because["code"] for because in now["because"]]) == ("no_edge", ["losing_live"])


def test_every_exchange_answers_and_others_are_not_there() -> None:
    toronto = call("get_signals", exchange="TSE")

    assert (toronto.status, [because["code"] for because in toronto.body["because"]]) == (200, ["no_data"])
    assert call("get_signals", exchange="NASDAQ", query={"date": "2099-01-01"}).status == 200
    assert call("get_signals", exchange="XETRA").status == 404
    assert call("get_signals", exchange="nasdaq").status == 404
    assert call("get_signals", exchange="NASDAQ", query={"date": "19.2.2013"}).status == 400
    assert call("get_signals", exchange="NASDAQ", query={"day": "2013-02-19"}).status == 400
