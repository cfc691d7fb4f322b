"""The nightly judgement dies before and after each of its requests, and is done again: nothing counts twice."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.crashes import Crashes
from tests.support.markets import FakeMarket, bar
from tests.unit.signals.test_gate import PROVEN
from tests.unit.signals.test_nightly_judge import Weekdays
from trading.markets.models import Exchange
from trading.platform.clock import FixedClock
from trading.platform.outbox import OutboxRow
from trading.signals.assessment_store import DynamoAssessmentStore
from trading.signals.assessments import AssessmentService
from trading.signals.gate import Reason
from trading.signals.live_store import DynamoLiveStore
from trading.signals.models import BASELINE_MODEL, Assessment, LiveDay, Recommendation, SignalSet, Source
from trading.signals.nightly_judge import NightlyJudge
from trading.signals.store import DynamoSignalStore, SignalRow

TODAY = date(2013, 2, 19)
NIGHT = datetime(2013, 2, 19, 23, 30, tzinfo=UTC)
NASDAQ, BASELINE = Exchange.NASDAQ, Source.BASELINE

pytestmark = pytest.mark.usefixtures("aws")


def everything(signals: SignalSet) -> Collection[str]:
    return {recommendation.symbol for recommendation in signals.recommendations}


def service() -> AssessmentService:
    return AssessmentService(DynamoAssessmentStore(), FixedClock(NIGHT))


def judge() -> int:
    falling = replace(bar(TODAY, 90), open=Decimal(91))
    market = FakeMarket(bars={"AAPL": (falling,)})
    stores = DynamoSignalStore(), DynamoLiveStore()
    return NightlyJudge(*stores, market, Weekdays(), service(), everything).judge(NASDAQ, TODAY)


def prepare() -> None:
    """Have a proven strategy that lost on 59 sessions, and today's published set, which loses, too."""
    for row in [*SignalRow.scan(), *OutboxRow.scan()]:
        row.delete()
    service().judge_training(NASDAQ, BASELINE, BASELINE_MODEL, PROVEN)
    for number in range(1, 60):
        day = TODAY - timedelta(days=number)
        lost = LiveDay(day, BASELINE_MODEL, 1, 1, 0, -0.01, -0.011 - number / 1e5, 0.02, 0.0, 0.0)
        DynamoLiveStore().save(NASDAQ, BASELINE, lost)
    items = (Recommendation("AAPL", Decimal("0.02"), None, None, Decimal(100)),)
    DynamoSignalStore().save(SignalSet(NASDAQ, TODAY, BASELINE, "v", items, Assessment(BASELINE_MODEL)))


def test_a_judgement_that_dies_anywhere_closes_the_gate_once(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare()
    crashes = Crashes(monkeypatch)
    places = crashes.count(judge)
    assert places > 20

    for place in range(1, places + 1):
        prepare()
        crashes.die_at(place, judge)

        judge()

        assert [day.trade_date for day in DynamoLiveStore().days(NASDAQ, BASELINE)].count(TODAY) == 1
        found = service().of(NASDAQ, BASELINE, BASELINE_MODEL)
        assert [because.code for because in found.judgement.because] == [Reason.LOSING_LIVE]
        assert found.live is not None
        assert found.live.sessions == 60
        changes = [change.judgement.verdict.value for change in DynamoAssessmentStore().changes(10)]
        assert sorted(changes) == ["no_edge", "proven"]
        assert len(list(OutboxRow.scan())) == 2
