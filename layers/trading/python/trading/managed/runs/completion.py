"""What a run's end means for one account: measured, and each of its versions judged.

Where the run was not carried out, what is held is submitted as the targets before a version is called
failed: what was submitted before would else be carried out by its next run.
"""

from dataclasses import dataclass, replace

from trading.brokerage.portfolios import RunClass
from trading.managed.effects import change_of
from trading.managed.market_hours import MarketHours
from trading.managed.messages import AccountFinished
from trading.managed.models import ManagedPortfolio, RebalanceStage
from trading.managed.observation.reader import AccountReader, Observation
from trading.managed.ports import ManagedState, ManagedStore
from trading.managed.rebalancing.service import ABANDONED_AFTER, LATER
from trading.managed.rebalancing.settlement import count_against_orders, judged, settled
from trading.managed.rebalancing.targets import TargetWriter, without_submitted
from trading.managed.runs.ports import RunStore
from trading.managed.versions.models import VersionStatus
from trading.platform.clock import Clock
from trading.platform.errors import Unavailable
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class CompletionService:
    """Applies the end of runs to accounts."""

    store: ManagedStore
    runs: RunStore
    account_reader: AccountReader
    target_writer: TargetWriter
    hours: MarketHours
    clock: Clock

    @retry_on_stale
    def apply(self, event: AccountFinished) -> ManagedPortfolio | None:
        """Measure what a run did for an account; one that the run does not have any more stays as it is.

        Raises:
            Unavailable: if the broker cannot be asked, or its status makes no sense; the event comes again.
        """
        state = self.store.load(event.owner)
        portfolio, account = state.portfolio, state.account
        if portfolio is None or account is None or portfolio.run_id != event.run_id:
            return portfolio
        observation = self.account_reader.observe(state, portfolio, str(account.broker_account_id))
        if (
            observation is None
            or not observation.is_fresh
            or not (observation.measured.is_explained or self._is_old(event.run_id))
        ):
            raise Unavailable("The broker's figures do not add up yet.")
        return self._finish(state, portfolio, observation, RunClass.FAILED if event.is_failed else RunClass.SUCCEEDED)

    def _finish(
        self, state: ManagedState, portfolio: ManagedPortfolio, observation: Observation, outcome: RunClass
    ) -> ManagedPortfolio | None:
        now = self.clock.now()
        settlement = settled(portfolio, state.versions, observation.seen, observation.measured)
        count_against_orders(state.versions, settlement.versions)
        versions = [
            judged(version, observation.seen, outcome, now) if version.version_id in portfolio.in_run else version
            for version in settlement.versions
        ]
        portfolio_after = settlement.portfolio
        if any(version.status is VersionStatus.FAILED for version in versions):
            state = self._forget_submitted(state, portfolio)
            portfolio_after = self.target_writer.reset_targets_to_actual(settlement.portfolio, observation.seen)
        is_left = any(version.is_open for version in versions)
        after = replace(
            portfolio_after,
            version=state.portfolio.version if state.portfolio else portfolio_after.version,
            stage=RebalanceStage.IDLE,
            run_id=None,
            in_run=(),
            submissions=0,
            last_run_at=now,
            unexplained_since=None,
            due_at=self.hours.next_at(LATER) if is_left or portfolio_after.owes_targets else None,
        )
        return self.store.commit(change_of(state, after, versions, at=now, flow_cents=settlement.flow_cents)).portfolio

    def _forget_submitted(self, state: ManagedState, portfolio: ManagedPortfolio) -> ManagedState:
        """Write that nobody knows the targets of the broker's funds, before they are submitted anew."""
        forgotten = replace(without_submitted(portfolio), due_at=None)
        written = self.store.commit(change_of(state, forgotten, (), at=self.clock.now()))
        return replace(written, account=written.account or state.account, versions=state.versions)

    def _is_old(self, run_id: str) -> bool:
        """Say whether a run ended so long ago that the cash is taken as it is."""
        run = self.runs.find(run_id)
        finished_at = run.finished_at if run else None
        return finished_at is None or self.clock.now() - finished_at >= ABANDONED_AFTER
