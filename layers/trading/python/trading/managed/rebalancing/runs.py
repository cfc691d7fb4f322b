"""Runs: each minute one takes all accounts that are ready; the broker is polled until it has ended.

The broker sends no events about runs. Polling finds what changed and puts it on the queue; the queue's
worker applies it, per account. Events that are late or come twice find the run further on, and change
nothing: its status is read at the broker, and an account belongs to a run only until that was applied.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.brokerage.portfolios import BrokerRun, RunClass
from trading.managed.messages import AccountFinished, AutopilotEvent, RunUpdated
from trading.managed.ports import RunBroker, RunStore
from trading.managed.rebalancing.models import Run, RunState
from trading.platform.clock import Clock, rfc3339, trading_date
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import derived_id
from trading.platform.observability import count, logger
from trading.platform.retry import retried_when_stale

MOST_ACCOUNTS = 1000
OUTCOME_AWAITED = timedelta(minutes=15)
STUCK_AFTER = timedelta(days=1)

Send = Callable[[Iterable[AutopilotEvent]], object]


@dataclass(frozen=True)
class RunService:
    """Starts runs, polls them, and tells what became of each account."""

    store: RunStore
    broker: RunBroker
    clock: Clock
    send: Send

    def start(self, moment: datetime) -> int:
        """Start a run for all accounts that are ready, once a minute; return for how many accounts."""
        owners = self.store.ready(moment, MOST_ACCOUNTS)
        run_id = derived_id("autopilot-run", rfc3339(moment))
        if not owners or self.store.find(run_id) is not None:
            return 0
        return len(self.go_on(self.store.save(Run(run_id, owners, moment, due_at=moment))).accounts)

    def go_on(self, run: Run) -> Run:
        """Take a run further: claim its accounts, ask the broker; whoever finds it unfinished may call this."""
        if run.state is RunState.COLLECTING:
            run = self._collected(run)
        return self._sent(run) if run.state is RunState.SENDING else run

    def poll(self) -> int:
        """Look at every run that is not done; return how many changed."""
        changed = [self._polled(run_id) for run_id in tuple(self.store.unfinished())]
        self.send(each for each in changed if each is not None)
        return sum(each is not None for each in changed)

    @retried_when_stale
    def apply(self, told: RunUpdated) -> Run | None:
        """Follow a run's status, and once it has ended hand each account on; None if the run is not ours.

        Raises:
            Unavailable: if the broker cannot be asked; the event comes again.
        """
        run = self.store.find(told.run_id)
        if run is None or run.broker_run_id is None or run.state is RunState.DONE:
            return run
        found = self.broker.run(run.broker_run_id)
        run = self._advanced(run, found)
        if not run.run_class.is_terminal:
            return run
        failed = self._failed(run, found)
        now = rfc3339(self.clock.now())
        self.send(
            AutopilotEvent.of(AccountFinished(run_id=run.run_id, owner=owner, is_failed=account_id in failed), now)
            for owner, account_id in run.accounts.items()
        )
        return self.store.save(replace(run, state=RunState.DONE, due_at=None))

    def _collected(self, run: Run) -> Run:
        """Claim the accounts of a run; what is no longer ready is left to a later one."""
        day = trading_date(run.created_at)
        claimed = {owner: self.store.claim(owner, run.run_id, day) for owner in run.owners}
        taken = {owner: each for owner, each in claimed.items() if each is not None and each.broker_account_id}
        return self.store.save(
            replace(
                run,
                accounts={owner: str(each.broker_account_id) for owner, each in taken.items()},
                version_ids=tuple(version_id for each in taken.values() for version_id in each.in_run),
                state=RunState.SENDING if taken else RunState.DONE,
                due_at=run.due_at if taken else None,
            )
        )

    def _sent(self, run: Run) -> Run:
        try:
            made = self.broker.start_run(tuple(run.accounts.values()), key=run.run_id)
        except (Unavailable, OutcomeUnknown):
            return run  # the next minute asks again, under the same key
        except Refused:
            return self._refused(run)
        opened = replace(run, state=RunState.OPEN, broker_run_id=made.run_id)
        return self.store.save(self._told(opened, made))

    def _refused(self, run: Run) -> Run:
        """Part a run that the broker refuses in two, so that one account does not keep the others from trading."""
        if len(run.accounts) > 1:
            owners = tuple(run.accounts)
            for part in (owners[: len(owners) // 2], owners[len(owners) // 2 :]):
                self.go_on(self._part(run, part))
            return self.store.save(replace(run, state=RunState.DONE, due_at=None))
        now = self.clock.now()
        events = [AccountFinished(run_id=run.run_id, owner=owner, is_failed=True) for owner in run.accounts]
        self.send(AutopilotEvent.of(each, rfc3339(now)) for each in events)
        failed = replace(run, run_class=RunClass.FAILED, raw_status="refused", finished_at=now)
        return self.store.save(replace(failed, state=RunState.DONE, due_at=None))

    def _part(self, run: Run, owners: tuple[str, ...]) -> Run:
        run_id = derived_id("autopilot-run-part", run.run_id, *owners)
        known = self.store.find(run_id)
        if known is not None:
            return known
        part = Run(run_id, owners, run.created_at, version_ids=run.version_ids, due_at=run.due_at)
        accounts = {owner: run.accounts[owner] for owner in owners}
        for owner in owners:
            self.store.hand_over(owner, run.run_id, run_id)
        return self.store.save(replace(part, accounts=accounts, state=RunState.SENDING))

    def _polled(self, run_id: str) -> AutopilotEvent | None:
        run = self.store.find(run_id)
        if run is None or run.state is RunState.DONE:
            return None
        if run.broker_run_id is None:
            run = self.go_on(run)
        if run.broker_run_id is None:
            return None
        try:
            found = self.broker.run(run.broker_run_id)
        except (Unavailable, Refused):
            return None
        if not run.run_class.is_terminal and self.clock.now() - run.created_at > STUCK_AFTER:
            count("RunsStuck")
        if found.raw_status == run.raw_status and not run.run_class.is_terminal:
            return None
        told = RunUpdated(run_id=run.run_id, status=found.raw_status)
        return AutopilotEvent.of(told, rfc3339(self.clock.now()))

    def _advanced(self, run: Run, found: BrokerRun) -> Run:
        after = self._told(run, found)
        return after if after == run else self.store.save(after)

    def _told(self, run: Run, found: BrokerRun) -> Run:
        """Return the run with the broker's word; a status that lies behind, or that nobody knows, changes nothing."""
        if found.rank is None:
            count("UnknownRunStatuses")
            logger.error("run status unknown", code="broker_status_unknown", status=found.raw_status[:100])
            return run
        if run.run_class.is_terminal or found.rank <= run.rank:
            return run
        finished_at = self.clock.now() if found.run_class.is_terminal else None
        return replace(
            run, raw_status=found.raw_status, rank=found.rank, run_class=found.run_class, finished_at=finished_at
        )

    def _failed(self, run: Run, found: BrokerRun) -> frozenset[str]:
        """Return the accounts that a run was not carried out for."""
        everybody = frozenset(run.accounts.values()) if run.run_class is RunClass.FAILED else frozenset()
        if found.errors <= 0:
            return everybody
        try:
            return self.broker.failed_accounts(found)
        except Unavailable:
            if run.finished_at is not None and self.clock.now() - run.finished_at < OUTCOME_AWAITED:
                raise
            return everybody
