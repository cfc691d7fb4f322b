"""Runs: each minute one takes all accounts that are ready; the broker is polled until it has ended.

The broker sends no events about runs. Polling finds what changed and puts it on the queue; the queue's
worker applies it, per account. Events that are late or come twice find the run further on, and change
nothing: its status is read at the broker, and an account belongs to a run only until that was applied.
A run is followed until it has no account left, so that an end that could not be applied is sent again.

While all trading is stopped runs take the accounts that sell alone; the others are given back to be planned
anew, since what they bought may wait while what they sell goes on. A run that may buy does not go out.

What was submitted is good for its session. A run that did not reach the broker in it gives its accounts
back, and they are planned anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.brokerage.portfolios import BrokerRun, RunClass
from trading.managed.messages import AccountFinished, AutopilotEvent, RunUpdated
from trading.managed.models import ManagedPortfolio
from trading.managed.runs.models import Run, RunState
from trading.managed.runs.ports import RunBroker, RunStore
from trading.platform.clock import Clock, rfc3339, trading_date
from trading.platform.errors import OutcomeUnknown, Refused, StaleRecord, Unavailable
from trading.platform.ids import derived_id
from trading.platform.observability import count, logger
from trading.platform.retry import retry_on_stale

MAX_ACCOUNTS = 1000
OUTCOME_AWAITED = timedelta(minutes=15)
STUCK_AFTER = timedelta(days=1)

Send = Callable[[Iterable[AutopilotEvent]], object]


@dataclass(frozen=True)
class RunService:
    """Starts runs, polls them, and sends on what became of each account. What is not `is_current` is planned anew."""

    store: RunStore
    broker: RunBroker
    clock: Clock
    send: Send
    is_halted: Callable[[], bool]
    is_current: Callable[[ManagedPortfolio], bool]

    def start(self, moment: datetime) -> int:
        """Start a run for all accounts that are ready, once a minute; return for how many accounts."""
        owners = self.store.ready(moment, MAX_ACCOUNTS)
        run_id = derived_id("autopilot-run", rfc3339(moment))
        if not owners or self.store.find(run_id) is not None:
            return 0
        return len(self.resume(self.store.save(Run(run_id, owners, moment, due_at=moment))).accounts)

    def resume(self, run: Run) -> Run:
        """Take a run further: claim its accounts, ask the broker; whoever finds it unfinished may call this."""
        is_sent = run.state in {RunState.OPEN, RunState.DONE}
        if not is_sent and trading_date(run.created_at) != trading_date(self.clock.now()):
            return self._drop(run)
        if run.state is RunState.COLLECTING:
            run = self._claim_accounts(run)
        return self._send(run) if run.state is RunState.SENDING else run

    def poll(self) -> int:
        """Poll every run that is not done; return how many changed."""
        changed = [self._poll_one(run_id) for run_id in tuple(self.store.unfinished())]
        events = [event for event in changed if event is not None]
        self.send(events)
        return len(events)

    @retry_on_stale
    def apply(self, update: RunUpdated) -> Run | None:
        """Follow a run's status, and once it has ended hand on each account that it has; None if it is not ours.

        Raises:
            Unavailable: if the broker cannot be asked; the event comes again.
        """
        run = self.store.find(update.run_id)
        if run is None or run.state is not RunState.OPEN:
            return run
        found = self.broker.run(run.broker_run_id) if run.broker_run_id is not None else None
        run = self._advance(run, found) if found is not None else run
        if not run.run_class.is_terminal:
            return run
        left = self.store.in_flight(run.run_id, tuple(run.accounts))
        if not left:
            return self.store.save(replace(run, state=RunState.DONE, due_at=None))
        failed = self._find_failed(run, found)
        now = rfc3339(self.clock.now())
        events = (
            AccountFinished(run_id=run.run_id, owner=owner, is_failed=run.accounts[owner] in failed) for owner in left
        )
        self.send(AutopilotEvent.of(event, now) for event in events)
        return run

    def _claim_accounts(self, run: Run) -> Run:
        """Claim the accounts of a run; what is no longer ready is left to a later one."""
        day = trading_date(run.created_at)
        claimed = {owner: self.store.claim(owner, run.run_id, day) for owner in run.owners}
        taken = {owner: portfolio for owner, portfolio in claimed.items() if portfolio and portfolio.broker_account_id}
        is_halted = self.is_halted()
        for owner in [owner for owner, portfolio in taken.items() if not self._may_go(portfolio, is_halted=is_halted)]:
            del taken[owner]
            self.store.release(owner, run.run_id, self.clock.now())
        return self.store.save(
            replace(
                run,
                accounts={owner: str(portfolio.broker_account_id) for owner, portfolio in taken.items()},
                version_ids=tuple(version_id for portfolio in taken.values() for version_id in portfolio.in_run),
                state=RunState.SENDING if taken else RunState.DONE,
                due_at=run.due_at if taken else None,
                sells_only=all(portfolio.sells_only for portfolio in taken.values()),
            )
        )

    def _may_go(self, portfolio: ManagedPortfolio, *, is_halted: bool) -> bool:
        """Say whether what was submitted may be carried out: nobody halts it, and it is still meant."""
        if is_halted and not portfolio.sells_only:
            return False
        is_current = self.is_current(portfolio)
        if not is_current:
            count("PlansMoved")
        return is_current

    def _drop(self, run: Run) -> Run:
        """Give the accounts of a run of an earlier session back, with those that were about to go to a part of it."""
        now = self.clock.now()
        for owner in run.owners:
            self.store.release(owner, run.run_id, now)
        for part in _halves(run):
            part_id = _part_id(run, part)
            if self.store.find(part_id) is None:
                for owner in part:
                    self.store.release(owner, part_id, now)
        count("RunsDropped")
        return self.store.save(replace(run, state=RunState.DONE, due_at=None))

    def _send(self, run: Run) -> Run:
        if not run.sells_only and self.is_halted():
            return run  # it goes out when trading goes on, if that is today
        try:
            made = self.broker.start_run(tuple(run.accounts.values()), key=run.run_id)
        except (Unavailable, OutcomeUnknown):
            return run  # the next minute asks again, under the same key
        except Refused:
            return self._fall_back(run)
        opened = replace(run, state=RunState.OPEN, broker_run_id=made.run_id)
        return self.store.save(self._with_status(opened, made))

    def _fall_back(self, run: Run) -> Run:
        """Part a run that the broker refuses in two, so that one account does not keep the others from trading."""
        parts = _halves(run)
        if parts:
            for part in parts:
                self.resume(self._split_off(run, part))
            return self.store.save(replace(run, state=RunState.DONE, due_at=None))
        failed = replace(run, run_class=RunClass.FAILED, raw_status="refused", finished_at=self.clock.now())
        return self.store.save(replace(failed, state=RunState.OPEN))

    def _split_off(self, run: Run, owners: tuple[str, ...]) -> Run:
        run_id = _part_id(run, owners)
        known = self.store.find(run_id)
        if known is not None:
            return known
        part = Run(run_id, owners, run.created_at, version_ids=run.version_ids, due_at=run.due_at)
        part = replace(part, sells_only=run.sells_only)
        accounts = {owner: run.accounts[owner] for owner in owners}
        for owner in owners:
            self.store.hand_over(owner, run.run_id, run_id)
        return self.store.save(replace(part, accounts=accounts, state=RunState.SENDING))

    def _poll_one(self, run_id: str) -> AutopilotEvent | None:
        """Return what changed of a run; where it cannot be asked, or somebody else is at it, the others go on."""
        run = self.store.find(run_id)
        if run is None or run.state is RunState.DONE:
            return None
        if self.clock.now() - run.created_at > STUCK_AFTER:
            count("RunsStuck")
        try:
            status = self._poll_status(self.resume(run))
        except (Unavailable, Refused, StaleRecord):
            return None
        update = RunUpdated(run_id=run_id, status=status) if status is not None else None
        return AutopilotEvent.of(update, rfc3339(self.clock.now())) if update else None

    def _poll_status(self, run: Run) -> str | None:
        """Return a run's status if it is new, or if the run has ended and its accounts are to be finished."""
        if run.run_class.is_terminal:
            return run.raw_status
        if run.broker_run_id is None:
            return None
        found = self.broker.run(run.broker_run_id)
        return found.raw_status if found.raw_status != run.raw_status else None

    def _advance(self, run: Run, found: BrokerRun) -> Run:
        after = self._with_status(run, found)
        return after if after == run else self.store.save(after)

    def _with_status(self, run: Run, found: BrokerRun) -> Run:
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

    def _find_failed(self, run: Run, found: BrokerRun | None) -> frozenset[str]:
        """Return the accounts that a run was not carried out for."""
        everybody = frozenset(run.accounts.values()) if run.run_class is RunClass.FAILED else frozenset()
        if found is None or found.errors <= 0:
            return everybody
        try:
            return self.broker.failed_accounts(found)
        except Unavailable:
            if run.finished_at is not None and self.clock.now() - run.finished_at < OUTCOME_AWAITED:
                raise
            return everybody


def _halves(run: Run) -> tuple[tuple[str, ...], ...]:
    """Return the owners of a run's accounts in two parts; of a single one, nothing."""
    owners = tuple(run.accounts)
    middle = len(owners) // 2
    return (owners[:middle], owners[middle:]) if middle else ()


def _part_id(run: Run, owners: tuple[str, ...]) -> str:
    return derived_id("autopilot-run-part", run.run_id, *owners)
