"""Accrual: every evening the days that are not accrued yet, and those that can be rated again.

A day is accrued once, however often the job runs; one that the job missed is caught up on. What
re-rating changes in a month that is invoiced already goes onto the next invoice as a correction.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from trading.billing.accrual.models import Accrual, DayFee, Rates, days_between, last_day, period_of
from trading.billing.invoices.models import Line
from trading.billing.models import BillingAccount
from trading.billing.ports import BillingBook, BillingChange, BillingStore
from trading.brokerage.models import AccountStatus
from trading.platform.clock import Clock, trading_date
from trading.platform.retry import retried_when_stale

MOST_DAYS = 40
MOST_CARRIED = 10
LONGEST_BREAK_DAYS = 14

IsSession = Callable[[date], bool]


@dataclass(frozen=True)
class AccrualService:
    """Accrues fees; `is_session` tells which days should have a snapshot."""

    store: BillingStore
    rates: Rates
    is_session: IsSession
    clock: Clock

    @retried_when_stale
    def accrue(self, owner: str, through: date) -> BillingAccount | None:
        """Accrue a person's days up to one; return what billing knows of them then.

        Somebody who was away for long is caught up on over several runs.
        """
        book = self.store.book(owner)
        opened = book.account.opened_at if book.account else None
        if book.account is None or opened is None:
            return None
        before = book.billing or BillingAccount(owner, self.clock.now(), self.clock.now())
        accrual = before.accrual or Accrual(trading_date(opened))
        if accrual.stopped_on is not None:
            return before
        if book.account.status is AccountStatus.CLOSED:
            return self._commit(before, replace(accrual, stopped_on=accrual.next_day), (), ())
        days = days_between(accrual.next_day, through)[:MOST_DAYS]
        again = [day for month in accrual.months.values() for day in month.carried][:MOST_CARRIED]
        again += [day for day in _carried_before(before) if day not in again]
        if days or again:
            wanted = {*days, *again, *map(self._expected, (*days, *again))}
            known = self.store.book(owner, days=sorted(wanted))
            return self._advance(before, known, accrual, (days, again))
        return before

    def catch_up(self, owner: str, period: str) -> BillingAccount | None:
        """Accrue every day of a month that is over; return what billing knows then."""
        return self.accrue(owner, last_day(period))

    def _advance(
        self, before: BillingAccount, book: BillingBook, accrual: Accrual, wanted: tuple[list[date], list[date]]
    ) -> BillingAccount:
        days, again = wanted
        worth, fees, corrections = book.worth or {}, dict(book.fees or {}), list[Line]()
        changed: list[DayFee] = []
        for day in again:
            snapshot = self._expected(day)
            if snapshot in worth and day in fees:
                rated = self._rated(day, snapshot, worth[snapshot])
                accrual, lines = _again(accrual, fees[day], rated)
                corrections += lines
                changed.append(rated)
        for day in days:
            fee = self._fee(day, worth, accrual)
            accrual = accrual.with_day(fee)
            changed.append(fee)
        return self._commit(before, accrual, tuple(changed), tuple(corrections)) if changed else before

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
        """Return the day whose snapshot tells what the account was worth on a day: the last session's until then."""
        back = (day - timedelta(days=ahead) for ahead in range(LONGEST_BREAK_DAYS))
        return next((each for each in back if self.is_session(each)), day)

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
    if month is not None:
        return replace(accrual, months={**accrual.months, period: month.rated_again(before, after)}), ()
    late = tuple(each for each in accrual.late if each != after.day)
    change = after.fee - before.fee
    line = Line(f"Correction for {after.day.isoformat()}", period, change)
    return replace(accrual, late=late), ((line,) if change else ())


def _carried_before(billing: BillingAccount) -> Iterator[date]:
    """Yield the days of invoiced months that were carried and may still be rated."""
    if billing.accrual is not None:
        yield from billing.accrual.late[:MOST_CARRIED]
