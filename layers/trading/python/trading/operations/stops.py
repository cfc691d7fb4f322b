"""The stop of all trading, set and lifted by operators; each change leaves an audit record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from trading.brokerage.stops import TradingStop
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.retry import retried_when_stale


@dataclass(frozen=True)
class TradingStopService:
    """Sets the stop. `find` returns how it stands, `put` writes its next state."""

    find: Callable[[], TradingStop]
    put: Callable[[TradingStop, Audit, datetime], object]
    clock: Clock

    @retried_when_stale
    def set(self, *, stopped: bool, audit: Audit) -> TradingStop:
        """Stop all trading or let it go on; return how the stop stands then."""
        now = self.clock.now()
        stop = TradingStop(stopped, audit.reason, audit.actor, now, self.find().version + 1)
        self.put(stop, audit, now)
        return stop
