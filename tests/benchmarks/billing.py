"""Commissions: what accrual, invoicing and charging of many people ask for, and how that grows."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from tests.benchmarks.figures import Figure
from tests.benchmarks.requests_counted import counted
from trading.billing.accrual.models import Rates
from trading.billing.accrual.service import AccrualService
from trading.billing.charging.rails import CardRail, CashRail, Rails
from trading.billing.charging.service import ChargeService
from trading.billing.invoices.service import InvoiceService
from trading.billing.models import BillingRules
from trading.billing.payment_methods.models import PaymentMethod, PaymentMethodKind, card_id_of
from trading.billing.ports import BillingChange, CardCharge, ChargeOrder, IntentStatus
from trading.billing.store import DynamoBillingStore
from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.rows import account_row
from trading.managed.models import DayMark
from trading.managed.store import DynamoManagedStore
from trading.platform.clock import FixedClock
from trading.platform.inbox import DynamoReceipts

OPENED = datetime(2013, 1, 1, 15, 0, tzinfo=UTC)
RATES = Rates(Decimal("0.0096"), 0, 10_000)
PERIOD = "2013-01"


class Cards:
    """A processor that charges whatever it is asked for, and counts it."""

    def __init__(self) -> None:
        self.charged = 0

    def charge(self, order: ChargeOrder, *, key: str) -> CardCharge:
        """Charge a card."""
        self.charged += 1
        return CardCharge(
            key, IntentStatus.SUCCEEDED, "succeeded", order.cents, None, None, order.invoice_id, order.number
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse whatever a charge that goes well does not need."""
        raise NotImplementedError(name)


@dataclass(frozen=True)
class People:
    """So many people with open accounts and cards, worth ten thousand dollars."""

    owners: tuple[str, ...]
    store: DynamoBillingStore

    @classmethod
    def of(cls, number: int) -> "People":
        """Write them."""
        owners = tuple(f"billed-{number}-{index}" for index in range(number))
        for owner in owners:
            shell = TradingAccount.shell(owner, OPENED)
            account = replace(shell, status=AccountStatus.OPEN, opened_at=OPENED, account_no="DWFK1", version=1)
            account_row(account).save()
        return cls(owners, DynamoBillingStore())

    def accrual(self, at: datetime) -> AccrualService:
        """Return what accrues, at a moment."""
        return AccrualService(self.store, RATES, lambda day: day.weekday() < 5, FixedClock(at))

    def invoices(self, at: datetime) -> InvoiceService:
        """Return what invoices, at a moment."""
        rules = BillingRules(7, 50, frozenset())
        return InvoiceService(self.store, self.accrual(at).catch_up, rules, FixedClock(at))

    def charges(self, at: datetime, cards: Any) -> ChargeService:
        """Return what charges, at a moment."""
        rails = Rails(CardRail(cards, on_missing=_refuse), CashRail(cards, lambda: False))
        return ChargeService(self.store, rails, DynamoReceipts(), FixedClock(at))

    def give_cards(self) -> None:
        """Give everybody a card that is active."""
        for owner in self.owners:
            billing = self.store.load(owner).billing
            assert billing is not None
            card = PaymentMethod(card_id_of(owner, "pm_1"), PaymentMethodKind.CARD, "visa 4242", "pm_1", OPENED, OPENED)
            self.store.commit(BillingChange(billing=replace(billing.with_method(card), customer_id=f"cus-{owner}")))


def _refuse(*arguments: object) -> NoReturn:
    """Refuse to follow what a charge that goes well never needs."""
    raise NotImplementedError(arguments)


def figures() -> Iterator[Figure]:
    """Measure everything."""
    for number in (20, 100):
        yield from month(number)


def month(number: int) -> Iterator[Figure]:
    """Count a day's accrual, a month's invoice and its charge, of so many people."""
    people = People.of(number)
    evening, day = datetime(2013, 1, 31, 1, 0, tzinfo=UTC), date(2013, 1, 30)
    for owner in people.owners:
        DynamoManagedStore().save_day(owner, DayMark(date(2013, 1, 29), 1_000_000, 0, {}))
        people.accrual(evening).accrue(owner, date(2013, 1, 29))
    people.give_cards()
    accrual = people.accrual(evening)
    yield from _counted(f"accrual of {number} people", people, lambda owner: accrual.accrue(owner, day), 3)
    for owner in people.owners:
        accrual.accrue(owner, date(2013, 1, 31))
    invoices = people.invoices(datetime(2013, 2, 1, 5, 30, tzinfo=UTC))
    yield from _counted(f"invoices of {number} people", people, invoices.create, 3)
    cards = Cards()
    charges = people.charges(datetime(2013, 2, 8, 15, 0, tzinfo=UTC), cards)
    yield from _counted(f"charges of {number} people", people, lambda owner: charges.dun(owner, PERIOD), 4)
    assert cards.charged == number
    yield Figure(f"charges of {number} people: requests to Stripe, per person", cards.charged / number, "requests", 1)


def _counted(figure: str, people: People, step: Callable[[str], object], target: float) -> Iterator[Figure]:
    began = time.perf_counter()
    with counted() as seen:
        for owner in people.owners:
            step(owner)
    took = time.perf_counter() - began
    number = len(people.owners)
    yield Figure(f"{figure}: DynamoDB requests, per person", seen.total() / number, "requests", target)
    yield Figure(f"{figure}: time, tables in process, per person", 1000 * took / number, "ms")
