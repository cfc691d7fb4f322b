"""Ten years of bills: every day once over invoices and what waits, every cent from the day's own worth."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.moto_speedups import copy_lightly
from tests.unit.billing.harness import RATES, RULES, BillingHarness, at, later
from tests.unit.billing.memory import MemoryBillingStore
from trading.billing.accrual.models import days_between, first_day, last_day, period_of
from trading.billing.invoices.models import Invoice
from trading.billing.invoices.service import FEES
from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import TradingAccount
from trading.ledger.models import LedgerAccount
from trading.ledger.service import totals

FIRST, YEARS, SETTLING_DAYS = date(2003, 1, 1), 10, 25
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
HURRICANE = {date(2012, 10, 29), date(2012, 10, 30)}
LONG_CLOSURE = {date(2006, 9, 11) + timedelta(days=number) for number in range(4)}


def is_session(day: date) -> bool:
    """Say whether a day has a session: weekdays without holidays and closures."""
    is_holiday = (day.month, day.day) in {(1, 1), (7, 4), (12, 25)}
    return day.weekday() < 5 and not is_holiday and day not in HURRICANE | LONG_CLOSURE


@dataclass(frozen=True)
class Life:
    """How ten years go: worth, what comes late or never, jobs that do not run, when the account is there."""

    seed: int
    opened: date
    closed: date | None
    late: float
    never: float
    missed: float
    max_cents: int


QUIET = Life(1, FIRST, None, late=0, never=0, missed=0, max_cents=10**9)
LIVES = st.builds(
    Life,
    seed=st.integers(0, 10**6),
    opened=st.dates(FIRST, date(2004, 3, 31)),
    closed=st.one_of(st.none(), st.dates(date(2004, 4, 1), date(2012, 12, 1))),
    late=st.sampled_from([0, 0.03]),
    never=st.sampled_from([0, 0.004]),
    missed=st.sampled_from([0, 0.1]),
    max_cents=st.sampled_from([20_000, 200_000, 10**9]),
)


def lived(life: Life) -> MemoryBillingStore:
    """Live a life day by day; at the end all has arrived that will."""
    dice = random.Random(life.seed)  # noqa: S311 - a seed, no secret
    account = TradingAccount.shell("ada", at(life.opened, 10))
    store = MemoryBillingStore(replace(account, status=AccountStatus.OPEN, opened_at=at(life.opened, 10)))
    harness = BillingHarness(is_session, store, rates=RATES)
    coming: dict[date, list[tuple[date, int]]] = {}
    last = FIRST.replace(year=FIRST.year + YEARS)
    for day in days_between(life.opened, later(last, SETTLING_DAYS)):
        if day == life.closed:
            store.account = replace(store.account, status=AccountStatus.CLOSED)
        if is_session(day) and day < last and dice.random() >= life.never:
            wait = dice.randint(1, 6) if dice.random() < life.late else 0
            coming.setdefault(later(day, wait), []).append((day, dice.randint(0, life.max_cents)))
        store.worth.update(coming.pop(day, ()))
        if day >= last or dice.random() >= life.missed:
            harness.clock.moment = at(day, 0, 30)
            harness.invoices.create("ada")
            harness.clock.moment = at(day, 20)
            harness.accruals.accrue("ada", min(day, later(last, -1)))
    return store


def owed(store: MemoryBillingStore, life: Life) -> dict[date, Fraction]:
    """Return what each accrued day costs by the last close that was ever known, from its own rule."""
    known, fees = 0, {}
    for day in days_between(life.opened, max(store.rated, default=later(life.opened, -1))):
        known = store.worth.get(day, known) if is_session(day) else known
        fees[day] = RATES.fee(known, day)
    return fees


def covered(store: MemoryBillingStore) -> Counter[date]:
    """Return how often each day is on an invoice, waits for one, or is in a month that runs."""
    assert store.billing is not None
    assert store.billing.accrual is not None
    spans = [(invoice.period_start, invoice.period_end) for invoice in store.made.values()]
    waiting = [line.period for line in store.billing.carried if line.what == FEES]
    spans += [(first_day(period), last_day(period)) for period in (*waiting, *store.billing.accrual.months)]
    return Counter(day for first, last in spans for day in days_between(first, last))


def assert_all_is_billed(store: MemoryBillingStore, life: Life) -> None:
    """Hold what was billed against what each day costs."""
    billing, fees = store.billing, owed(store, life)
    assert billing is not None
    assert billing.accrual is not None
    lines = [line for invoice in store.made.values() for line in invoice.lines]
    waiting = sum((line.cents for line in billing.carried), Fraction(0))
    running = sum((month.fees for month in billing.accrual.months.values()), Fraction(0))
    assert sum((line.cents for line in lines), Fraction(0)) + waiting + running == sum(fees.values())
    assert {day: rated.fee for day, rated in store.rated.items()} == fees
    times = covered(store)
    months = {period_of(day) for day, fee in store.first_fees.items() if fee.fee}
    assert max(times.values(), default=1) == 1
    assert all(times[day] == 1 for day in fees if period_of(day) in months)


def assert_is_sound(invoice: Invoice) -> None:
    """Hold an invoice against its own lines."""
    assert invoice.cents == round(sum((line.cents for line in invoice.lines), Fraction(0))) >= RULES.min_cents
    assert (invoice.period_end, invoice.due_on) == (last_day(invoice.period), later(last_day(invoice.period), 8))
    months = [line.period for line in invoice.lines if line.what == FEES]
    assert months == sorted(set(months))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=WITHOUT_SHRINKING)
@given(LIVES)
def test_ten_years_cover_each_day_once(life: Life) -> None:
    store = lived(life)

    assert_all_is_billed(store, life)
    for invoice in store.made.values():
        assert_is_sound(invoice)
    sums = totals(store.entries)
    assert sums[LedgerAccount.FEES_RECEIVABLE] == sum(invoice.cents for invoice in store.made.values())
    assert sum(sums.values()) == 0


@pytest.fixture(scope="module")
def quiet() -> MemoryBillingStore:
    return lived(QUIET)


def test_a_quiet_life_has_an_invoice_a_month(quiet: MemoryBillingStore) -> None:
    assert len(quiet.made) == YEARS * 12
    assert len(quiet.rated) == (FIRST.replace(year=FIRST.year + YEARS) - FIRST).days


@pytest.mark.parametrize("spoil", ["a day twice", "a day less", "a wrong cent"])
def test_a_spoilt_life_is_noticed(quiet: MemoryBillingStore, spoil: str) -> None:
    assert_all_is_billed(quiet, QUIET)
    invoice = quiet.made["2008-02"]
    changed = {
        "a day twice": replace(invoice, period_end=later(invoice.period_end)),
        "a day less": replace(invoice, period_start=later(invoice.period_start)),
        "a wrong cent": replace(invoice, lines=(replace(invoice.lines[0], cents=invoice.lines[0].cents + 1),)),
    }
    spoilt = replace(quiet, made={**quiet.made, "2008-02": changed[spoil]})

    with pytest.raises(AssertionError):
        assert_all_is_billed(spoilt, QUIET)


def test_ten_years_in_the_tables(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    copy_lightly(monkeypatch)
    harness = BillingHarness(is_session)
    owner = harness.person("2003-01-15")
    for day in days_between(date(2003, 1, 15), date(2012, 12, 31)):
        if is_session(day):
            harness.snapshot(owner, day, 1_000_000 + day.toordinal())
    harness.evening(owner, date(2003, 1, 15))

    made = [invoice for _ in range(6) for invoice in harness.night(owner, "2013-01-01")]

    assert [invoice.period for invoice in made] == sorted({period_of(invoice.period_start) for invoice in made})
    assert len(made) == YEARS * 12
    days = [fee for invoice in made for fee in harness.store.fees(owner, invoice.period)]
    assert len({day.day for day in days}) == len(days) == (date(2013, 1, 1) - date(2003, 1, 15)).days
    assert [invoice.cents for invoice in made] == [
        round(sum((fee.fee for fee in days if period_of(fee.day) == invoice.period), Fraction(0))) for invoice in made
    ]
    assert harness.state(owner)[LedgerAccount.FEES_RECEIVABLE] == sum(invoice.cents for invoice in made)
