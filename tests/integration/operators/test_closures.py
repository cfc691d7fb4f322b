"""PUT /api/operator/closures/{exchange}/{day}: a closure or an early close works in the running session."""

import json
from datetime import date, datetime, timedelta

import pytest

from tests.support.trading_day import DAY, NOON, OPENED, PLANNED, TradingDayHarness, assert_sound
from tests.support.world import World
from trading.automation.closer.models import SweepPhase, phase_at
from trading.automation.day_trading.jobs import JobService
from trading.automation.day_trading.messages import SessionWork
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.sessions import SessionStatus, Skip
from trading.markets.models import Exchange
from trading.markets.service import Calendar
from trading.markets.store import DynamoInstrumentStore
from trading.operators.closure_rows import put_closure
from trading.platform.audit import Audit
from trading.platform.clock import FixedClock
from trading.platform.people import PersonRow

OPERATOR = {"role": "operator"}
AUDIT = Audit("olga", "a storm")
CLOSES = NOON + timedelta(hours=1)
SELLING = CLOSES - timedelta(minutes=30)


def put(world: World, day: str = "2013-02-19", exchange: str = "NASDAQ", who: str = "olga", **body: object) -> object:
    return world.call(
        "put_closure", who, body={"reason": "a storm", **body}, claims=OPERATOR, exchange=exchange, day=day
    )


def close_early(moment: datetime | None = CLOSES) -> None:
    put_closure(Exchange.NASDAQ, DAY, moment, AUDIT, NOON)


def entered(harness: TradingDayHarness) -> PortfolioKey:
    harness.recommend("AAA")
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    harness.at(OPENED).enter(key, DAY)
    return key


def due_closes(moment: datetime) -> list[PortfolioKey]:
    sent: list[SessionWork] = []

    def send(queue: str, work: object) -> int:
        assert queue == "session-closes"
        sent.extend(work)  # type: ignore[call-overload]
        return len(sent)

    clock, calendar = FixedClock(moment), Calendar(DynamoInstrumentStore())
    JobService(DynamoWorkIndex(), calendar, None, None, send, clock).close(moment)  # type: ignore[arg-type]
    return [work.key for work in sent]


@pytest.mark.usefixtures("aws")
def test_an_early_close_moves_the_close_of_what_is_open() -> None:
    harness = TradingDayHarness()
    key = entered(harness)
    assert due_closes(SELLING) == []
    close_early()

    assert due_closes(SELLING - timedelta(minutes=1)) == []
    assert due_closes(SELLING) == [key]
    harness.at(SELLING).close(key, DAY)

    position = harness.position(key, "AAA")
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.SESSION_CLOSE)
    session = harness.state(key).session(DAY)
    assert session is not None
    assert (session.status, session.flat) == (SessionStatus.CLOSED, True)
    assert_sound(harness.state(key))


@pytest.mark.usefixtures("aws")
def test_entries_end_where_the_close_has_begun() -> None:
    harness = TradingDayHarness()
    harness.recommend("AAA")
    key = harness.portfolio().key
    harness.at(PLANNED).plan(key, DAY)
    close_early(OPENED + timedelta(minutes=20))

    harness.at(OPENED + timedelta(minutes=1)).enter(key, DAY)

    position = harness.position(key, "AAA")
    assert (position.status, position.skip) == (PositionStatus.CANCELLED, Skip.MISSED)
    assert_sound(harness.state(key))


@pytest.mark.usefixtures("aws")
def test_the_closer_sees_an_early_close() -> None:
    close_early()
    day = Calendar(DynamoInstrumentStore()).trading_day(Exchange.NASDAQ, DAY)

    assert day is not None
    assert phase_at(day, CLOSES - timedelta(minutes=20)) is SweepPhase.FLATTEN
    assert phase_at(day, CLOSES + timedelta(minutes=10)) is SweepPhase.PROVE


def test_an_operator_closes_a_session_early_with_an_audit_record(world: World) -> None:
    answer = put(world, closes_at="13:00")

    assert answer.status == 200, answer.body  # type: ignore[attr-defined]
    reply = answer.body  # type: ignore[attr-defined]
    assert (reply["exchange"], reply["date"], reply["closes_at"]) == (2, "2013-02-19", "2013-02-19T18:00:00Z")
    kept = DynamoInstrumentStore().closures(Exchange.NASDAQ, DAY)
    assert {day: moment and moment.isoformat() for day, moment in kept.items()} == {DAY: "2013-02-19T13:00:00-05:00"}
    (row,) = PersonRow.query("operator#closures#NASDAQ#2013-02-19", PersonRow.sk.startswith("audit#"))
    audit = json.loads(str(row.document))
    assert (audit["actor"], audit["action"], audit["reason"]) == ("olga", "close_exchange", "a storm")


def test_a_closure_for_the_day_ends_a_running_session_now_and_a_later_one_altogether(world: World) -> None:
    running, later = put(world), put(world, day="2013-02-20")

    assert running.body["closes_at"] == "2013-02-19T15:00:00Z"  # type: ignore[attr-defined]
    assert later.body["closes_at"] is None  # type: ignore[attr-defined]
    assert Calendar(DynamoInstrumentStore()).trading_day(Exchange.NASDAQ, date(2013, 2, 20)) is None


def test_a_closure_is_lifted(world: World) -> None:
    put(world, closes_at="13:00")

    lifted = put(world, lifted=True)

    assert lifted.body["closes_at"] == "2013-02-19T21:00:00Z"  # type: ignore[attr-defined]
    assert DynamoInstrumentStore().closures(Exchange.NASDAQ, DAY) == {}
    rows = PersonRow.query("operator#closures#NASDAQ#2013-02-19", PersonRow.sk.startswith("audit#"))
    audits = [json.loads(str(row.document)) for row in rows]
    assert sorted(audit["action"] for audit in audits) == ["close_exchange", "reopen_exchange"]
    assert {audit["actor"] for audit in audits} == {"olga"}


@pytest.mark.parametrize(
    ("where", "body", "status", "code"),
    [
        ({"day": "2013-02-18"}, {}, 409, "not_a_trading_day"),
        ({"day": "2013-02-15"}, {}, 409, "session_over"),
        ({}, {"closes_at": "09:30"}, 400, "invalid_request"),
        ({}, {"closes_at": "17:00"}, 400, "invalid_request"),
        ({}, {"reason": " "}, 400, "invalid_request"),
        ({"exchange": "LSE"}, {}, 404, "not_found"),
        ({"day": "soon"}, {}, 404, "not_found"),
        ({"day": "20130219"}, {}, 404, "not_found"),
    ],
)
def test_what_is_no_closure_is_refused(
    world: World, where: dict[str, str], body: dict[str, object], status: int, code: str
) -> None:
    answer = put(world, **where, **body)

    assert (answer.status, answer.body["code"]) == (status, code)  # type: ignore[attr-defined]


def test_nobody_but_operators_closes_an_exchange_whatever_they_send(world: World) -> None:
    path = {"exchange": "NASDAQ", "day": "2013-02-19"}

    answer = world.call("put_closure", "ada", body={"nonsense": 1}, **path)

    assert answer.status == 403
