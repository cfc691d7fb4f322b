"""The fee of a day, and what a month has come to.

    fee of a day = max(least a year, worth x rate) / days of its year,  nothing at or below what is exempt

Fees are exact fractions of cents; nothing is rounded before the invoice. A day without a snapshot (no
session, or none was made) carries the last one; one that should have had its own is rated again when
that arrives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

DAYS_KEPT_LATE = 31


@dataclass(frozen=True)
class Rates:
    """What a commission is: a share of the worth a year, at least so many cents a year, none up to what is exempt."""

    yearly: Decimal
    min_cents: int
    exempt_cents: int

    def fee(self, equity_cents: int, day: date) -> Fraction:
        """Return the fee of a day in cents, exactly."""
        if equity_cents <= self.exempt_cents:
            return Fraction(0)
        a_year = max(Fraction(self.min_cents), equity_cents * Fraction(self.yearly))
        return a_year / days_of_year(day)


@dataclass(frozen=True)
class DayFee:
    """One day: what the account was worth, by the snapshot of which day, and what that costs.

    `is_carried` says that the day should have a snapshot of its own, which is not there yet.
    """

    day: date
    equity_cents: int
    snapshot_of: date | None
    is_carried: bool
    fee: Fraction


@dataclass(frozen=True)
class Month:
    """What the accrued days of a month come to. `carried` are those that may be rated again."""

    period: str
    days: int = 0
    fees: Fraction = Fraction(0)
    carried: tuple[date, ...] = ()

    def with_day(self, fee: DayFee) -> "Month":
        """Return the month with a day more."""
        carried = (*self.carried, fee.day) if fee.is_carried else self.carried
        return replace(self, days=self.days + 1, fees=self.fees + fee.fee, carried=carried)

    def rated_again(self, before: DayFee, after: DayFee) -> "Month":
        """Return the month after one of its days was rated again."""
        carried = tuple(day for day in self.carried if after.is_carried or day != after.day)
        return replace(self, fees=self.fees - before.fee + after.fee, carried=carried)


@dataclass(frozen=True)
class Accrual:
    """A person's running fees.

    `months` are those that are not invoiced; `late` are days of invoiced ones that may still be rated again.
    `through` is the last day that is accrued, `stopped_on` the first that is not because the account is closed.
    """

    since: date
    through: date | None = None
    months: Mapping[str, Month] = field(default_factory=dict)
    last_seen: tuple[date, int] | None = None
    stopped_on: date | None = None
    late: tuple[date, ...] = ()

    def with_day(self, fee: DayFee) -> "Accrual":
        """Return the accrual with a day more."""
        key = period_of(fee.day)
        month = self.months.get(key, Month(key)).with_day(fee)
        return replace(self, through=fee.day, months={**self.months, key: month}).having_seen(fee)

    def having_seen(self, fee: DayFee) -> "Accrual":
        """Return the accrual with the last snapshot that days without one are carried from."""
        if fee.snapshot_of is None or (self.last_seen is not None and fee.snapshot_of < self.last_seen[0]):
            return self
        return replace(self, last_seen=(fee.snapshot_of, fee.equity_cents))

    def without(self, period: str) -> "Accrual":
        """Return the accrual after a month was invoiced; its carried days may still be rated again."""
        gone = self.months.get(period)
        late = (*self.late, *gone.carried)[-DAYS_KEPT_LATE:] if gone else self.late
        return replace(self, months={key: month for key, month in self.months.items() if key != period}, late=late)

    def reopened(self, day: date) -> "Accrual":
        """Return the accrual of an account that is open again, from a day on; what it was worth before is past."""
        return replace(
            self, stopped_on=None, through=max(day - timedelta(days=1), self.through or date.min), last_seen=None
        )

    @property
    def next_day(self) -> date:
        """Return the first day that is not accrued."""
        return self.through + timedelta(days=1) if self.through else self.since


def days_of_year(day: date) -> int:
    """Return how many days a day's year has."""
    return (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days


def period_of(day: date) -> str:
    """Return the month that a day belongs to, e.g. `2013-02`."""
    return f"{day:%Y-%m}"


def first_day(period: str) -> date:
    """Return a month's first day."""
    return date.fromisoformat(f"{period}-01")


def last_day(period: str) -> date:
    """Return a month's last day."""
    return first_day(next_period(period)) - timedelta(days=1)


def next_period(period: str) -> str:
    """Return the month after a month."""
    return period_of(first_day(period) + timedelta(days=31))


def previous_period(period: str) -> str:
    """Return the month before a month."""
    return period_of(first_day(period) - timedelta(days=1))


def days_between(first: date, last: date) -> list[date]:
    """Return the days from one to another, both included."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
