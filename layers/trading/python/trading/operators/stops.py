"""The stops of trading and of money for everybody, set and lifted by operators; each change leaves an audit record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.halts import HaltScope, TradingHalt
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class TradingStopService:
    """Sets the stops. `find` returns how they stand, `put` writes their next state."""

    find: Callable[[], TradingHalt]
    put: Callable[[TradingHalt, HaltScope, Audit, datetime], object]
    clock: Clock

    @retry_on_stale
    def set(self, *, stopped: bool, audit: Audit, scope: HaltScope = HaltScope.TRADING) -> TradingHalt:
        """Stop trading, money or both, or let them go on; return how the stops stand then."""
        now, before = self.clock.now(), self.find()
        changed = replace(before, reason=audit.reason, changed_by=audit.actor, changed_at=now)
        after = replace(changed.with_scope(scope, halted=stopped), version=before.version + 1)
        self.put(after, scope, audit, now)
        return after
