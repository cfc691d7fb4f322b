"""Accrual: every evening the days that are not accrued yet, and those that can be rated again.

A day is accrued once, however often the job runs; one that the job missed is caught up on. What
re-rating changes in a month that is invoiced already goes onto the next invoice as a correction.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from trading.billing.accrual.models import Accrual, DayFee, Rates, days_between, last_day, period_of
from trading.billing.invoices.models import Line
from trading.billing.models import BillingAccount, BillingState
from trading.billing.ports import BillingChange, BillingStore
from trading.brokerage.models import AccountStatus
from trading.platform.clock import Clock, trading_date
from trading.platform.retry import retry_on_stale

MAX_DAYS = 40
MAX_CARRIED = 10  # of months that are not invoiced, and as many of those that are
MAX_BREAK_DAYS = 14

IsSession = Callable[[date], bool]


@dataclass(frozen=True)
class DueDays:
    """The days that a run accrues, and those that it may rate again."""

    days: list[date]
    again: list[date]


@dataclass(frozen=True)
class AccrualService:
    """Accrues fees; `is_session` says which days should have a snapshot."""

    store: BillingStore
    rates: Rates
    is_session: IsSession
    clock: Clock

    @retry_on_stale
    def accrue(self, owner: str, through: date) -> BillingAccount | None:
        """Accrue a person's days up to one; return what billing knows of them then.

        Somebody who was away for long is caught up on over several runs. An account that was closed and is
        open again is billed from the day on which this is seen.
        """
        state = self.store.load(owner)
        opened = state.account.opened_at if state.account else None
        if state.account is None or opened is None:
            return None
        before = state.billing or BillingAccount(owner, self.clock.now(), self.clock.now())
        accrual = before.accrual or Accrual(trading_date(opened))
        is_closed = state.account.status is AccountStatus.CLOSED
        if is_closed and accrual.stopped_on is None:
            accrual = replace(accrual, stopped_on=accrual.next_day)
        if not is_closed and accrual.stopped_on is not None:
            accrual = accrual.reopened(through)
        due = _due_days(accrual, through)
        if due.days or due.again:
            wanted = {*due.days, *due.again, *map(self._expected, (*due.days, *due.again))}
            state = self.store.load(owner, days=sorted(wanted))
        return self._advance(before, state, accrual, due)

    def catch_up(self, owner: str, period: str) -> BillingAccount | None:
        """Accrue every day of a month that is over; return what billing knows then."""
        return self.accrue(owner, last_day(period))

    def _advance(self, before: BillingAccount, state: BillingState, accrual: Accrual, due: DueDays) -> BillingAccount:
        running, corrections, changed = accrual, list[Line](), list[DayFee]()
        for earlier, later in self._rated_again(state, due.again):
            running, lines = _again(running, earlier, later)
            corrections += lines
            changed.append(later)
        for day in due.days:
            fee = self._fee(day, state.worth or {}, running)
            running = running.with_day(fee)
            changed.append(fee)
        if running == (before.accrual or Accrual(accrual.since)):
            return before
        return self._commit(before, running, tuple(changed), tuple(corrections))

    def _rated_again(self, state: BillingState, again: list[date]) -> Iterator[tuple[DayFee, DayFee]]:
        """Yield carried days before and after: by their own snapshot, or carried from a later one that arrived."""
        worth, fees, latest = state.worth or {}, state.fees or {}, date.min
        for day in again:
            wanted = self._expected(day)
            latest = wanted if wanted in worth else latest
            if day in fees and latest > (fees[day].snapshot_of or date.min):
                rated = self._rated(day, latest, worth[latest])
                yield fees[day], replace(rated, is_carried=latest != wanted)

    def _fee(self, day: date, worth: Mapping[date, int], accrual: Accrual) -> DayFee:
        wanted = self._expected(day)
        if wanted in worth:
            return self._rated(day, wanted, worth[wanted])
        snapshot_of, equity = accrual.last_seen or (None, 0)
        is_carried = snapshot_of != wanted and wanted >= accrual.since
        return DayFee(day, equity, snapshot_of, is_carried, self.rates.fee(equity, day))

    def _rated(self, day: date, snapshot: date, equity_cents: int) -> DayFee:
        return DayFee(day, equity_cents, snapshot, is_carried=False, fee=self.rates.fee(equity_cents, day))

    def _expected(self, day: date) -> date:
        """Return the day whose snapshot says what the account was worth on a day: the last session's until then."""
        back = (day - timedelta(days=ahead) for ahead in range(MAX_BREAK_DAYS))
        return next((earlier for earlier in back if self.is_session(earlier)), day)

    def _commit(
        self, before: BillingAccount, accrual: Accrual, fees: tuple[DayFee, ...], corrections: tuple[Line, ...]
    ) -> BillingAccount:
        after = replace(before, accrual=accrual, carried=(*before.carried, *corrections), updated_at=self.clock.now())
        written = self.store.commit(BillingChange(billing=after, fees=fees)).billing
        return written or after


def _again(accrual: Accrual, before: DayFee, after: DayFee) -> tuple[Accrual, tuple[Line, ...]]:
    """Return the accrual with a day rated again, and the correction where its month is invoiced already."""
    period = period_of(after.day)
    month = accrual.months.get(period)
    accrual = accrual.having_seen(after)
    if month is not None:
        return replace(accrual, months={**accrual.months, period: month.rated_again(before, after)}), ()
    late = tuple(day for day in accrual.late if after.is_carried or day != after.day)
    change = after.fee - before.fee
    line = Line(f"Correction for {after.day.isoformat()}", period, change)
    return replace(accrual, late=late), ((line,) if change else ())


def _due_days(accrual: Accrual, through: date) -> DueDays:
    """Return the days to accrue, and of those that may be rated again the newest, as those are likeliest to arrive."""
    days = [] if accrual.stopped_on else days_between(accrual.next_day, through)[:MAX_DAYS]
    here = sorted(day for month in accrual.months.values() for day in month.carried)
    return DueDays(days, sorted({*here[-MAX_CARRIED:], *sorted(accrual.late)[-MAX_CARRIED:]}))
