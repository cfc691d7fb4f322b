"""Versions that are cancelled while they wait: by the person, or because they are paused. No partner is asked."""

from dataclasses import dataclass, replace
from datetime import datetime

from trading.managed.effects import change_of
from trading.managed.models import ManagedPortfolio, RebalanceStage
from trading.managed.ports import ManagedStore
from trading.managed.versions import reasons
from trading.managed.versions.models import Version, VersionStatus
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class CancellationService:
    """Cancels versions."""

    store: ManagedStore
    clock: Clock

    @retry_on_stale
    def cancel(self, owner: str, version_id: str) -> Version:
        """Cancel a version that still waits; cancelled once more it stays so.

        Raises:
            NotFound: if the person has no such version.
            Conflict: `not_cancellable`.
        """
        version, state = self.store.version(owner, version_id), self.store.load(owner)
        if version is None or state.portfolio is None:
            raise NotFound("There is no such version.")
        if version.status is VersionStatus.CANCELLED:
            return version
        if version.status is not VersionStatus.PENDING:
            raise Conflict("It is not waiting any more.", code="not_cancellable")
        now = self.clock.now()
        cancelled = version.moved(VersionStatus.CANCELLED, now, reasons.CANCELLED)
        return self.store.commit(change_of(state, state.portfolio, (cancelled,), at=now)).versions[0]

    @retry_on_stale
    def cancel_buys(self, owner: str) -> int:
        """Cancel the buys of a paused person that still wait, and let no run take those submitted; return how many."""
        state = self.store.load(owner)
        if state.portfolio is None or state.account is None or not state.account.pauses:
            return 0
        now = self.clock.now()
        waiting = [version for version in state.versions if version.status is VersionStatus.PENDING]
        cancelled = [
            version.moved(VersionStatus.CANCELLED, now, reasons.TRADING_PAUSED)
            for version in waiting
            if (version.amount_cents or 0) > 0
        ]
        planned_anew = _planned_anew(state.portfolio, now)
        if cancelled or planned_anew is not state.portfolio:
            self.store.commit(change_of(state, planned_anew, cancelled, at=now))
        return len(cancelled)


def _planned_anew(portfolio: ManagedPortfolio, now: datetime) -> ManagedPortfolio:
    """Return a portfolio whose submitted purchases no run takes any more: the next rebalance plans what may go on."""
    if portfolio.stage is not RebalanceStage.READY or portfolio.sells_only:
        return portfolio
    return replace(portfolio, stage=RebalanceStage.IDLE, due_at=now)
