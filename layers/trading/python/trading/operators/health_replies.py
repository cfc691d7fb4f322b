"""Replies that show how everything does."""

from datetime import date

from trading.operators.health import Health, SignalHealth
from trading.platform.fields import Moment, Reply
from trading.signals.gate import Reason, Verdict
from trading.signals.models import GateChange


class JobReply(Reply):
    """A job, and the moment that its last run which was due and finished was scheduled for."""

    name: str
    last_run_at: Moment | None


class OutboxReply(Reply):
    """Events that wait for their queues: how many, at most 1,000, and since when the oldest does (wall time)."""

    waiting: int
    oldest_at: str | None


class MissedReply(Reply):
    """How many sessions were missed on a day."""

    date: date
    sessions: int


class SignalHealthReply(Reply):
    """An exchange's recommendations: `stale` if there are none of the last day that should be planned by now."""

    exchange: int
    trade_date: date | None
    stale: bool
    source: str | None
    model: str | None
    verdict: Verdict
    judged_at: Moment | None

    @classmethod
    def of(cls, signals: SignalHealth) -> "SignalHealthReply":
        """Return the reply that shows an exchange's recommendations."""
        known = signals.assessment
        return cls(
            exchange=signals.exchange.value,
            trade_date=signals.trade_date,
            stale=signals.is_stale,
            source=signals.source.value if signals.source else None,
            model=known.model if known else None,
            verdict=known.judgement.verdict if known else Verdict.NO_EDGE,
            judged_at=known.judged_at if known else None,
        )


class LeftOpenReply(Reply):
    """Positions of an exchange that are open while no session runs that they belong to."""

    exchange: int
    positions: int


class GateChangeReply(Reply):
    """A strategy whose verdict became another one."""

    exchange: int
    strategy: str
    model: str
    verdict: Verdict
    because: list[Reason]
    at: Moment

    @classmethod
    def of(cls, change: GateChange) -> "GateChangeReply":
        """Return the reply that shows a change."""
        return cls(
            exchange=change.exchange.value,
            strategy=change.strategy.value,
            model=change.model,
            verdict=change.judgement.verdict,
            because=[because.code for because in change.judgement.because],
            at=change.at,
        )


class HealthReply(Reply):
    """How everything does. Where all is well, `sessions_missed` and `positions_after_hours` are empty.

    `sessions_missed` are those of the last seven days, newest first; `runs_open` are runs of jobs that are not done,
    `messages_deferred` what waits for a partner to come back.
    """

    checked_at: Moment
    jobs: list[JobReply]
    runs_open: int
    messages_deferred: int
    outbox: OutboxReply
    sessions_missed: list[MissedReply]
    signals: list[SignalHealthReply]
    positions_after_hours: list[LeftOpenReply]
    gate_changes: list[GateChangeReply]

    @classmethod
    def of(cls, health: Health) -> "HealthReply":
        """Return the reply that shows how everything does."""
        missed = sorted(health.missed.items(), reverse=True)
        return cls(
            checked_at=health.checked_at,
            jobs=[JobReply(name=name, last_run_at=at) for name, at in sorted(health.jobs.items())],
            runs_open=health.open_runs,
            messages_deferred=health.deferred,
            outbox=OutboxReply(waiting=health.outbox.events, oldest_at=health.outbox.oldest_at),
            sessions_missed=[MissedReply(date=day, sessions=sessions) for day, sessions in missed],
            signals=[SignalHealthReply.of(signals) for signals in health.signals],
            positions_after_hours=[
                LeftOpenReply(exchange=exchange.value, positions=positions)
                for exchange, positions in health.left_open.items()
            ],
            gate_changes=[GateChangeReply.of(change) for change in health.gate_changes],
        )
