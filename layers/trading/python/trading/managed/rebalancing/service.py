"""A rebalance of one account: observe, measure, plan, submit targets. Runs do the rest.

    load ── observe ── measure ── plan ── write (submitting) ── submit targets ── write (ready)

The plan is written before it is submitted, and with it the lease: of two rebalances only one gets that
far. One that dies anywhere is done anew by the next, from what the account then really holds: what was
submitted without a run changed nothing, and what was executed is measured.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import TradingAccount
from trading.managed.collections.service import Catalogue
from trading.managed.effects import change_of
from trading.managed.market_hours import MarketHours
from trading.managed.models import Held, HoldingsSnapshot, ManagedPortfolio, RebalanceStage
from trading.managed.observation.reader import AccountReader, Observation
from trading.managed.ports import ManagedChange, ManagedState, ManagedStore
from trading.managed.rebalancing.auto_rebalance import automatic_versions
from trading.managed.rebalancing.decisions import (
    cancelled_if_restricted,
    decided,
    is_sale,
    may_be_sale,
    may_trade,
    min_order_cents,
    reason_to_sell_only,
    sold_already,
    with_contents,
)
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.rebalancing.planner import Plan, plan
from trading.managed.rebalancing.settlement import abandoned, count_against_orders, settled
from trading.managed.rebalancing.targets import TargetWriter, with_requests, without_submitted
from trading.managed.versions import reasons
from trading.managed.versions.models import Reason, Version, VersionStatus
from trading.managed.versions.target_amounts import aimed
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, StaleRecord, Unavailable
from trading.platform.observability import count, logger
from trading.platform.retry import retry_on_stale

LEASE = timedelta(seconds=90)
"""Longer than the function that rebalances may live."""

SOON, LATER = timedelta(minutes=1), timedelta(minutes=5)
ABANDONED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Rebalancer:
    """Rebalances accounts. `wall` times leases; while `is_halted`, or an operator pauses the person, sales alone go on.

    While `is_automation_halted`, or an operator holds the person's, funds are not led back to their weights.
    """

    store: ManagedStore
    account_reader: AccountReader
    target_writer: TargetWriter
    catalogue: Catalogue
    hours: MarketHours
    clock: Clock
    wall: Clock
    is_halted: Callable[[], bool]
    is_automation_halted: Callable[[], bool] = lambda: False

    def run(self, owner: str) -> RebalanceResult:
        """Rebalance a person's account; what the broker breaks off is due again soon.

        Orders are submitted in market hours alone, targets that are owed at any time.
        """
        try:
            return self._rebalance(owner)
        except StaleRecord:
            return RebalanceResult.BUSY
        except PartnerError as error:
            count("RebalancesBrokenOff")
            logger.warning("rebalance broken off", code=error.code)
            return RebalanceResult.WAITS

    @retry_on_stale
    def _rebalance(self, owner: str) -> RebalanceResult:
        state = self.store.load(owner)
        portfolio, account = state.portfolio, state.account
        if portfolio is None or account is None:
            return RebalanceResult.SKIPPED
        if self._is_busy(portfolio):
            return RebalanceResult.BUSY
        if not may_trade(account) or self.hours.current() is None:
            return (
                self._settle_targets(state, portfolio, account) if portfolio.owes_targets else RebalanceResult.SKIPPED
            )
        held_back = reason_to_sell_only(account, is_halted=self.is_halted())
        if held_back is None or any(may_be_sale(version) for version in state.versions):
            return self._trade(state, portfolio, account)
        if portfolio.owes_targets:
            return self._settle_targets(state, portfolio, account)
        return self._wait(state, portfolio, None, held_back)

    def _trade(self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount) -> RebalanceResult:
        state = self._ensure_portfolio(state, portfolio, account)
        portfolio = state.portfolio or portfolio
        observation = self.account_reader.observe(state, portfolio, str(account.broker_account_id))
        if observation is None or self._is_too_early(portfolio, observation):
            return self._wait(state, portfolio, observation)
        return self._carry_out(state, portfolio, account, observation)

    def _settle_targets(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount
    ) -> RebalanceResult:
        """Submit what is held as the targets, where nothing is to be traded now; versions wait as they are."""
        if account.status is AccountStatus.CLOSED or account.broker_account_id is None:
            self._write(state, replace(portfolio, owes_targets=False, due_at=None))
            return RebalanceResult.NOTHING
        observation = self.account_reader.observe(state, portfolio, str(account.broker_account_id))
        if observation is None or self._is_too_early(portfolio, observation):
            return self._wait(state, portfolio, observation)
        due_at = self.hours.next_at() if state.versions else None
        written = self._write(state, self._with_lease(without_submitted(portfolio)))
        return self._submit_targets(written, observation.seen, due_at)

    def _submit_targets(self, state: ManagedState, seen: HoldingsSnapshot, due_at: datetime | None) -> RebalanceResult:
        """Submit what is held as the targets of a portfolio that says so already; then it owes nothing any more."""
        portfolio = state.portfolio
        if portfolio is None:
            return RebalanceResult.SKIPPED
        submitted = self.target_writer.reset_targets_to_actual(portfolio, seen)
        self._write(
            state, replace(submitted, stage=RebalanceStage.IDLE, lease_until=None, owes_targets=False, due_at=due_at)
        )
        return RebalanceResult.SUBMITTED

    def _with_lease(self, portfolio: ManagedPortfolio) -> ManagedPortfolio:
        """Return the portfolio with the lease of whoever is about to submit."""
        lease = self.wall.now() + LEASE
        return replace(portfolio, stage=RebalanceStage.SUBMITTING, lease_until=lease, due_at=self.clock.now() + SOON)

    def _is_busy(self, portfolio: ManagedPortfolio) -> bool:
        if portfolio.stage is RebalanceStage.SUBMITTING:
            return portfolio.lease_until is not None and portfolio.lease_until > self.wall.now()
        if portfolio.stage is RebalanceStage.READY:
            return portfolio.submitted_on == trading_date(self.clock.now())
        return portfolio.stage is RebalanceStage.RUNNING

    def _ensure_portfolio(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount
    ) -> ManagedState:
        """Return the state with the portfolio made at the broker; the asking is written before it is done."""
        if portfolio.portfolio_id is not None:
            return state
        was_asked = portfolio.asked_at is not None
        now = self.clock.now()
        written = self._write(state, replace(portfolio, asked_at=portfolio.asked_at or now, due_at=now + SOON))
        made = self.target_writer.ensure_portfolio(
            written.portfolio or portfolio, str(account.broker_account_id), was_asked=was_asked
        )
        return self._write(written, replace(written.portfolio or portfolio, portfolio_id=made))

    def _is_too_early(self, portfolio: ManagedPortfolio, observation: Observation) -> bool:
        """Say whether to wait: for cash that our ledger may get to know yet, or for a fresh status after cash moved."""
        if portfolio.owes_targets and not observation.is_fresh:
            return True
        since = portfolio.unexplained_since or self.clock.now()
        return not observation.measured.is_explained and self.clock.now() - since < ABANDONED_AFTER

    def _wait(
        self,
        state: ManagedState,
        portfolio: ManagedPortfolio,
        observation: Observation | None,
        reason: Reason | None = None,
    ) -> RebalanceResult:
        now = self.clock.now()
        since = portfolio.unexplained_since or now if observation is not None else portfolio.unexplained_since
        # What was submitted earlier is not to be traded any more: the next rebalance that can observe plans anew.
        waiting = replace(
            portfolio,
            stage=RebalanceStage.IDLE,
            lease_until=None,
            unexplained_since=since,
            due_at=self.hours.next_at(LATER),
        )
        reasoned = [
            replace(version, reason=reason) for version in state.versions if reason is not None and version.is_open
        ]
        if state.versions or portfolio.owes_targets or portfolio.stage is not RebalanceStage.IDLE:
            self._commit(state, change_of(state, waiting, reasoned, at=now))
        return RebalanceResult.WAITS

    def _carry_out(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount, observation: Observation
    ) -> RebalanceResult:
        now, held_back = self.clock.now(), reason_to_sell_only(account, is_halted=self.is_halted())
        settlement = settled(portfolio, state.versions, observation.seen, observation.measured)
        count_against_orders(state.versions, settlement.versions)
        versions = list(self._aimed(settlement.versions, account, observation.seen))
        if account.halt is None and not self.is_automation_halted():
            known = settlement.versions
            versions += automatic_versions(settlement.portfolio, known, observation.seen, self.catalogue, now)
        versions = [
            abandoned(sold_already(cancelled_if_restricted(version, account, now), observation.seen), now)
            for version in versions
        ]
        wanted = [version for version in versions if held_back is None or is_sale(version)]
        made = self._plan(settlement.portfolio, wanted, account, observation.seen)
        judged = [decided(version, made.outcomes.get(version.version_id), now, held_back) for version in versions]
        kept = settlement.portfolio
        if any(version.status is VersionStatus.FAILED and version.executing_since for version in judged):
            state, kept = self._reset_targets_to_actual(state, kept, observation.seen)
        after = replace(with_contents(kept, judged, made, now), unexplained_since=None)
        if not made.planned:
            after = replace(after, submissions=0)
        if not made.planned and after.owes_targets:
            owing = change_of(
                state, self._with_lease(without_submitted(after)), judged, at=now, flow_cents=settlement.flow_cents
            )
            return self._submit_targets(self._commit(state, owing), observation.seen, self._due(judged))
        if not made.planned:
            after = replace(after, stage=RebalanceStage.IDLE, lease_until=None, due_at=self._due(judged))
            self.store.commit(change_of(state, after, judged, at=now, flow_cents=settlement.flow_cents))
            return RebalanceResult.NOTHING
        submitting = self._with_lease(with_requests(after, made, now))
        written = self._commit(state, change_of(state, submitting, judged, at=now, flow_cents=settlement.flow_cents))
        return self._submit(portfolio, written, made)

    def _reset_targets_to_actual(
        self, state: ManagedState, portfolio: ManagedPortfolio, seen: HoldingsSnapshot
    ) -> tuple[ManagedState, ManagedPortfolio]:
        """Have nothing of what was submitted carried out any more, before a version is called failed."""
        soon = replace(without_submitted(state.portfolio or portfolio), due_at=self.clock.now() + SOON)
        written = self._write(state, soon)
        submitted = self.target_writer.reset_targets_to_actual(portfolio, seen)
        return written, replace(
            submitted, version=written.portfolio.version if written.portfolio else submitted.version
        )

    def _aimed(self, versions: Sequence[Version], account: TradingAccount, seen: HoldingsSnapshot) -> Iterator[Version]:
        held = Held(seen.cash_cents, seen.cents)
        return aimed(
            versions, seen, min_cents=held.min_cents, free_cents=max(0, account.cash_cents), at=self.clock.now()
        )

    def _plan(
        self, portfolio: ManagedPortfolio, versions: Sequence[Version], account: TradingAccount, seen: HoldingsSnapshot
    ) -> Plan:
        open_ = [version for version in versions if version.is_open]
        symbols = {symbol for version in open_ for symbol in version.contents}
        symbols |= {symbol for cents in seen.cents.values() for symbol in cents}
        held = Held(seen.cash_cents, seen.cents, account.withheld_cents)
        return plan(held, open_, self.catalogue.tradable(tuple(symbols)))

    def _submit(self, before: ManagedPortfolio, state: ManagedState, made: Plan) -> RebalanceResult:
        """Submit the plan, and say that the account is ready; what fails is tried again by the next rebalance."""
        portfolio = state.portfolio or before
        later = replace(portfolio, stage=RebalanceStage.IDLE, lease_until=None, due_at=self.hours.next_at(LATER))
        now = self.clock.now()
        try:
            submitted = self.target_writer.submit(before, portfolio, made)
        except (Unavailable, OutcomeUnknown):
            self._write(state, later)
            return RebalanceResult.WAITS
        except Refused:
            refused = [
                replace(version, attempts=version.attempts + 1, reason=reasons.REFUSED)
                for version in state.versions
                if version.version_id in made.planned
            ]
            self.store.commit(change_of(state, later, refused, at=now))
            return RebalanceResult.WAITS
        ready = replace(
            submitted,
            stage=RebalanceStage.READY,
            lease_until=None,
            submitted_on=trading_date(now),
            owes_targets=False,
            due_at=now,
            broker_account_id=state.account.broker_account_id if state.account else None,
            in_run=tuple(sorted(made.planned)),
            sells_only=all(is_sale(version) for version in state.versions if version.version_id in made.planned),
            min_order_cents=min_order_cents(made),
            submissions=portfolio.submissions + 1,
        )
        self._write(state, ready)
        return RebalanceResult.SUBMITTED

    def _due(self, versions: Sequence[Version]) -> datetime | None:
        """Return when the next rebalance is wanted, if any version is left."""
        return self.hours.next_at(LATER) if any(version.is_open for version in versions) else None

    def _write(self, state: ManagedState, portfolio: ManagedPortfolio) -> ManagedState:
        return self._commit(state, change_of(state, portfolio, (), at=self.clock.now()))

    def _commit(self, state: ManagedState, change: ManagedChange) -> ManagedState:
        """Write a step; return the state after it."""
        written = self.store.commit(change)
        known = {version.version_id: version for version in (*state.versions, *written.versions)}
        return ManagedState(written.account or state.account, written.portfolio, tuple(known.values()))
