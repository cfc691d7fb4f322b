"""A strategy that nobody proved: nothing is planned where the gate is enforced, all is marked where it is not."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from tests.support.crashes import Crashes
from tests.support.trading_day import DAY, OPENED, PLANNED, TradingDayHarness
from tests.unit.signals.test_gate import PROVEN
from trading.automation.day_trading.service import SessionService
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.positions import PositionStatus
from trading.automation.portfolios.sessions import SESSION_MOVES, SETTLED, SessionStatus
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.outbox import OutboxRow
from trading.signals.gate import NEVER_JUDGED, Edge, Gate, Judgement, judge
from trading.signals.models import Assessment, Recommendation, SignalSet, Source, version_of
from trading.signals.store import DynamoSignalStore

MANY = 95
"""More than the transaction of a session holds: some positions are written before it."""


@pytest.fixture
def harness(aws: None) -> TradingDayHarness:
    del aws
    return TradingDayHarness()


def publish(
    harness: TradingDayHarness, judgement: Judgement, *symbols: str, predicted: str = "0.02", volatility: str = "0.02"
) -> str:
    """Publish computed recommendations with a verdict, and return their version."""
    for symbol in set(symbols) - set(harness.market.prices):
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
        harness.market.prices[symbol] = Decimal(100)
    items = tuple(
        Recommendation(symbol, Decimal(predicted), Decimal(volatility), Decimal("1.5"), Decimal(100))
        for symbol in symbols
    )
    assessment = Assessment("baseline-1", judgement)
    version = version_of(items, assessment)
    signals = SignalSet(Exchange.NASDAQ, DAY, Source.BASELINE, version, items, assessment, feature_drift=0.02)
    assert DynamoSignalStore().save(signals)
    assert DynamoSignalStore().read(Exchange.NASDAQ, DAY) == signals
    return version


def at_gate(harness: TradingDayHarness, gate: Gate) -> SessionService:
    return replace(harness.at(PLANNED), gate=gate)


def test_an_enforced_gate_plans_nothing_and_settles_the_day(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    publish(harness, NEVER_JUDGED, "AAPL", "MSFT")

    session = at_gate(harness, Gate.ENFORCED).plan(key, DAY)

    assert session is not None
    assert (session.status, session.flat, session.planned, session.edge) == (
        SessionStatus.NO_EDGE,
        True,
        0,
        Edge.UNPROVEN,
    )
    state = harness.state(key)
    assert (state.positions, state.session(DAY), state.portfolio.unsettled_since) == ((), session, None)
    assert (state.portfolio.due.enter_at, state.portfolio.due.close_at) == (None, None)
    assert [row.body.count("session_no_edge") for row in OutboxRow.scan()] == [1]
    assert replace(harness.at(OPENED), gate=Gate.ENFORCED).enter(key, DAY) is None


def test_a_day_without_an_edge_is_over() -> None:
    assert SessionStatus.NO_EDGE in SETTLED
    assert SESSION_MOVES[SessionStatus.NO_EDGE] == frozenset()


@pytest.mark.parametrize(
    ("gate", "judgement", "edge"),
    [(Gate.ADVISORY, NEVER_JUDGED, Edge.UNPROVEN), (Gate.ENFORCED, judge(PROVEN), Edge.PROVEN)],
)
def test_what_is_planned_bears_the_mark_of_its_recommendations(
    harness: TradingDayHarness, gate: Gate, judgement: Judgement, edge: Edge
) -> None:
    key = harness.portfolio().key
    publish(harness, judgement, "AAPL", "MSFT")

    session = at_gate(harness, gate).plan(key, DAY)

    assert session is not None
    assert (session.status, session.planned, session.edge) == (SessionStatus.PLANNED, 2, edge)
    assert {position.order.edge for position in harness.state(key).positions} == {edge}


def test_pinned_recommendations_pass_the_gate_without_a_mark(harness: TradingDayHarness) -> None:
    key = harness.portfolio().key
    harness.recommend("AAPL")

    session = at_gate(harness, Gate.ENFORCED).plan(key, DAY)

    assert session is not None
    assert (session.status, session.planned, session.edge) == (SessionStatus.PLANNED, 1, None)


def test_what_is_planned_stays_when_the_verdict_changes(harness: TradingDayHarness) -> None:
    early, late = harness.portfolio().key, harness.portfolio().key
    service = at_gate(harness, Gate.ENFORCED)
    proven = publish(harness, judge(PROVEN), "AAPL")
    service.plan(early, DAY, proven)

    closed = publish(harness, NEVER_JUDGED, "AAPL")
    again, other = service.plan(early, DAY, closed), service.plan(late, DAY, closed)

    assert proven != closed, "the version of the same recommendations says nothing of their verdict"
    assert again is None
    assert [position.status for position in harness.state(early).positions] == [PositionStatus.PENDING]
    assert other is not None
    assert (other.status, harness.state(late).positions) == (SessionStatus.NO_EDGE, ())


def test_a_plan_that_died_anywhere_is_whole_or_gone_when_the_gate_has_closed(
    harness: TradingDayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    symbols = [f"S{number}" for number in range(MANY)]
    settings = DayTradingSettings(max_recommendations=MANY, allow_fractional_shares=True)
    version = publish(harness, judge(PROVEN), *symbols)
    first, crashes, statuses = harness.portfolio(settings).key, Crashes(monkeypatch), set()
    places = crashes.count(lambda: at_gate(harness, Gate.ENFORCED).plan(first, DAY, version))
    for place in range(1, places + 1):
        key = harness.portfolio(settings).key
        publish(harness, judge(PROVEN), *symbols)
        dying = at_gate(harness, Gate.ENFORCED)
        crashes.die_at(place, partial(dying.plan, key, DAY, version))

        closed = publish(harness, NEVER_JUDGED, *symbols)
        at_gate(harness, Gate.ENFORCED).plan(key, DAY, closed)

        state = harness.state(key)
        session = state.session(DAY)
        assert session is not None
        wanted = MANY if session.status is SessionStatus.PLANNED else 0
        assert (session.planned, len(state.positions)) == (wanted, wanted)
        statuses.add(session.status)
    assert statuses == {SessionStatus.PLANNED, SessionStatus.NO_EDGE}


@pytest.mark.parametrize(("predicted", "planned"), [("0.00107", 0), ("0.00108", 1)])
def test_a_computed_candidate_must_promise_more_than_it_costs(
    harness: TradingDayHarness, predicted: str, planned: int
) -> None:
    # 2 (0.0005 x 100 + 0.0035) = 0.107 dollars a share; sure enough it is from 0.0004 on.
    key = harness.portfolio().key
    publish(harness, judge(PROVEN), "AAPL", predicted=predicted, volatility="0.005")

    session = at_gate(harness, Gate.ENFORCED).plan(key, DAY)

    assert session is not None
    assert (session.status, session.planned) == (SessionStatus.PLANNED, planned)
