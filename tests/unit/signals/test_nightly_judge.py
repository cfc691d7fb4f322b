"""Judging nightly: each published day is kept once, nights that failed are made up for, verdicts follow."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from tests.support.markets import FakeAssessments, FakeMarket, FakeSignals
from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Bar, Exchange, TradingDay
from trading.platform.clock import FixedClock
from trading.signals.assessments import AssessmentService
from trading.signals.models import BASELINE_MODEL, Assessment, LiveDay, Recommendation, SignalSet, Source
from trading.signals.nightly_judge import NightlyJudge

TODAY = date(2013, 2, 19)
NASDAQ = Exchange.NASDAQ
OPENS = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)


@dataclass
class FakeLive:
    """Live days in memory."""

    kept: dict[tuple[Exchange, Source, date], LiveDay] = field(default_factory=dict)

    def days(self, exchange: Exchange, strategy: Source) -> tuple[LiveDay, ...]:
        found = [day for (at, of, _), day in self.kept.items() if (at, of) == (exchange, strategy)]
        return tuple(sorted(found, key=lambda day: day.trade_date, reverse=True))

    def save(self, exchange: Exchange, strategy: Source, day: LiveDay) -> None:
        self.kept[exchange, strategy, day.trade_date] = day


class Weekdays:
    """Exchanges that trade from Monday to Friday."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        return TradingDay(exchange, day, OPENS, OPENS + timedelta(hours=6)) if day.weekday() < 5 else None


@dataclass
class Night:
    """Everything that a night's judgement reads and writes."""

    signals: FakeSignals = field(default_factory=FakeSignals)
    live: FakeLive = field(default_factory=FakeLive)
    market: FakeMarket = field(default_factory=FakeMarket)
    assessments: FakeAssessments = field(default_factory=FakeAssessments)

    def judge(self, today: date = TODAY) -> int:
        service = AssessmentService(self.assessments, FixedClock(OPENS))
        return NightlyJudge(self.signals, self.live, self.market, Weekdays(), service, everything).judge(NASDAQ, today)

    def publish(self, day: date, source: Source = Source.BASELINE) -> None:
        items = (Recommendation("AAPL", Decimal("0.02"), None, None, Decimal(100)),)
        self.signals.save(SignalSet(NASDAQ, day, source, "v", items, Assessment(BASELINE_MODEL)))

    def trade(self, *days: date, closed: str = "99") -> None:
        bars = tuple(
            Bar("AAPL", day, Decimal(100), Decimal(110), Decimal(90), Decimal(closed), 1000) for day in sorted(days)
        )
        self.market = replace(self.market, bars={"AAPL": bars})


def everything(signals: SignalSet) -> Collection[str]:
    return {recommendation.symbol for recommendation in signals.recommendations}


def test_a_day_is_kept_once_however_often_it_is_judged() -> None:
    night = Night()
    night.publish(TODAY)
    night.trade(TODAY)

    assert (night.judge(), night.judge()) == (1, 0)
    assert [day.net < 0 for day in night.live.days(NASDAQ, Source.BASELINE)] == [True]


def test_a_night_that_failed_is_made_up_for() -> None:
    night, days = Night(), [TODAY - timedelta(days=age) for age in (4, 2, 1, 0)]
    for day in days:
        night.publish(day)
    night.trade(*days)

    assert night.judge() == 3, "there is no session on a Sunday"


def test_a_day_without_any_bar_waits_for_a_later_night() -> None:
    night = Night()
    night.publish(TODAY)
    assert night.judge() == 0
    night.trade(TODAY)

    assert night.judge(TODAY + timedelta(days=1)) == 1


def test_what_is_pinned_is_no_strategys() -> None:
    night = Night()
    night.publish(TODAY, Source.PINNED)
    night.trade(TODAY)

    assert night.judge() == 0
    assert night.live.kept == {}


def test_live_losses_close_the_gate_at_night() -> None:
    night = Night()
    AssessmentService(night.assessments, FixedClock(OPENS)).judge_training(
        NASDAQ, Source.BASELINE, BASELINE_MODEL, PROVEN
    )
    for number in range(60):
        day = TODAY - timedelta(days=number + 1)
        lost = LiveDay(day, BASELINE_MODEL, 1, 1, 0, -0.01, -0.011 - number / 1e5, 0.02, 0.0, 0.0)
        night.live.save(NASDAQ, Source.BASELINE, lost)

    night.judge()

    found = night.assessments.find(NASDAQ, Source.BASELINE)
    assert found is not None
    assert not found.judgement.is_proven
    assert found.live is not None
    assert found.live.sessions == 60


def test_a_day_of_which_most_pages_are_missing_waits_for_a_later_night() -> None:
    night = Night()
    names = ("AAPL", "MSFT", "GOOG")
    items = tuple(Recommendation(name, Decimal("0.02"), None, None, Decimal(100)) for name in names)
    night.signals.save(SignalSet(NASDAQ, TODAY, Source.BASELINE, "v", items, Assessment(BASELINE_MODEL)))
    night.trade(TODAY)

    assert night.judge() == 0

    bars = night.market.bars["AAPL"]
    night.market = replace(night.market, bars={"AAPL": bars, "MSFT": tuple(replace(b, symbol="MSFT") for b in bars)})
    assert night.judge() == 1
