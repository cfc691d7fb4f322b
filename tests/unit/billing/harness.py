"""A harness for bills: real records in an in-process DynamoDB, evenings and nights at the test's will."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count

from tests.support.funding import MovableClock
from trading.billing.accrual.models import Accrual, DayFee, Rates, days_between
from trading.billing.accrual.service import AccrualService
from trading.billing.invoices.corrections import InvoiceCorrections
from trading.billing.invoices.models import Invoice
from trading.billing.invoices.service import InvoiceService
from trading.billing.models import BillingAccount, BillingRules
from trading.billing.ports import BillingStore
from trading.billing.store import DynamoBillingStore
from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.rows import account_row
from trading.ledger.models import LedgerAccount
from trading.ledger.service import totals
from trading.ledger.store import DynamoJournal
from trading.managed.models import DayMark
from trading.platform.audit import Audit
from trading.platform.clock import NEW_YORK
from trading.platform.documents import dump
from trading.platform.people import PersonRow, partition

RATES = Rates(Decimal("0.0096"), 0, 100_00)
RULES = BillingRules(7, 50, frozenset({"app.example.com", "127.0.0.1", "localhost"}))
AUDIT = Audit("an-operator", "a mistake")
WEALTH = 1_000_000
SATURDAY = 5
_NUMBERS = count(1)


def is_weekday(day: date) -> bool:
    """Say whether a day has a session where there are no holidays."""
    return day.weekday() < SATURDAY


def day_of(text: str) -> date:
    """Return a day."""
    return date.fromisoformat(text)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of a day in New York."""
    return datetime.combine(day, time(hour, minute), tzinfo=NEW_YORK).astimezone(UTC)


@dataclass
class BillingHarness:
    """People with accounts, their snapshots, and the services that bill them."""

    is_session: Callable[[date], bool] = is_weekday
    store: BillingStore = field(default_factory=DynamoBillingStore)
    clock: MovableClock = field(default_factory=MovableClock)
    rates: Rates = RATES

    @property
    def accruals(self) -> AccrualService:
        """Return what accrues."""
        return AccrualService(self.store, self.rates, self.is_session, self.clock)

    @property
    def invoices(self) -> InvoiceService:
        """Return what makes invoices."""
        return InvoiceService(self.store, self.accruals.catch_up, RULES, self.clock)

    @property
    def corrections(self) -> InvoiceCorrections:
        """Return the corrections of invoices."""
        return InvoiceCorrections(self.store, self.clock)

    def person(self, opened: str, *, hour: int = 10) -> str:
        """Return a new person whose account was opened on a day."""
        owner, moment = f"billed-{next(_NUMBERS)}", at(day_of(opened), hour)
        account = TradingAccount.shell(owner, moment)
        shown = replace(account, status=AccountStatus.OPEN, opened_at=moment, account_no="DW1", version=1)
        account_row(shown).save()
        return owner

    def close(self, owner: str) -> None:
        """Have a person's account closed."""
        self.move(owner, AccountStatus.CLOSED)

    def reopen(self, owner: str) -> None:
        """Have a person's account opened again."""
        self.move(owner, AccountStatus.OPEN)

    def move(self, owner: str, status: AccountStatus) -> None:
        """Have a person's account in a status."""
        account = self.store.load(owner).account
        assert account is not None
        account_row(replace(account, status=status, version=account.version + 1)).save()

    def snapshot(self, owner: str, day: date, cents: int = WEALTH) -> None:
        """Write how an account stood at the end of a day."""
        mark = DayMark(day, cents, 0, {})
        PersonRow(partition(owner), f"account-day#{day.isoformat()}", document=dump(mark)).save()

    def evening(self, owner: str, day: date) -> BillingAccount:
        """Accrue a day in its evening."""
        self.clock.moment = at(day, 20)
        billing = self.accruals.accrue(owner, day)
        assert billing is not None
        return billing

    def evenings(self, owner: str, first: str, last: str, worth: Mapping[date, int] | int = WEALTH) -> BillingAccount:
        """Pass evenings from one to another, each session with its snapshot as far as there is one."""
        for day in days_between(day_of(first), day_of(last)):
            cents = worth if isinstance(worth, int) else worth.get(day)
            if self.is_session(day) and cents is not None:
                self.snapshot(owner, day, cents)
            billing = self.evening(owner, day)
        return billing

    def night(self, owner: str, day: str) -> list[Invoice]:
        """Make a person's invoices in the night that begins a day."""
        self.clock.moment = at(day_of(day), 0, 30)
        return self.invoices.create(owner)

    def billing(self, owner: str) -> BillingAccount:
        """Return what billing knows of a person."""
        billing = self.store.load(owner).billing
        assert billing is not None
        return billing

    def accrual(self, owner: str) -> Accrual:
        """Return a person's running fees."""
        accrual = self.billing(owner).accrual
        assert accrual is not None
        return accrual

    def fees(self, owner: str, period: str) -> dict[date, DayFee]:
        """Return a month's days."""
        return {fee.day: fee for fee in self.store.fees(owner, period)}

    def invoice(self, owner: str, period: str) -> Invoice:
        """Return an invoice as it is stored."""
        invoice = self.store.load(owner, period).invoice
        assert invoice is not None
        return invoice

    def state(self, owner: str) -> dict[LedgerAccount, int]:
        """Return the balances of a person's journal of fees that are not zero; hold that they sum to zero."""
        sums = totals(DynamoJournal().since(f"fees#{owner}", 0))
        assert sum(sums.values()) == 0
        assert sums[LedgerAccount.FEES_RECEIVABLE] == self.billing(owner).receivable_cents
        return {name: cents for name, cents in sums.items() if cents}


def a_day(cents: int = WEALTH, days: int = 365) -> Fraction:
    """Return what a day costs at the default rate, by its own formula."""
    return Fraction(cents * 96, 10_000 * days) if cents > 100_00 else Fraction(0)


def later(day: date, days: int = 1) -> date:
    """Return a day so many days later."""
    return day + timedelta(days=days)
