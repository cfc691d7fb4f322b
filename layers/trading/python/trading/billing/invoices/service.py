"""Invoices: made once a person and month, from the days that are accrued.

An amount is rounded once, half to even. What comes to less than the least charge waits for the next
month, and is a line of that invoice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from trading.billing import outbox
from trading.billing.accrual.models import Accrual, first_day, last_day, next_period, period_of, previous_period
from trading.billing.invoices.models import Invoice, Line
from trading.billing.models import BillingAccount, BillingRules, BillingState
from trading.billing.ports import BillingChange, BillingStore
from trading.ledger.models import LedgerAccount
from trading.platform.clock import NEW_YORK, Clock, trading_date
from trading.platform.errors import StaleRecord

CHARGED_AT = time(10, 0)
MAX_MONTHS = 24

CatchUp = Callable[[str, str], BillingAccount | None]


@dataclass(frozen=True)
class InvoiceService:
    """Makes invoices. `catch_up` accrues what is missing of a person's month that is over."""

    store: BillingStore
    catch_up: CatchUp
    rules: BillingRules
    clock: Clock

    def create(self, owner: str) -> list[Invoice]:
        """Make a person's invoices for all months that are over and have none, each once however often this runs."""
        made: list[Invoice] = []
        last = previous_period(period_of(trading_date(self.clock.now())))
        billing = self.store.load(owner).billing
        for _ in range(MAX_MONTHS):
            period = _next_to_invoice(billing, last)
            if billing is None or period is None:
                break
            try:
                written = self._create(billing, period)
            except StaleRecord:
                written = self.store.load(owner)
            billing = written.billing
            made += [written.invoice] if written.invoice is not None else []
        return made

    def _create(self, billing: BillingAccount, period: str) -> BillingState:
        """Write what becomes of a month: an invoice, or lines that wait for the next one."""
        if billing.accrual is not None and _is_missing_days(billing.accrual, period):
            billing = self.catch_up(billing.owner, period) or billing
        if billing.accrual is None:
            return BillingState(None, None)
        lines = (*billing.carried, *_lines(billing.accrual, period))
        whole, now = sum((line.cents for line in lines), Fraction(0)), self.clock.now()
        accrual = billing.accrual.without(period)
        rest = replace(billing, accrual=accrual, carried=(), invoiced_through=period, updated_at=now)
        cents = round(whole)
        if cents < self.rules.min_cents:
            waits = tuple(line for line in lines if line.cents) if whole else ()
            return self.store.commit(BillingChange(billing=replace(rest, carried=waits)))
        invoice = self._invoice(billing.owner, period, cents, lines)
        credits = -sum(line.cents.numerator for line in lines if line.payment_id is not None)
        lines_posted = {
            LedgerAccount.FEES_RECEIVABLE: cents,
            LedgerAccount.CREDITS: credits,
            LedgerAccount.FEE_REVENUE: -(cents + credits),
        }
        posting = rest.posted(lines_posted, reference=f"{invoice.invoice_id}:open", at=now)
        after = replace(posting.account, owed=(*rest.owed, period))
        entries = (posting.entry,) if posting.entry else ()
        events = (outbox.invoice_created(invoice),)
        return self.store.commit(BillingChange(billing=after, invoice=invoice, entries=entries, events=events))

    def _invoice(self, owner: str, period: str, cents: int, lines: tuple[Line, ...]) -> Invoice:
        now = self.clock.now()
        due_on = first_day(next_period(period)) + timedelta(days=self.rules.due_days)
        return Invoice(
            owner=owner,
            period=period,
            period_start=min(first_day(line.period) for line in lines if line.what == FEES),
            period_end=last_day(period),
            cents=cents,
            lines=lines,
            due_on=due_on,
            created_at=now,
            updated_at=now,
            next_attempt_at=charged_at(due_on),
        )


FEES = "Fees"


def settled_change(state: BillingState, billing: BillingAccount, invoice: Invoice, at: datetime) -> BillingChange:
    """Return what is written when an invoice is owed no more; the hold goes with the last."""
    owed = tuple(period for period in billing.owed if period != invoice.period)
    uncollectible = tuple(period for period in billing.uncollectible if period != invoice.period)
    lifts = bool(billing.hold_since) and not uncollectible
    after = replace(
        billing, owed=owed, uncollectible=uncollectible, hold_since=None if lifts else billing.hold_since, updated_at=at
    )
    account = state.account
    if lifts and account is not None and account.billing_hold:
        freed = replace(account, billing_hold=False, updated_at=at)
        return BillingChange(billing=after, invoice=invoice, account=freed, events=(outbox.hold_lifted(invoice),))
    return BillingChange(billing=after, invoice=invoice)


def charged_at(day: date) -> datetime:
    """Return when invoices are charged on a day."""
    return datetime.combine(day, CHARGED_AT, tzinfo=NEW_YORK)


def _next_to_invoice(billing: BillingAccount | None, last: str) -> str | None:
    """Return the first month up to the last one that is over for which a person has no invoice yet."""
    if billing is None or billing.accrual is None:
        return None
    through, stopped = billing.invoiced_through, billing.accrual.stopped_on
    period = next_period(through) if through else period_of(billing.accrual.since)
    is_over = stopped is not None and period > period_of(stopped)
    return period if period <= last and not is_over else None


def _is_missing_days(accrual: Accrual, period: str) -> bool:
    return accrual.stopped_on is None and (accrual.through is None or accrual.through < last_day(period))


def _lines(accrual: Accrual, period: str) -> tuple[Line, ...]:
    month = accrual.months.get(period)
    return (Line(FEES, period, month.fees if month else Fraction(0)),)
