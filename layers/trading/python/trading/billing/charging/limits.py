"""When an attempt may begin: once a dunning attempt, once a method that became active, a few times a day by the person.

The three are counted apart: somebody whose card failed as often as they may try has a new one tried at once
all the same, by itself, once a day for each method that becomes active.
"""

from dataclasses import dataclass
from datetime import datetime

from trading.billing.charging.dunning import is_dunning_due
from trading.billing.invoices.models import Attempt, Invoice
from trading.billing.models import BillingAccount, BillingState
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.platform.clock import trading_date
from trading.platform.errors import Conflict
from trading.platform.receipts import Receipt

MAX_MANUAL_ATTEMPTS_A_DAY = 5


@dataclass(frozen=True)
class Why:
    """Why an invoice is charged now: dunning (`is_dunning`), another method (`is_switch`), or a person who pays."""

    is_dunning: bool = False
    is_switch: bool = False
    receipt: Receipt | None = None

    def attempt(self, number: int, cents: int, at: datetime) -> Attempt:
        """Return an attempt that is made for this reason, with no method yet."""
        is_manual = self.receipt is not None
        return Attempt(
            number,
            "",
            PaymentMethodKind.CARD,
            cents,
            at,
            is_dunning=self.is_dunning,
            is_manual=is_manual,
            is_switch=self.is_switch,
        )


def may_begin(state: BillingState, why: Why, now: datetime) -> bool:
    """Say whether another attempt may begin: dunning when it is due, after a switch the first on that method alone."""
    invoice, billing = state.invoice, state.billing
    if invoice is None or billing is None or invoice.open_attempt is not None or not invoice.status.is_owed:
        return False
    if why.is_dunning:
        return is_dunning_due(invoice, now) and not any(map(_is_dunning, _attempts_of(invoice, now)))
    if why.is_switch:
        return not _was_tried(invoice, billing, now)
    return not _is_exhausted(invoice, now)


def refuse_too_many(state: BillingState, why: Why, now: datetime) -> None:
    """Refuse a person's attempt beyond a day's.

    Raises:
        Conflict: `too_many_attempts`.
    """
    invoice = state.invoice
    if why.receipt is None or invoice is None or invoice.open_attempt is not None or not invoice.status.is_owed:
        return
    if _is_exhausted(invoice, now):
        raise Conflict("There were too many attempts today; please try again tomorrow.", code="too_many_attempts")


def last_card_charge(state: BillingState) -> Attempt | None:
    """Return the newest attempt that made a charge of a card."""
    attempts = state.invoice.attempts if state.invoice is not None else ()
    return next(
        (attempt for attempt in reversed(attempts) if attempt.rail is PaymentMethodKind.CARD and attempt.reference),
        None,
    )


def _is_exhausted(invoice: Invoice, now: datetime) -> bool:
    return sum(attempt.is_manual for attempt in _attempts_of(invoice, now)) >= MAX_MANUAL_ATTEMPTS_A_DAY


def _attempts_of(invoice: Invoice, now: datetime) -> tuple[Attempt, ...]:
    """Return the attempts of today."""
    today = trading_date(now)
    return tuple(attempt for attempt in invoice.attempts if trading_date(attempt.started_at) == today)


def _is_dunning(attempt: Attempt) -> bool:
    """Say whether the job made an attempt, whether or not it is counted by now."""
    return not (attempt.is_manual or attempt.is_switch)


def _was_tried(invoice: Invoice, billing: BillingAccount, now: datetime) -> bool:
    """Say whether the active method was charged since it became active, or by itself today."""
    active = billing.active_method
    if active is None or active.set_active_at is None:
        return False
    since, today = active.set_active_at, trading_date(now)
    return any(
        attempt.started_at >= since or (attempt.is_switch and trading_date(attempt.started_at) == today)
        for attempt in invoice.attempts
        if attempt.method_id == active.method_id
    )
