"""What billing knows of a person, in one record: methods, running fees, what was invoiced, what is owed.

The journal `fees#<owner>` is ours, apart from the trading account's:

    invoice of a         fees_receivable +a    fee_revenue -a
    paid by card         card_clearing +a      fees_receivable -a
    paid by cash         fee_clearing +a       fees_receivable -a     (and in the account's journal fees +a, cash -a)
    void                 fee_revenue +a        fees_receivable -a
    paid, but not owed   card_clearing +a      credits -a             (or fee_clearing)
    the next invoice     fees_receivable +b    credits +a             fee_revenue -(a + b)
    refunded             refunds +a            card_clearing -a       (of what was not owed: credits +a)
    disputed             disputed +a           card_clearing -a       once the bank has taken it
    and lost             fees_receivable +a    disputed -a            (of what was not owed: credits +a)

A credit that operators give has no entry of its own: it lowers what the next invoice is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from trading.billing.accrual.models import Accrual, DayFee
from trading.billing.invoices.models import Invoice, Line
from trading.billing.payment_methods.models import PaymentMethod, in_order
from trading.funding.accounts.models import TradingAccount
from trading.ledger.models import Entry, Kind, LedgerAccount
from trading.ledger.models import Line as EntryLine
from trading.platform.errors import NotFound
from trading.platform.ids import derived_id


@dataclass(frozen=True)
class BillingAccount:
    """A person as billing knows them. `customer_id` is Stripe's, `gone_customers` are those that Stripe forgot;
    `hold_since` stops buys and entries.

    `carried` are lines that wait for the next invoice: months under the least amount, corrections, credits.
    `owed` are the months of invoices that are, `uncollectible` those that could not be collected, `charging`
    has by month which method an attempt that is not settled charges. `receivable_cents` is what the
    journal has as owed.
    """

    owner: str
    created_at: datetime
    updated_at: datetime
    customer_id: str | None = None
    customer_asked_at: datetime | None = None
    gone_customers: tuple[str, ...] = ()
    methods: tuple[PaymentMethod, ...] = ()
    accrual: Accrual | None = None
    carried: tuple[Line, ...] = ()
    invoiced_through: str | None = None
    owed: tuple[str, ...] = ()
    uncollectible: tuple[str, ...] = ()
    charging: Mapping[str, str] = field(default_factory=dict)
    hold_since: datetime | None = None
    receivable_cents: int = 0
    journal_seq: int = 0
    version: int = 0

    @property
    def journal(self) -> str:
        """Return the name of the journal in the ledger."""
        return f"fees#{self.owner}"

    @property
    def active_method(self) -> PaymentMethod | None:
        """Return the method that is to be charged; None where none was chosen, or the one that was cannot be charged.

        Where the active one was removed, none of the others takes its place by itself.
        """
        first = next(iter(in_order(self.methods)), None)
        return first if first is not None and first.set_active_at is not None and first.is_chargeable else None

    def method(self, method_id: str) -> PaymentMethod | None:
        """Return a method that people see."""
        return next((method for method in self.methods if method.method_id == method_id and method.is_there), None)

    def with_method(self, method: PaymentMethod) -> "BillingAccount":
        """Return the account with a method added or changed."""
        if all(known.method_id != method.method_id for known in self.methods):
            return replace(self, methods=(*self.methods, method))
        changed = (method if known.method_id == method.method_id else known for known in self.methods)
        return replace(self, methods=tuple(changed))

    def posted(self, lines: Mapping[LedgerAccount, int], *, reference: str, at: datetime) -> "Posting":
        """Return the account and the journal entry of a movement in its journal."""
        kept = {name: cents for name, cents in lines.items() if cents}
        if not kept:
            return Posting(self, None)
        seq = self.journal_seq + 1
        entry = Entry(
            journal=self.journal,
            seq=seq,
            entry_id=derived_id("entry", self.journal, str(seq)),
            kind=Kind.TRANSFER,
            at=at,
            lines=tuple(EntryLine(name, cents) for name, cents in kept.items()),
            balance_cents=0,
            reference=reference,
        )
        receivable = self.receivable_cents + kept.get(LedgerAccount.FEES_RECEIVABLE, 0)
        return Posting(replace(self, journal_seq=seq, receivable_cents=receivable), entry)


@dataclass(frozen=True)
class Posting:
    """A billing account after a movement, and the entry that says so."""

    account: BillingAccount
    entry: Entry | None


@dataclass(frozen=True)
class BillingRules:
    """What a stage sets: when invoices are due after the 1st, the least amount of a charge, hosts to return to."""

    due_days: int
    min_cents: int
    redirect_hosts: frozenset[str]


@dataclass(frozen=True)
class StripeEvent:
    """A verified webhook: its id and type, the object that it is about, and what of that was different before."""

    event_id: str
    type: str
    object: Mapping[str, Any]
    previous: Mapping[str, Any] = field(default_factory=dict)

    @property
    def customer(self) -> str | None:
        """Return the customer that the object belongs to, or belonged to."""
        before = self.previous.get("customer")
        return self.text("customer") or (before if isinstance(before, str) and before else None)

    def text(self, *path: str) -> str | None:
        """Return a text in the object."""
        value: object = self.object
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class BillingState:
    """What is known of a person, as it was read: fees, trading account, one invoice, worth by day."""

    billing: BillingAccount | None
    account: TradingAccount | None
    invoice: Invoice | None = None
    worth: Mapping[date, int] | None = None
    fees: Mapping[date, DayFee] | None = None

    def require_invoice(self) -> tuple[Invoice, BillingAccount]:
        """Return the invoice with its person's billing.

        Raises:
            NotFound: if there is none.
        """
        if self.invoice is None or self.billing is None:
            raise NotFound("There is no such invoice.")
        return self.invoice, self.billing
