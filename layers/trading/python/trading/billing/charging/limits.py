"""When an attempt may begin: once a step, once a method that became active, a few times a day by hand."""

from dataclasses import dataclass
from datetime import datetime

from trading.billing.charging.ladder import is_step_due
from trading.billing.invoices.models import Attempt, Invoice, Rail
from trading.billing.models import BillingAccount
from trading.billing.ports import BillingBook
from trading.platform.clock import trading_date
from trading.platform.errors import Conflict
from trading.platform.receipts import Receipt

MAX_MANUAL_ATTEMPTS_A_DAY = 5


@dataclass(frozen=True)
class Why:
    """Why an invoice is charged now: the ladder (`is_step`), another method (`is_switch`), or a person who pays."""

    is_step: bool = False
    is_switch: bool = False
    receipt: Receipt | None = None


def may_begin(book: BillingBook, why: Why, now: datetime) -> bool:
    """Say whether another attempt may begin: a step when it is due, after a switch only the first on that method."""
    invoice, billing = book.invoice, book.billing
    if invoice is None or billing is None or invoice.open_attempt is not None or not invoice.status.is_owed:
        return False
    if why.is_step:
        return is_step_due(invoice, now) and not _attempts_of(invoice, now, is_manual=False)
    return not _is_exhausted(invoice, now) and not (why.is_switch and _was_tried(invoice, billing))


def refuse_too_many(book: BillingBook, why: Why, now: datetime) -> None:
    """Refuse a person's attempt beyond a day's.

    Raises:
        Conflict: `too_many_attempts`.
    """
    invoice = book.invoice
    if why.receipt is None or invoice is None or invoice.open_attempt is not None or not invoice.status.is_owed:
        return
    if _is_exhausted(invoice, now):
        raise Conflict("There were too many attempts today; please try again tomorrow.", code="too_many_attempts")


def last_card_charge(book: BillingBook) -> Attempt | None:
    """Return the newest attempt that made a charge of a card."""
    attempts = book.invoice.attempts if book.invoice is not None else ()
    return next((each for each in reversed(attempts) if each.rail is Rail.CARD and each.reference), None)


def _is_exhausted(invoice: Invoice, now: datetime) -> bool:
    return _attempts_of(invoice, now, is_manual=True) >= MAX_MANUAL_ATTEMPTS_A_DAY


def _attempts_of(invoice: Invoice, now: datetime, *, is_manual: bool) -> int:
    """Return how many attempts were made today, by hand or by the job."""
    today = trading_date(now)
    return sum(
        attempt.is_manual is is_manual and trading_date(attempt.started_at) == today for attempt in invoice.attempts
    )


def _was_tried(invoice: Invoice, billing: BillingAccount) -> bool:
    active = billing.active_method
    since = active.set_active_at if active is not None else None
    return any(
        active is not None and since is not None and each.method_id == active.method_id and each.started_at >= since
        for each in invoice.attempts
    )
