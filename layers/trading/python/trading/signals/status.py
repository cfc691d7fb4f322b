"""What anybody may know of an exchange's signals: who speaks, how well it is known, and whether it may trade."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK, Clock
from trading.signals.gate import NEVER_JUDGED, NO_DATA, NOT_PUBLISHED, PINNED, Gate, Judgement
from trading.signals.models import BASELINE_MODEL, Assessment, Source
from trading.signals.ports import AssessmentStore, SignalStore

TRAINED_ON, TRAINED_AT = 5, time(6)
"""Models are trained on Saturdays, in the morning of New York."""


@dataclass(frozen=True)
class SignalStatus:
    """Who speaks for an exchange. `assessment` is None where nobody does, or somebody pinned it."""

    exchange: Exchange
    trade_date: date | None
    strategy: Source
    gate: Gate
    judgement: Judgement
    assessment: Assessment | None
    next_training: datetime


@dataclass(frozen=True)
class StatusService:
    """Reads the status of an exchange's signals, now or as it was on a day."""

    signals: SignalStore
    assessments: AssessmentStore
    covered: frozenset[Exchange]
    strategy: Source
    gate: Gate
    clock: Clock

    def of(self, exchange: Exchange, trade_date: date | None = None) -> SignalStatus:
        """Return the status of the strategy that publishes now, or of what was published for a day. One request."""
        if exchange not in self.covered:
            return self._status(exchange, trade_date, self.strategy, NO_DATA)
        if trade_date is not None:
            return self._of_day(exchange, trade_date)
        found = self.assessments.find(exchange, self.strategy)
        if found is None and self.strategy is Source.BASELINE:
            found = Assessment(BASELINE_MODEL)
        judgement = found.judgement if found else NEVER_JUDGED
        return self._status(exchange, None, self.strategy, judgement, found)

    def _of_day(self, exchange: Exchange, trade_date: date) -> SignalStatus:
        header = self.signals.header(exchange, trade_date)
        if header is None:
            return self._status(exchange, trade_date, self.strategy, NOT_PUBLISHED)
        if header.source is Source.PINNED:
            return self._status(exchange, trade_date, header.source, PINNED)
        found = header.assessment or Assessment(BASELINE_MODEL)
        return self._status(exchange, trade_date, header.source, found.judgement, found)

    def _status(
        self,
        exchange: Exchange,
        trade_date: date | None,
        strategy: Source,
        judgement: Judgement,
        assessment: Assessment | None = None,
    ) -> SignalStatus:
        following = next_training(self.clock.now())
        return SignalStatus(exchange, trade_date, strategy, self.gate, judgement, assessment, following)


def next_training(now: datetime) -> datetime:
    """Return when models are trained next, after a moment."""
    local = now.astimezone(NEW_YORK)
    day = local.date() + timedelta(days=(TRAINED_ON - local.weekday()) % 7)
    at = datetime.combine(day, TRAINED_AT, NEW_YORK)
    if at <= local:
        at = datetime.combine(day + timedelta(days=7), TRAINED_AT, NEW_YORK)
    return at
