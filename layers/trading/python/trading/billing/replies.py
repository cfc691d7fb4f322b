"""What the routes of billing take and answer."""

from datetime import date
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from trading.billing.accrual.models import DayFee
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, InvoiceStatus, Line, payment_id_of
from trading.billing.models import BillingAccount
from trading.billing.payment_methods.models import PaymentMethod, PaymentMethodKind
from trading.billing.ports import SetupSession
from trading.platform.fields import Moment, Reply, Request

Day = date
Url = Annotated[str, Field(min_length=1, max_length=2000)]


class SetupBody(Request):
    """Where Stripe's page leads back to."""

    success_url: Url
    cancel_url: Url


class SetupReply(Reply):
    """Where a person gives a card."""

    session_id: str
    url: str

    @classmethod
    def of(cls, session: SetupSession) -> "SetupReply":
        """Return a session as answers show it."""
        return cls(session_id=session.session_id, url=session.url or "")


class SessionBody(Request):
    """A session that a person went through."""

    stripe_session_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_]+$")]


class PaymentMethodReply(Reply):
    """A way to pay; the one that was set active last is charged."""

    payment_method_id: str
    name: str
    type: PaymentMethodKind
    is_active: bool
    is_usable: bool
    set_active_at: Moment | None
    created_at: Moment
    expires_on: date | None

    @classmethod
    def of(cls, method: PaymentMethod, *, is_active: bool) -> "PaymentMethodReply":
        """Return a method as answers show it."""
        return cls(
            payment_method_id=method.method_id,
            name=method.name,
            type=method.kind,
            is_active=is_active,
            is_usable=method.is_chargeable,
            set_active_at=method.set_active_at,
            created_at=method.created_at,
            expires_on=method.expires_on,
        )


class PaymentReply(Reply):
    """One attempt to collect an invoice."""

    payment_id: str
    invoice_id: str
    amount_cents: int
    status: AttemptStatus
    method: PaymentMethodKind
    payment_method_id: str | None
    reason: str | None
    refunded_cents: int
    credited_cents: int
    is_disputed: bool
    at: Moment

    @classmethod
    def of(cls, invoice_id: str, attempt: Attempt) -> "PaymentReply":
        """Return an attempt as answers show it."""
        return cls(
            payment_id=payment_id_of(invoice_id, attempt.number),
            invoice_id=invoice_id,
            amount_cents=attempt.cents,
            status=attempt.status,
            method=attempt.rail,
            payment_method_id=attempt.method_id or None,
            reason=attempt.reason,
            refunded_cents=attempt.refunded_cents,
            credited_cents=attempt.credited_cents,
            is_disputed=attempt.is_disputed,
            at=attempt.started_at,
        )


class LineReply(Reply):
    """A part of an invoice; exact cents as a fraction."""

    description: str
    period: str
    amount_cents_exact: str

    @classmethod
    def of(cls, line: Line) -> "LineReply":
        """Return a line as answers show it."""
        return cls(description=line.what, period=line.period, amount_cents_exact=str(line.cents))


class InvoiceReply(Reply):
    """What is owed for a month. `client_secret` finishes a charge that waits for the person."""

    invoice_id: str
    period_start: date
    period_end: date
    amount_cents: int
    owed_cents: int
    due_date: date
    status: InvoiceStatus
    description: str
    lines: list[LineReply]
    payments: list[PaymentReply]
    next_attempt_at: Moment | None
    paid_at: Moment | None
    created_at: Moment
    client_secret: str | None = None

    @classmethod
    def of(cls, invoice: Invoice, client_secret: str | None = None) -> "InvoiceReply":
        """Return an invoice as answers show it."""
        return cls(
            invoice_id=invoice.invoice_id,
            period_start=invoice.period_start,
            period_end=invoice.period_end,
            amount_cents=invoice.cents,
            owed_cents=invoice.owed_cents,
            due_date=invoice.due_on,
            status=invoice.status,
            description=invoice.description,
            lines=[LineReply.of(line) for line in invoice.lines],
            payments=[PaymentReply.of(invoice.invoice_id, attempt) for attempt in invoice.attempts],
            next_attempt_at=invoice.next_attempt_at,
            paid_at=invoice.paid_at,
            created_at=invoice.created_at,
            client_secret=client_secret,
        )


class FeeDayReply(Reply):
    """What a day costs; exact cents as a fraction. `carried` days are rated again when their snapshot is there."""

    date: Day
    equity_cents: int
    fee_cents_exact: str
    snapshot_of: Day | None
    carried: bool

    @classmethod
    def of(cls, fee: DayFee) -> "FeeDayReply":
        """Return a day's fee as answers show it."""
        return cls(
            date=fee.day,
            equity_cents=fee.equity_cents,
            fee_cents_exact=str(fee.fee),
            snapshot_of=fee.snapshot_of,
            carried=fee.is_carried,
        )


class AccrualReply(Reply):
    """The running month, day by day, and what waits for the next invoice besides."""

    period: str
    days: list[FeeDayReply]
    total_cents_exact: str
    total_cents: int
    carried_over: list[LineReply]

    @classmethod
    def of(cls, period: str, fees: tuple[DayFee, ...], billing: BillingAccount | None) -> "AccrualReply":
        """Return a month as answers show it."""
        total = sum((fee.fee for fee in fees), Fraction(0))
        lines = billing.carried if billing else ()
        return cls(
            period=period,
            days=[FeeDayReply.of(fee) for fee in fees],
            total_cents_exact=str(total),
            total_cents=round(total),
            carried_over=[
                LineReply(description=line.what, period=line.period, amount_cents_exact=str(line.cents))
                for line in lines
            ],
        )


class PaymentList(Reply):
    """A page of attempts."""

    items: list[PaymentReply]
    next_cursor: str | None


class InvoiceList(Reply):
    """A page of invoices."""

    items: list[InvoiceReply]
    next_cursor: str | None


class MethodList(Reply):
    """All of a person's methods."""

    items: list[PaymentMethodReply]
    next_cursor: None = None


class WebhookReply(Reply):
    """The event that was taken."""

    received: str
