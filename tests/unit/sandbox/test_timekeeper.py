"""Virtual time: what is fired, when, in which order, and what is not."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.catalogue import Function, Poll, Schedule
from sandbox.stage import ALWAYS, NEVER
from sandbox.timekeeper import BackwardsError, Timekeeper, UnknownScheduleError, due, latest, unix_cron
from trading.platform.clock import VirtualTime, rfc3339

START = datetime(2013, 2, 15, 13, tzinfo=UTC)


@dataclass
class FakeStage:
    """Remembers what was invoked, and at which time it stood then. `work` says from when a job has any."""

    time: VirtualTime | None = None
    work: dict[str, datetime] = field(default_factory=dict)
    invoked: list[tuple[str, str, datetime]] = field(default_factory=list)
    asked: int = 0
    fails: bool = False
    forgotten: int = 0
    not_due: set[tuple[str, str]] = field(default_factory=set)

    def kept_time(self) -> VirtualTime | None:
        return self.time

    def keep_time(self, time: VirtualTime) -> None:
        self.time = time

    def invoke(self, job: Function, event: Mapping[str, Any]) -> tuple[bool, Any]:
        assert self.time is not None
        self.invoked.append((job.name, event["scheduled_at"], self.time.moment))
        return not self.fails, dict(event)

    def next_work(self, polls: Sequence[Poll], now: datetime) -> list[datetime]:
        assert self.time is not None
        assert now == self.time.moment
        self.asked += 1
        return [self.work.get(poll.index, NEVER) for poll in polls]

    def is_due(self, job: Function, scheduled_at: datetime) -> bool:
        return (job.name, rfc3339(scheduled_at)) not in self.not_due

    def forget_closures(self) -> None:
        self.forgotten += 1


@dataclass
class FakeQueues:
    settled: list[Collection[str]] = field(default_factory=list)

    def settle(self, names: Collection[str]) -> object:
        self.settled.append(names)
        return None


@dataclass
class MovableClock:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture
def wall() -> MovableClock:
    return MovableClock(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def keeper(stage: FakeStage, wall: MovableClock) -> Timekeeper:
    made = Timekeeper(stage, FakeQueues(), wall)
    made.begin(START)
    return made


def test_a_fresh_sandbox_stands_at_its_start_and_fires_nothing(keeper: Timekeeper, stage: FakeStage) -> None:
    assert keeper.now() == START
    assert stage.time == VirtualTime(START)
    assert stage.invoked == []


def test_a_kept_time_is_taken_up(wall: MovableClock) -> None:
    kept = START + timedelta(days=3)
    keeper = Timekeeper(FakeStage(VirtualTime(kept)), FakeQueues(), wall)

    keeper.begin(START)

    assert keeper.now() == kept


def test_each_run_sees_the_moment_it_was_due_at(keeper: Timekeeper, stage: FakeStage) -> None:
    runs = keeper.advance(START + timedelta(hours=2))

    assert stage.invoked == [
        ("build_signals", "2013-02-15T13:30:00Z", datetime(2013, 2, 15, 13, 30, tzinfo=UTC)),
        ("plan_sessions", "2013-02-15T14:15:00Z", datetime(2013, 2, 15, 14, 15, tzinfo=UTC)),
        ("release_versions", "2013-02-15T14:30:00Z", datetime(2013, 2, 15, 14, 30, tzinfo=UTC)),
        ("apply_corporate_actions", "2013-02-15T14:31:00Z", datetime(2013, 2, 15, 14, 31, tzinfo=UTC)),
        ("refresh_balances", "2013-02-15T15:00:00Z", datetime(2013, 2, 15, 15, 0, tzinfo=UTC)),
        ("charge_invoices", "2013-02-15T15:00:00Z", datetime(2013, 2, 15, 15, 0, tzinfo=UTC)),
    ]
    assert [(run["schedule"], run["status"]) for run in runs] == [(job, "ok") for job, *_ in stage.invoked]
    assert stage.time == VirtualTime(START + timedelta(hours=2))


def test_late_jobs_fire_late_for_the_moment_they_were_due_at(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.advance(datetime(2013, 2, 15, 14, 20, tzinfo=UTC), lateness=timedelta(minutes=10))

    assert stage.invoked == [
        ("build_signals", "2013-02-15T13:30:00Z", datetime(2013, 2, 15, 13, 40, tzinfo=UTC)),
        ("plan_sessions", "2013-02-15T14:15:00Z", datetime(2013, 2, 15, 14, 25, tzinfo=UTC)),
    ]
    assert keeper.now() == datetime(2013, 2, 15, 14, 25, tzinfo=UTC)


def test_what_fell_due_while_jobs_were_late_fires_next(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.advance(datetime(2013, 2, 15, 14, 20, tzinfo=UTC), lateness=timedelta(minutes=15))
    del stage.invoked[:]

    keeper.advance(datetime(2013, 2, 15, 14, 30, tzinfo=UTC))

    assert stage.invoked == [("release_versions", "2013-02-15T14:30:00Z", datetime(2013, 2, 15, 14, 30, tzinfo=UTC))]


def test_a_schedule_that_is_switched_off_never_fires_until_it_is_on_again(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.switch("build_signals", enabled=False)
    keeper.advance(START + timedelta(hours=1))
    assert stage.invoked == []
    keeper.switch("build_signals", enabled=True)

    keeper.advance(START + timedelta(hours=1, minutes=20))

    assert [name for name, *_ in stage.invoked] == ["plan_sessions"]
    with pytest.raises(UnknownScheduleError):
        keeper.switch("no_such_job", enabled=False)


def test_the_outbox_is_sent_while_anything_waits_in_it(keeper: Timekeeper, stage: FakeStage) -> None:
    assert not keeper.send_outbox()
    stage.work["by_pending"] = ALWAYS
    assert keeper.send_outbox()
    keeper.switch("send_outbox", enabled=False)

    assert not keeper.send_outbox()
    assert [name for name, *_ in stage.invoked] == ["send_outbox"]


def test_a_moment_that_was_reached_is_not_fired_twice(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.advance(datetime(2013, 2, 15, 13, 30, tzinfo=UTC))
    keeper.advance(datetime(2013, 2, 15, 13, 31, tzinfo=UTC))

    assert [name for name, *_ in stage.invoked] == ["build_signals"]


def test_a_polling_job_is_fired_while_it_has_work_alone(keeper: Timekeeper, stage: FakeStage) -> None:
    stage.work["by_pending"] = START + timedelta(minutes=3)

    keeper.advance(START + timedelta(minutes=5))

    assert [at for name, at, _ in stage.invoked if name == "send_outbox"] == [
        "2013-02-15T13:03:00Z",
        "2013-02-15T13:04:00Z",
        "2013-02-15T13:05:00Z",
    ]


def test_a_polling_job_with_work_is_not_fired_where_the_calendar_has_none(keeper: Timekeeper, stage: FakeStage) -> None:
    stage.work["by_pending"] = ALWAYS
    stage.not_due = {("send_outbox", "2013-02-15T13:02:00Z")}

    keeper.advance(START + timedelta(minutes=3))

    assert [at for name, at, _ in stage.invoked if name == "send_outbox"] == [
        "2013-02-15T13:01:00Z",
        "2013-02-15T13:03:00Z",
    ]


def test_an_index_is_asked_again_only_after_a_run(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.advance(START + timedelta(minutes=20))

    assert stage.asked == 1  # of all indexes at once


def test_ties_go_in_catalogue_order(stage: FakeStage, keeper: Timekeeper) -> None:
    stage.work = {"by_stop": ALWAYS, "by_due": ALWAYS, "by_enter": ALWAYS, "by_close": ALWAYS, "by_pending": ALWAYS}

    keeper.advance(datetime(2013, 2, 15, 14, 30, tzinfo=UTC))

    at_the_open = [name for name, at, _ in stage.invoked if at == "2013-02-15T14:30:00Z"]
    assert at_the_open == [
        "resolve_unknown",
        "release_versions",
        "poll_autopilot_runs",
        "open_sessions",
        "monitor_positions",
        "close_sessions",
        "record_tapes",
        "send_outbox",
        "resume_runs",
        "resend_deferred",
    ]


class FakePartner:
    """A partner where something happens at given moments, each of which may lead to another."""

    def __init__(self, stage: FakeStage, *moments: datetime) -> None:
        self.stage, self.coming, self.acted = stage, list(moments), list[tuple[datetime, int]]()
        self.calls = list[tuple[FakePartner, datetime]]()
        self.leads_to: Callable[[], object] = lambda: None

    def next_at(self) -> datetime | None:
        return min(self.coming, default=None)

    def advance(self, moment: datetime) -> None:
        self.coming = [later for later in self.coming if later > moment]
        self.acted.append((moment, len(self.stage.invoked)))
        self.calls.append((self, moment))
        self.leads_to()
        if len(self.acted) == 1:
            self.coming.append(moment + timedelta(minutes=1))


def test_partners_act_before_what_is_scheduled_for_the_same_moment(keeper: Timekeeper, stage: FakeStage) -> None:
    at = datetime(2013, 2, 15, 13, 30, tzinfo=UTC)
    partner = FakePartner(stage, at)
    keeper.partners.append(partner)

    keeper.advance(at)

    assert partner.acted == [(at, 0)]
    assert [name for name, *_ in stage.invoked] == ["build_signals"]


def test_what_a_partner_does_may_lead_to_more_in_the_same_step(keeper: Timekeeper, stage: FakeStage) -> None:
    first, last = START + timedelta(minutes=5), START + timedelta(hours=3)
    partner = FakePartner(stage, first, last)
    keeper.partners.append(partner)

    keeper.advance(START + timedelta(hours=2))

    assert [moment for moment, _ in partner.acted] == [first, first + timedelta(minutes=1)]
    assert partner.next_at() == last


def test_partners_take_turns_by_their_moments_and_ties_in_their_order(keeper: Timekeeper, stage: FakeStage) -> None:
    tie, later = START + timedelta(minutes=1), START + timedelta(minutes=7)
    first, second = FakePartner(stage, tie, later), FakePartner(stage, tie)
    order = list[tuple[FakePartner, datetime]]()
    for partner in (first, second):
        partner.calls = order
        keeper.partners.append(partner)

    keeper.advance(START + timedelta(minutes=10))

    after = tie + timedelta(minutes=1)
    assert order == [(first, tie), (second, tie), (first, after), (second, after), (first, later)]


def test_what_a_partner_does_may_give_a_polling_job_work(keeper: Timekeeper, stage: FakeStage) -> None:
    at = START + timedelta(minutes=2, seconds=30)
    partner = FakePartner(stage, at)
    partner.leads_to = lambda: stage.work.update(by_pending=at)
    keeper.partners.append(partner)

    keeper.advance(START + timedelta(minutes=4))

    assert [when for name, when, _ in stage.invoked if name == "send_outbox"] == [
        "2013-02-15T13:03:00Z",
        "2013-02-15T13:04:00Z",
    ]


def test_a_partner_acts_at_its_own_moment(keeper: Timekeeper, stage: FakeStage) -> None:
    at = START + timedelta(seconds=30)
    partner, seen = FakePartner(stage, at), list[datetime]()
    partner.leads_to = lambda: seen.append(keeper.now())
    keeper.partners.append(partner)

    keeper.advance(START + timedelta(seconds=45))

    assert seen == [at]
    assert keeper.now() == START + timedelta(seconds=45)


def test_what_is_under_way_comes_to_its_end_before_time_moves(stage: FakeStage, wall: MovableClock) -> None:
    partner = FakePartner(stage)
    soon = START + timedelta(seconds=20)

    class LateRequest(FakeQueues):
        """A queue whose one message asks the partner for something."""

        def settle(self, names: Collection[str]) -> object:
            if not self.settled:
                partner.coming.append(soon)
            return super().settle(names)

    keeper = Timekeeper(stage, LateRequest(), wall, [partner])
    keeper.begin(START)

    keeper.advance(START + timedelta(seconds=25))

    assert partner.acted == [(soon, 0)]


def test_partners_act_while_the_clock_ticks(keeper: Timekeeper, stage: FakeStage, wall: MovableClock) -> None:
    at = START + timedelta(seconds=5)
    partner = FakePartner(stage, at)
    keeper.partners.append(partner)
    keeper.run(running=True)
    wall.moment += timedelta(seconds=10)

    keeper.catch_up()

    assert [moment for moment, _ in partner.acted] == [at]
    assert keeper.is_running
    assert keeper.now() == START + timedelta(seconds=10)


def test_a_quiet_month_asks_for_indexes_no_more_often_than_something_runs(keeper: Timekeeper, stage: FakeStage) -> None:
    keeper.partners.append(FakePartner(stage))

    keeper.advance(START + timedelta(days=30))

    assert stage.asked <= len(stage.invoked) + 1


def test_a_failed_run_is_told_and_time_goes_on(keeper: Timekeeper, stage: FakeStage) -> None:
    stage.fails = True

    runs = keeper.advance(START + timedelta(hours=2))

    assert [run["status"] for run in runs] == ["failed"] * 6
    assert keeper.now() == START + timedelta(hours=2)


def test_time_never_runs_backwards(keeper: Timekeeper) -> None:
    with pytest.raises(BackwardsError):
        keeper.advance(START - timedelta(seconds=1))

    assert keeper.now() == START


def test_one_step_is_bounded(keeper: Timekeeper) -> None:
    with pytest.raises(ValueError, match="400 days"):
        keeper.advance(START + timedelta(days=401))


def test_a_job_is_fired_for_its_latest_due_time_whether_it_has_work_or_not(
    keeper: Timekeeper, stage: FakeStage
) -> None:
    run = keeper.fire("monitor_positions", None)

    assert run["scheduled_at"] == "2013-02-14T20:50:00Z"
    assert run["result"]["again"] is True
    assert stage.asked == 0


def test_an_unknown_job_is_not_fired(keeper: Timekeeper) -> None:
    with pytest.raises(UnknownScheduleError):
        keeper.fire("nothing", None)


def test_a_ticking_clock_follows_the_wall(keeper: Timekeeper, wall: MovableClock) -> None:
    keeper.run(running=True)
    wall.moment += timedelta(seconds=90)

    keeper.run(running=False)
    wall.moment += timedelta(hours=1)

    assert keeper.now() == START + timedelta(seconds=90)


def test_a_ticking_clock_fires_what_falls_due_once(keeper: Timekeeper, stage: FakeStage, wall: MovableClock) -> None:
    keeper.run(running=True)
    wall.moment += timedelta(minutes=31)

    keeper.catch_up()
    keeper.catch_up()

    assert [(name, at) for name, at, _ in stage.invoked] == [("build_signals", "2013-02-15T13:30:00Z")]
    assert keeper.is_running
    assert keeper.now() == START + timedelta(minutes=31)


def test_a_clock_that_stands_has_nothing_to_catch_up(keeper: Timekeeper, stage: FakeStage, wall: MovableClock) -> None:
    wall.moment += timedelta(days=1)

    keeper.catch_up()

    assert stage.invoked == []


def test_a_ticking_clock_goes_on_ticking_after_a_step(keeper: Timekeeper, wall: MovableClock) -> None:
    keeper.run(running=True)

    keeper.advance(START + timedelta(minutes=10))
    wall.moment += timedelta(seconds=5)

    assert keeper.now() == START + timedelta(minutes=10, seconds=5)


@pytest.mark.parametrize(
    ("day", "utc_hour"),
    [("2013-03-08", 13), ("2013-03-11", 12), ("2013-11-01", 12), ("2013-11-04", 13)],
)
def test_schedules_follow_new_york_through_both_changes_of_the_clock(day: str, utc_hour: int) -> None:
    since = datetime.fromisoformat(f"{day}T00:00:00+00:00")

    moments = [moment for moment, row, _ in due(since, since + timedelta(hours=20)) if row.name == "build_signals"]

    assert moments == [since + timedelta(hours=utc_hour, minutes=30)]


def test_the_latest_due_time_may_be_now() -> None:
    now = datetime(2013, 2, 19, 13, 30, tzinfo=UTC)

    assert latest(Schedule(cron="30 8 ? * MON-FRI *"), now) == now
    assert latest(Schedule(cron="30 8 ? * MON-FRI *"), now - timedelta(seconds=1)) == now - timedelta(days=1)


@pytest.mark.parametrize(
    ("expression", "unix"),
    [
        ("15 9 ? * MON-FRI *", "15 9 * * MON-FRI"),
        ("0/10 9-15 ? * MON-FRI *", "0-59/10 9-15 * * MON-FRI"),
        ("* * * * ? *", "* * * * *"),
    ],
)
def test_cron_expressions_are_read_as_the_scheduler_reads_them(expression: str, unix: str) -> None:
    assert unix_cron(expression) == unix


def test_closures_are_read_anew_each_time_that_time_is_moved(keeper: Timekeeper, stage: FakeStage) -> None:
    for hours in (1, 2):
        keeper.advance(START + timedelta(hours=hours))

    assert stage.forgotten == 2
