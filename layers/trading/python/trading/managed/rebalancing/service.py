"""A pass over one account: look at the broker, measure, plan, tell. Runs do the rest.

    read book ── look ── measure ── plan ── write (telling) ── tell broker ── write (ready)

The plan is written before the broker is told, and with it the lease: of two passes only one gets that
far. A pass that dies anywhere is done anew by the next one, from what the account then really holds:
what was told without a run changed nothing, and what was executed is measured.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import LETS_OUT, STOPS_DEPOSITS, TradingAccount
from trading.managed.collections.service import Catalogue
from trading.managed.effects import change_of
from trading.managed.market_hours import MarketHours
from trading.managed.models import Held, HoldingsSnapshot, ManagedPortfolio, RebalanceStage
from trading.managed.observation.reader import AccountReader, Observation
from trading.managed.ports import ManagedChange, ManagedState, ManagedStore
from trading.managed.rebalancing.auto_rebalance import automatic_versions
from trading.managed.rebalancing.decisions import decided, min_order_cents, sold_already, with_contents
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.rebalancing.planner import Plan, plan
from trading.managed.rebalancing.settlement import abandoned, executed_against, settled
from trading.managed.rebalancing.targets import TargetWriter, asked, untold
from trading.managed.versions import reasons
from trading.managed.versions.models import Reason, Version, VersionStatus
from trading.managed.versions.target_amounts import aimed
from trading.platform.clock import Clock, trading_date
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, StaleRecord, Unavailable
from trading.platform.observability import count, logger
from trading.platform.retry import retry_on_stale

LEASE = timedelta(seconds=90)
"""Longer than the function that makes passes may live."""

SOON, LATER = timedelta(minutes=1), timedelta(minutes=5)
ABANDONED_AFTER = timedelta(hours=1)


def count_against_orders(versions: Sequence[Version]) -> None:
    """Count, for an alarm, versions that the broker executed the other way round."""
    for version in versions:
        count("ExecutionsAgainstOrders")
        logger.error("executed against the order", code="executed_against_order", version_id=version.version_id)


@dataclass(frozen=True)
class Rebalancer:
    """Makes passes. `wall` times leases; while `is_stopped`, the broker is told nothing."""

    store: ManagedStore
    account_reader: AccountReader
    target_writer: TargetWriter
    catalogue: Catalogue
    hours: MarketHours
    clock: Clock
    wall: Clock
    is_stopped: Callable[[], bool]

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
        if not _may_trade(account) or self.hours.current() is None:
            return (
                self._settle_targets(state, portfolio, account) if portfolio.owes_targets else RebalanceResult.SKIPPED
            )
        if not self.is_stopped():
            return self._trade(state, portfolio, account)
        if portfolio.owes_targets:
            return self._settle_targets(state, portfolio, account)
        return self._wait(state, portfolio, None, reasons.TRADING_STOPPED)

    def _trade(self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount) -> RebalanceResult:
        state = self._with_portfolio(state, portfolio, account)
        portfolio = state.portfolio or portfolio
        observation = self.account_reader.observe(state, portfolio, str(account.broker_account_id))
        if observation is None or self._is_too_early(portfolio, observation):
            return self._wait(state, portfolio, observation)
        return self._carry_out(state, portfolio, account, observation)

    def _settle_targets(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount
    ) -> RebalanceResult:
        """Tell what is held as the targets, where nothing is to be traded now; versions wait as they are."""
        if account.status is AccountStatus.CLOSED or account.broker_account_id is None:
            self._write(state, replace(portfolio, owes_targets=False, due_at=None))
            return RebalanceResult.NOTHING
        observation = self.account_reader.observe(state, portfolio, str(account.broker_account_id))
        if observation is None or self._is_too_early(portfolio, observation):
            return self._wait(state, portfolio, observation)
        due_at = self.hours.next_at() if state.versions else None
        written = self._write(state, self._telling(untold(portfolio)))
        return self._submit_targets(written, observation.seen, due_at)

    def _submit_targets(self, state: ManagedState, seen: HoldingsSnapshot, due_at: datetime | None) -> RebalanceResult:
        """Tell what is held as the targets of a portfolio that says so already; then it owes nothing any more."""
        portfolio = state.portfolio
        if portfolio is None:
            return RebalanceResult.SKIPPED
        told = self.target_writer.reset_targets_to_actual(portfolio, seen)
        self._write(
            state, replace(told, stage=RebalanceStage.IDLE, lease_until=None, owes_targets=False, due_at=due_at)
        )
        return RebalanceResult.SUBMITTED

    def _telling(self, portfolio: ManagedPortfolio) -> ManagedPortfolio:
        """Return the portfolio with the lease of whoever is about to tell the broker."""
        lease = self.wall.now() + LEASE
        return replace(portfolio, stage=RebalanceStage.TELLING, lease_until=lease, due_at=self.clock.now() + SOON)

    def _is_busy(self, portfolio: ManagedPortfolio) -> bool:
        if portfolio.stage is RebalanceStage.TELLING:
            return portfolio.lease_until is not None and portfolio.lease_until > self.wall.now()
        if portfolio.stage is RebalanceStage.READY:
            return portfolio.told_on == trading_date(self.clock.now())
        return portfolio.stage is RebalanceStage.RUNNING

    def _with_portfolio(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount
    ) -> ManagedState:
        """Return the book with the portfolio made at the broker; the asking is written before it is done."""
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
        """Say whether a look tells too little: cash that our books may get to know yet, or an old look after a move."""
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
        # What an earlier pass told is not to be traded any more: the next pass that can look plans anew.
        waiting = replace(
            portfolio,
            stage=RebalanceStage.IDLE,
            lease_until=None,
            unexplained_since=since,
            due_at=self.hours.next_at(LATER),
        )
        told = [replace(version, reason=reason) for version in state.versions if reason is not None and version.is_open]
        if state.versions or portfolio.owes_targets or portfolio.stage is not RebalanceStage.IDLE:
            self._commit(state, change_of(state, waiting, told, at=now))
        return RebalanceResult.WAITS

    def _carry_out(
        self, state: ManagedState, portfolio: ManagedPortfolio, account: TradingAccount, observation: Observation
    ) -> RebalanceResult:
        now = self.clock.now()
        settled_state = settled(portfolio, state.versions, observation.seen, observation.measured)
        count_against_orders(executed_against(state.versions, settled_state.versions))
        versions = [
            *self._aimed(settled_state.versions, account, observation.seen),
            *automatic_versions(settled_state.portfolio, settled_state.versions, observation.seen, self.catalogue, now),
        ]
        versions = [
            abandoned(sold_already(self._cancelled_if_paused(version, account), observation.seen), now)
            for version in versions
        ]
        made = self._plan(settled_state.portfolio, versions, account, observation.seen)
        judged = [decided(version, made.outcomes.get(version.version_id), now) for version in versions]
        kept = settled_state.portfolio
        if any(each.status is VersionStatus.FAILED and each.executing_since for each in judged):
            state, kept = self._reset_targets_to_actual(state, kept, observation.seen)
        after = replace(with_contents(kept, judged, made, now), unexplained_since=None)
        if not made.planned:
            after = replace(after, tellings=0)
        if not made.planned and after.owes_targets:
            owing = change_of(state, self._telling(untold(after)), judged, at=now, flow_cents=settled_state.flow_cents)
            return self._submit_targets(self._commit(state, owing), observation.seen, self._due(judged))
        if not made.planned:
            after = replace(after, stage=RebalanceStage.IDLE, lease_until=None, due_at=self._due(judged))
            self.store.commit(change_of(state, after, judged, at=now, flow_cents=settled_state.flow_cents))
            return RebalanceResult.NOTHING
        telling = self._telling(asked(after, made, now))
        written = self._commit(state, change_of(state, telling, judged, at=now, flow_cents=settled_state.flow_cents))
        return self._tell(portfolio, written, made)

    def _reset_targets_to_actual(
        self, state: ManagedState, portfolio: ManagedPortfolio, seen: HoldingsSnapshot
    ) -> tuple[ManagedState, ManagedPortfolio]:
        """Have nothing of what the broker was told carried out any more, before a version is called failed."""
        soon = replace(untold(state.portfolio or portfolio), due_at=self.clock.now() + SOON)
        written = self._write(state, soon)
        told = self.target_writer.reset_targets_to_actual(portfolio, seen)
        return written, replace(told, version=written.portfolio.version if written.portfolio else told.version)

    def _aimed(self, versions: Sequence[Version], account: TradingAccount, seen: HoldingsSnapshot) -> Iterator[Version]:
        held = Held(seen.cash_cents, seen.cents)
        return aimed(
            versions, seen, min_cents=held.min_cents, free_cents=max(0, account.cash_cents), at=self.clock.now()
        )

    def _plan(
        self, portfolio: ManagedPortfolio, versions: Sequence[Version], account: TradingAccount, seen: HoldingsSnapshot
    ) -> Plan:
        open_ = [version for version in versions if version.is_open]
        symbols = {symbol for each in open_ for symbol in each.contents}
        symbols |= {symbol for cents in seen.cents.values() for symbol in cents}
        held = Held(seen.cash_cents, seen.cents, account.withheld_cents)
        return plan(held, open_, self.catalogue.tradable(tuple(symbols)))

    def _cancelled_if_paused(self, version: Version, account: TradingAccount) -> Version:
        """Return a buy that certainly was not told yet as cancelled, where the account is paused or held."""
        is_buy = (version.amount_cents or 0) > 0
        if account.restriction is not None and is_buy and version.status is VersionStatus.PENDING:
            return version.moved(VersionStatus.CANCELLED, self.clock.now(), reasons.OF_RESTRICTION[account.restriction])
        return version

    def _tell(self, before: ManagedPortfolio, state: ManagedState, made: Plan) -> RebalanceResult:
        """Tell the broker, and say that the account is ready; what fails is tried again by the next pass."""
        portfolio = state.portfolio or before
        later = replace(portfolio, stage=RebalanceStage.IDLE, lease_until=None, due_at=self.hours.next_at(LATER))
        now = self.clock.now()
        try:
            told = self.target_writer.tell(before, portfolio, made)
        except (Unavailable, OutcomeUnknown):
            self._write(state, later)
            return RebalanceResult.WAITS
        except Refused:
            refused = [
                replace(version, passes=version.passes + 1, reason=reasons.REFUSED)
                for version in state.versions
                if version.version_id in made.planned
            ]
            self.store.commit(change_of(state, later, refused, at=now))
            return RebalanceResult.WAITS
        ready = replace(
            told,
            stage=RebalanceStage.READY,
            lease_until=None,
            told_on=trading_date(now),
            owes_targets=False,
            due_at=now,
            broker_account_id=state.account.broker_account_id if state.account else None,
            in_run=tuple(sorted(made.planned)),
            min_order_cents=min_order_cents(made),
            tellings=portfolio.tellings + 1,
        )
        self._write(state, ready)
        return RebalanceResult.SUBMITTED

    def _due(self, versions: Sequence[Version]) -> datetime | None:
        """Return when the next pass is wanted, if any version is left."""
        return self.hours.next_at(LATER) if any(version.is_open for version in versions) else None

    def _write(self, state: ManagedState, portfolio: ManagedPortfolio) -> ManagedState:
        return self._commit(state, change_of(state, portfolio, (), at=self.clock.now()))

    def _commit(self, state: ManagedState, change: ManagedChange) -> ManagedState:
        """Write a step; return the book as it stands then."""
        written = self.store.commit(change)
        known = {each.version_id: each for each in (*state.versions, *written.versions)}
        return ManagedState(written.account or state.account, written.portfolio, tuple(known.values()))


def _may_trade(account: TradingAccount) -> bool:
    """Say whether orders of any kind may go out for an account."""
    is_open = account.status in LETS_OUT and account.broker_account_id is not None
    return is_open and not account.pauses & STOPS_DEPOSITS
