"""Trading halts and money halts for everybody, set and lifted by operators; each change leaves an audit record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.halts import HaltScope, HaltStrength, TradingHalt
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class TradingHaltService:
    """Sets the halts. `find` returns their state, `put` writes the next."""

    find: Callable[[], TradingHalt]
    put: Callable[[TradingHalt, HaltScope, Audit, datetime], object]
    clock: Clock

    @retry_on_stale
    def set(
        self,
        *,
        stopped: bool,
        audit: Audit,
        scope: HaltScope = HaltScope.TRADING,
        strength: HaltStrength = HaltStrength.REDUCE_ONLY,
    ) -> TradingHalt:
        """Halt trading, money or both, or release them; return the state after it.

        `strength` says how much of trading a halt holds from now on, whatever the one before held.
        """
        now, before = self.clock.now(), self.find()
        changed = replace(before, reason=audit.reason, changed_by=audit.actor, changed_at=now)
        after = replace(changed.with_scope(scope, halted=stopped), version=before.version + 1)
        if stopped and scope is not HaltScope.MONEY:
            since = before.halted_at if before.trading_halted else now
            after = replace(after, strength=strength, halted_at=since)
        self.put(after, scope, audit, now)
        return after
