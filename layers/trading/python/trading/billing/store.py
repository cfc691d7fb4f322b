"""Billing in DynamoDB, in the `people` table; see `trading.platform.people`.

billing                   the billing account
invoice#<month>           an invoice with its last attempt; waits for its next dunning attempt, or for a lookup
attempt#<month>#<number>  an attempt to collect it
fee#<day>                 what a day costs
invoice#<id> | -          whose an invoice is, and of which month: Stripe's metadata leads here
stripe-customer#<id> | -  whose a customer at Stripe is
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from trading.billing.accrual.models import DayFee
from trading.billing.disputes.store import put_dispute
from trading.billing.invoices.models import Attempt, Invoice, InvoiceStatus
from trading.billing.models import BillingAccount, BillingState
from trading.billing.payouts.store import put_payout
from trading.billing.ports import AttemptPage, BillingChange, InvoicePage
from trading.funding.accounts.models import TradingAccount
from trading.funding.errors import AlreadyHandled
from trading.funding.rows import put_account
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import put_history
from trading.ledger.store import post
from trading.managed.models import DayMark
from trading.platform.audit import put_audit
from trading.platform.documents import dump, load
from trading.platform.inbox import put_event_once, put_receipt
from trading.platform.outbox import put_event
from trading.platform.pages import page_of, scanned
from trading.platform.people import (
    ACCOUNT,
    PersonRow,
    find_reference,
    is_unchanged,
    partition,
    put_reference,
    set_due,
    set_unknown,
)
from trading.platform.tables import ConditionFailed, Transaction

BILLING, GROUP = "billing", "billed"
CHARGE_DUE = "charge"
INVOICE, ATTEMPT, _FEE, _DAY = "invoice#", "attempt#", "fee#", "account-day#"


class DynamoBillingStore:
    """Billing accounts, invoices and the fees of days."""

    def load(self, owner: str, period: str | None = None, days: Iterable[date] = ()) -> BillingState:
        """Return what is known of a person, strongly consistent, by one request; one more for an invoice's attempts.

        Attempts are read after their invoice: whoever meets newer ones cannot write, as the invoice is newer, too.
        """
        pk, wanted = partition(owner), [day.isoformat() for day in days]
        keys = [BILLING, ACCOUNT, *(f"{_DAY}{day}" for day in wanted), *(f"{_FEE}{day}" for day in wanted)]
        keys += [f"{INVOICE}{period}"] if period else []
        rows = {str(row.sk): row for row in PersonRow.batch_get([(pk, sk) for sk in keys], consistent_read=True)}
        marks = [load(DayMark, str(row.document)) for sk, row in rows.items() if sk.startswith(_DAY)]
        fees = [load(DayFee, str(row.document)) for sk, row in rows.items() if sk.startswith(_FEE)]
        return BillingState(
            billing=load(BillingAccount, str(rows[BILLING].document)) if BILLING in rows else None,
            account=load(TradingAccount, str(rows[ACCOUNT].document)) if ACCOUNT in rows else None,
            invoice=next((_complete(row) for sk, row in rows.items() if sk.startswith(INVOICE)), None),
            worth={mark.day: mark.equity_cents for mark in marks},
            fees={fee.day: fee for fee in fees},
        )

    def commit(self, change: BillingChange) -> BillingState:
        """Write a step in one transaction; return what was written."""
        transaction = Transaction()
        account = put_account(transaction, change.account) if change.account is not None else None
        billing = _put_billing(transaction, change.billing) if change.billing is not None else None
        invoice = _put_invoice(transaction, change.invoice) if change.invoice is not None else None
        if change.dispute is not None:
            put_dispute(transaction, change.dispute)
        if change.payout is not None:
            put_payout(transaction, change.payout)
        _put_traces(transaction, change)
        try:
            transaction.commit()
        except ConditionFailed as error:
            if error.labels & {"inbox", "receipt"}:
                raise AlreadyHandled from error
            raise
        return BillingState(billing, account, invoice)

    def invoice_of(self, invoice_id: str) -> tuple[str, str] | None:
        """Return owner and month of an invoice."""
        return find_reference("invoice", invoice_id)

    def attempt_of(self, payment_id: str) -> tuple[str, str] | None:
        """Return owner and month of the invoice that an attempt on brokerage cash belongs to."""
        return find_reference("fee-payment", payment_id)

    def invoices(self, owner: str, *, status: InvoiceStatus | None, after: str | None, limit: int) -> InvoicePage:
        """Return a person's invoices, newest first, with their attempts."""
        bounds = PersonRow.sk.between(INVOICE, after or f"{INVOICE}~")
        budget = scanned(limit, status)
        rows = PersonRow.query(
            partition(owner), bounds, scan_index_forward=False, consistent_read=True, limit=budget + 2
        )
        page = page_of(
            ((str(row.sk), _read(row)) for row in rows if row.sk != after),
            limit=limit,
            budget=budget,
            is_wanted=lambda invoice: status in {None, invoice.status},
        )
        attempts = _attempts(owner, page.items[-1].period, page.items[0].period) if page.items else {}
        whole = (replace(invoice, attempts=tuple(attempts.get(invoice.period, ()))) for invoice in page.items)
        return InvoicePage(tuple(whole), page.next_after)

    def attempts(self, owner: str, *, after: str | None, limit: int) -> AttemptPage:
        """Return a person's attempts, newest first."""
        rows = PersonRow.query(
            partition(owner),
            PersonRow.sk.between(ATTEMPT, after or f"{ATTEMPT}~"),
            scan_index_forward=False,
            consistent_read=True,
            limit=limit + 2,
        )
        found = [(str(row.sk), load(Attempt, str(row.document))) for row in rows if str(row.sk) != after]
        page = found[:limit]
        items = tuple((sk.split("#")[1], attempt) for sk, attempt in page)
        return AttemptPage(items, page[-1][0] if len(found) > limit else None)

    def fees(self, owner: str, period: str) -> tuple[DayFee, ...]:
        """Return the days of a month that are accrued, oldest first."""
        rows = PersonRow.query(partition(owner), PersonRow.sk.startswith(f"{_FEE}{period}-"), consistent_read=True)
        return tuple(load(DayFee, str(row.document)) for row in rows)

    def owner_of_customer(self, customer_id: str) -> str | None:
        """Return whose a customer at Stripe is."""
        found = find_reference("stripe-customer", customer_id)
        return found[0] if found else None


def _put_billing(transaction: Transaction, billing: BillingAccount) -> BillingAccount:
    written = replace(billing, version=billing.version + 1)
    row = PersonRow(partition(written.owner), BILLING, document=dump(written), version=written.version)
    transaction.put(row, is_unchanged(billing.version), label="billing")
    if written.customer_id is not None:
        put_reference(transaction, "stripe-customer", written.customer_id, written.owner)
    return written


def _put_invoice(transaction: Transaction, invoice: Invoice) -> Invoice:
    written = replace(invoice, version=invoice.version + 1, changed=frozenset())
    pk = partition(written.owner)
    document = dump(replace(written, attempts=written.attempts[-1:]))
    row = PersonRow(pk, f"{INVOICE}{written.period}", document=document, version=written.version)
    row.status = written.status
    # While an attempt's outcome is open it is looked up; only then is the next one due.
    set_due(row, "resolve" if written.lookup_at else CHARGE_DUE, written.lookup_at or written.next_attempt_at)
    waiting = written.open_attempt
    set_unknown(row, waiting.started_at if waiting is not None and waiting.needs_person else None)
    transaction.put(row, is_unchanged(invoice.version), label="invoice")
    for attempt in (attempt for attempt in invoice.attempts if attempt.number in invoice.changed):
        transaction.put(PersonRow(pk, _attempt_sk(written.period, attempt.number), document=dump(attempt)))
        put_history(transaction, _history_of(written, attempt))
    if invoice.version == 0:
        put_reference(transaction, "invoice", written.invoice_id, written.owner, written.period)
    return written


def _put_traces(transaction: Transaction, change: BillingChange) -> None:
    """Add what a step leaves beside its records: journal, days, outbox, inbox, receipt, audit."""
    records = (change.billing, change.invoice, change.account, change.dispute)
    owner = next(record.owner for record in records if record is not None)
    for entry in change.entries:
        post(transaction, entry)
    for fee in change.fees:
        transaction.put(PersonRow(partition(owner), f"{_FEE}{fee.day.isoformat()}", document=dump(fee)))
    for event in change.events:
        put_event(transaction, event)
    if change.event_id is not None:
        put_event_once(transaction, change.event_id)
    for kind, reference, target in change.references:
        put_reference(transaction, kind, reference, owner, target)
    if change.receipt is not None:
        put_receipt(transaction, change.receipt)
    if change.audit is not None and change.at is not None:
        put_audit(transaction, change.audit, owner=owner, action=change.action, at=change.at)


def _history_of(invoice: Invoice, attempt: Attempt) -> HistoryItem:
    return HistoryItem(
        owner=invoice.owner,
        item_id=invoice.payment_id(attempt.number),
        type=HistoryType.COMMISSION,
        status=attempt.status,
        amount_cents=-attempt.cents,
        at=attempt.started_at,
        link=f"/api/invoices/{invoice.invoice_id}",
    )


def _read(row: PersonRow) -> Invoice:
    return replace(load(Invoice, str(row.document)), version=int(row.version or 0))


def _complete(row: PersonRow) -> Invoice:
    """Read an invoice with all its attempts."""
    invoice = _read(row)
    if not invoice.attempts:
        return invoice
    return replace(invoice, attempts=tuple(_attempts(invoice.owner, invoice.period, invoice.period)[invoice.period]))


def _attempts(owner: str, first: str, last: str) -> dict[str, list[Attempt]]:
    """Return the attempts of invoices from a month to another, oldest first."""
    bounds = PersonRow.sk.between(f"{ATTEMPT}{first}#", f"{ATTEMPT}{last}#~")
    found: dict[str, list[Attempt]] = {}
    for row in PersonRow.query(partition(owner), bounds, consistent_read=True):
        found.setdefault(str(row.sk).split("#")[1], []).append(load(Attempt, str(row.document)))
    return found


def _attempt_sk(period: str, number: int) -> str:
    return f"{ATTEMPT}{period}#{number:06d}"
