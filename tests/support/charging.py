"""A harness for charges: real records in an in-process DynamoDB, hand-written fakes of Stripe and the cash broker."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import count

from tests.support.charging_fakes import CardKind, FakeFeeBroker, FakeProcessor
from tests.support.funding import MovableClock
from trading.billing.accrual.models import first_day, last_day, next_period
from trading.billing.charging.fee_payments import FeePayments
from trading.billing.charging.rails import CardRail, CashRail, Rails
from trading.billing.charging.service import ChargeService
from trading.billing.charging.withdrawals import ChargeWithdrawal
from trading.billing.disputes.service import DisputeService, DisputeWatch
from trading.billing.disputes.store import DynamoDisputeStore
from trading.billing.invoices.models import Invoice, InvoiceStatus, Line
from trading.billing.invoices.service import FEES, charged_at
from trading.billing.messages import ChargeWork
from trading.billing.models import BillingAccount, BillingRules, StripeEvent
from trading.billing.payment_methods.listing import listed
from trading.billing.payment_methods.models import PaymentMethod
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.ports import BillingChange, Card
from trading.billing.refunds import RefundService
from trading.billing.store import DynamoBillingStore
from trading.billing.stripe_events import StripeEvents
from trading.brokerage.models import AccountStatus, BrokerPayment, PaymentStatus
from trading.funding.accounts.models import TradingAccount
from trading.funding.rows import put_account
from trading.ledger.models import LedgerAccount
from trading.ledger.store import post
from trading.platform.inbox import DynamoReceipts
from trading.platform.outbox import OutboxRow
from trading.platform.receipts import RequestKey
from trading.platform.tables import Transaction

CENTS = 184
PERIOD = "2013-02"
DUE = datetime(2013, 3, 8, 15, 0, tzinfo=UTC)
"""10:00 in New York on the day on which the invoice of PERIOD is due."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = BillingRules(7, 50, frozenset({"app.example.com"}))
_NUMBERS = count(1)


class ChargeHarness:
    """People who owe invoices, and the services that collect them."""

    def __init__(self) -> None:
        self.clock = MovableClock(DUE)
        self.processor, self.broker = FakeProcessor(self.clock), FakeFeeBroker()
        self.store = DynamoBillingStore()
        self._queued, self._owners, self._carried = list[ChargeWork](), set[str](), set[str]()
        self.is_halted = False
        cash = CashRail(self.broker, lambda: self.is_halted)
        self.fees = FeePayments(self.store, cash, self.clock)
        self.withdrawal = ChargeWithdrawal(self.store, CardRail(self.processor), self.clock)
        self.methods = PaymentMethodService(self.store, self.processor, RULES, self.clock, self.withdrawal.withdraw)
        self.charges = ChargeService(
            store=self.store,
            rails=Rails(CardRail(self.processor, self.methods.follow_missing), cash),
            receipts=DynamoReceipts(),
            clock=self.clock,
            is_halted=lambda: self.is_halted,
        )
        self.disputes = DynamoDisputeStore()
        disputes = DisputeService(self.store, self.disputes, self.processor, self.clock)
        self.watch = DisputeWatch(self.disputes, disputes, self.clock)
        self.events = StripeEvents(
            store=self.store,
            processor=self.processor,
            methods=self.methods,
            charges=self.charges,
            disputes=disputes,
            refunds=RefundService(self.store, self.processor, self.clock),
            clock=self.clock,
        )

    def person(
        self, card: CardKind | None = CardKind.OK, *, cash_cents: int = 0, periods: tuple[str, ...] = (PERIOD,)
    ) -> str:
        """Return a new person with an open account, perhaps a card, and invoices."""
        owner, now = f"owing-{next(_NUMBERS)}", self.clock.now()
        self._owners.add(owner)
        self._open_account(owner, cash_cents)
        billing = BillingAccount(owner, now, now, customer_id=f"cus_{owner}")
        self.store.commit(BillingChange(billing=billing))
        if card is not None:
            self.give_card(owner, card)
        for period in periods:
            self.invoice_of(owner, period)
        return owner

    def invoice_of(self, owner: str, period: str) -> Invoice:
        """Make a person's invoice of a month."""
        billing, now = self.billing(owner), self.clock.now()
        due_on = first_day(next_period(period)) + timedelta(days=RULES.due_days)
        invoice = Invoice(
            owner=owner,
            period=period,
            period_start=first_day(period),
            period_end=last_day(period),
            cents=CENTS,
            lines=(Line(FEES, period, Fraction(CENTS)),),
            due_on=due_on,
            created_at=now,
            updated_at=now,
            next_attempt_at=charged_at(due_on),
        )
        posting = billing.posted(
            {LedgerAccount.FEES_RECEIVABLE: CENTS, LedgerAccount.FEE_REVENUE: -CENTS},
            reference=invoice.invoice_id,
            at=now,
        )
        after = replace(posting.account, owed=(*billing.owed, period))
        entries = (posting.entry,) if posting.entry else ()
        self.store.commit(BillingChange(billing=after, invoice=invoice, entries=entries))
        return invoice

    def give_card(self, owner: str, kind: CardKind) -> PaymentMethod:
        """Add a card; the first one becomes active."""
        reference = self.processor.new_card(kind)
        return self.methods.add(owner, Card(reference, f"cus_{owner}", f"visa {kind.value}"))

    def choose_cash(self, owner: str) -> PaymentMethod:
        """Choose the cash at the broker."""
        account = self.account(owner)
        listing, _ = listed(self.store.load(owner), owner, self.clock.now())
        (cash,) = [method for method in listing if method.reference == account.account_id]
        return self.methods.activate(owner, cash.method_id)

    def pay(
        self, owner: str, key: str = "a-key-of-16-letters", period: str = PERIOD
    ) -> tuple[Invoice, str | None, bool]:
        """Pay an invoice as the route does."""
        invoice_id = self.invoice(owner, period).invoice_id
        return self.charges.pay(owner, invoice_id, self.request(owner, invoice_id, key))

    def request(self, owner: str, invoice_id: str, key: str = "a-key-for-a-foreign-one") -> RequestKey:
        """Return a request to pay as the route knows it."""
        return RequestKey.of(owner, "pay_invoice", key, {"invoice_id": invoice_id})

    def work(self) -> None:
        """Charge what a newly active method woke."""
        while self.queued:
            work = self.queued[0]
            self.charges.on_new_method(work.owner, str(work.period))
            self.queued.pop(0)

    def deliver(self, events: Iterable[StripeEvent] | None = None) -> None:
        """Apply what Stripe sent, or the events given."""
        event_counts = list(self.processor.events) if events is None else list(events)
        if events is None:
            self.processor.events.clear()
        for event in event_counts:
            self.events.apply(event)

    def report_cash(self, owner: str, status: PaymentStatus, period: str = PERIOD) -> None:
        """Have the broker move the fee that is not settled, and report it by an event."""
        for payment in self.redemptions(owner, period):
            if payment.status in {PaymentStatus.SUCCESSFUL, PaymentStatus.FAILED}:
                continue
            moved = self.broker.move(payment.payment_id, status)
            self.fees.apply_event(f"{payment.payment_id}:{status}", moved)

    def pass_on(self, owner: str, span: timedelta, period: str = PERIOD) -> Invoice:
        """Let time pass, then run the machinery: the resolver for what is due, and the daily step."""
        self.clock.pass_by(span)
        self.charges.resume(owner, period)
        self.work()
        return self.charges.dun(owner, period) or self.invoice(owner, period)

    def run_days(self, owner: str, days: int, period: str = PERIOD, *, webhooks: bool = True) -> Invoice:
        """Let days pass, each with resolver and step at noon and at 10:00, and webhooks if they arrive."""
        for _ in range(2 * days):
            invoice = self.pass_on(owner, DAY / 2, period)
            if webhooks:
                self.deliver()
        return invoice

    def run_until_paid(self, owner: str, period: str = PERIOD, *, webhooks: bool = True) -> None:
        """Let days pass until an invoice is paid, at most six, and half a day more."""
        was_paid = False
        for _ in range(12):
            invoice = self.pass_on(owner, DAY / 2, period)
            if webhooks:
                self.deliver()
            if was_paid:
                return
            was_paid = invoice.status is InvoiceStatus.PAID

    def billing(self, owner: str) -> BillingAccount:
        """Return what billing knows of a person."""
        billing = self.store.load(owner).billing
        assert billing is not None
        return billing

    def account(self, owner: str) -> TradingAccount:
        """Return a person's account."""
        account = self.store.load(owner).account
        assert account is not None
        return account

    def invoice(self, owner: str, period: str = PERIOD) -> Invoice:
        """Return an invoice as it is stored."""
        invoice = self.store.load(owner, period).invoice
        assert invoice is not None
        return invoice

    def attempts(self, owner: str, period: str = PERIOD) -> list[str]:
        """Return the statuses of an invoice's attempts."""
        return [attempt.status.value for attempt in self.invoice(owner, period).attempts]

    def statuses(self, owner: str, period: str = PERIOD) -> list[str]:
        """Return how an invoice's charges stand at Stripe."""
        return [charge.raw_status for charge in self.processor.of(self.invoice(owner, period).invoice_id)]

    def redemptions(self, owner: str, period: str = PERIOD) -> list[BrokerPayment]:
        """Return the redemptions that an invoice's attempts led to."""
        invoice = self.invoice(owner, period)
        notes = {invoice.payment_id(attempt.number) for attempt in invoice.attempts}
        return [payment for payment in self.broker.payments.values() if payment.note in notes]

    def event_counts(self, owner: str) -> Counter[str]:
        """Return how many events of each type are in the outbox of a person."""
        bodies = [row.body for row in OutboxRow.scan() if f'"{owner}"' in row.body]
        return Counter(json.loads(body)["type"] for body in bodies)

    @property
    def queued(self) -> list[ChargeWork]:
        """Return the work that newly active methods led to, as the outbox carries it."""
        for row in list(OutboxRow.scan()):
            event = json.loads(row.body)
            owner = event["payload"].get("owner")
            if event["type"] == "payment_method_activated" and owner in self._owners and row.pk not in self._carried:
                self._carried.add(row.pk)
                assert ChargeWork.model_validate_json(row.body).period is None
                owed = self.charges.find_owed(owner)
                self._queued += [ChargeWork(owner=owner, period=period, on_new_method=True) for period in owed]
        return self._queued

    @queued.setter
    def queued(self, work: list[ChargeWork]) -> None:
        self._queued = work

    def _open_account(self, owner: str, cash_cents: int) -> None:
        now = self.clock.now()
        shell = replace(
            TradingAccount.shell(owner, now),
            user_id=f"user-{owner}",
            status=AccountStatus.OPEN,
            opened_at=now,
            account_no="DWFK000001",
        )
        posting = shell.posted(
            {}, {LedgerAccount.CASH: cash_cents, LedgerAccount.BANK: -cash_cents}, reference="a-deposit", at=now
        )
        transaction = Transaction()
        put_account(transaction, posting.account)
        if posting.entry:
            post(transaction, posting.entry)
        transaction.commit()
