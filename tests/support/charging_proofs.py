"""What must hold of a person's charges, however they came about."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.charging import PERIOD, ChargeHarness
from trading.billing import outbox
from trading.billing.disputes.models import Dispute, Place
from trading.billing.invoices.models import Attempt, AttemptStatus, Invoice, InvoiceStatus
from trading.billing.payment_methods.models import PaymentMethodKind
from trading.billing.ports import IntentStatus
from trading.brokerage.models import PaymentStatus
from trading.ledger.models import Entry, LedgerAccount
from trading.ledger.service import totals
from trading.ledger.store import DynamoJournal
from trading.platform.outbox import OutboxRow


@dataclass(frozen=True)
class Taken:
    """How often an invoice was paid at each partner."""

    by_card: int
    by_cash: int


def taken(harness: ChargeHarness, owner: str, period: str = PERIOD) -> Taken:
    """Return how often the money for an invoice was taken, as the partners see it."""
    charges = harness.processor.of(harness.invoice(owner, period).invoice_id)
    redemptions = harness.redemptions(owner, period)
    return Taken(
        by_card=sum(charge.status is IntentStatus.SUCCEEDED for charge in charges),
        by_cash=sum(redemption.status is PaymentStatus.SUCCESSFUL for redemption in redemptions),
    )


def assert_paid_once(harness: ChargeHarness, owner: str, period: str = PERIOD) -> None:
    """Hold that the money was taken once, is recorded once, and has one event."""
    invoice = harness.invoice(owner, period)
    assert sum(vars(taken(harness, owner, period)).values()) == 1
    assert (invoice.status, invoice.next_attempt_at, invoice.lookup_at) == (InvoiceStatus.PAID, None, None)
    assert [attempt.status for attempt in invoice.attempts].count(AttemptStatus.SUCCESS) == 1
    assert invoice.open_attempt is None
    billing = harness.billing(owner)
    assert period not in {*billing.owed, *billing.charging}
    assert_ledger_agrees(harness, owner, (period,))


def assert_owed(harness: ChargeHarness, owner: str, period: str = PERIOD) -> None:
    """Hold that nothing was taken, and that the invoice can be charged."""
    invoice = harness.invoice(owner, period)
    assert sum(vars(taken(harness, owner, period)).values()) == 0
    assert invoice.status.is_owed
    assert period in harness.billing(owner).owed
    assert_ledger_agrees(harness, owner, (period,))


def assert_ledger_agrees(harness: ChargeHarness, owner: str, periods: tuple[str, ...] = (PERIOD,)) -> None:
    """Hold both journals against the records: sums, numbers without a gap, and what is where."""
    billing, account = harness.billing(owner), harness.account(owner)
    invoices = [harness.invoice(owner, period) for period in periods]
    attempts = [attempt for invoice in invoices for attempt in invoice.attempts]
    paid = [attempt for attempt in attempts if attempt.status is AttemptStatus.SUCCESS]
    fees, cash = _sums(billing.journal, billing.journal_seq), _sums(account.journal, account.journal_seq)
    by_card, by_cash = _cents(paid, PaymentMethodKind.CARD), _cents(paid, PaymentMethodKind.CASH)
    refunded = sum(attempt.refunded_cents for attempt in attempts)
    gone = sum(dispute.moved_cents for dispute in disputes_of(harness, owner))
    disputed = sum(dispute.moved_cents for dispute in disputes_of(harness, owner) if dispute.place is Place.HELD)
    assert (fees[LedgerAccount.CARD_CLEARING], fees[LedgerAccount.DISPUTED]) == (by_card - refunded - gone, disputed)
    refunded -= sum(attempt.credit_refunded_cents for attempt in attempts)
    assert (fees[LedgerAccount.FEE_CLEARING], fees[LedgerAccount.REFUNDS]) == (by_cash, refunded)
    assert (
        fees[LedgerAccount.FEES_RECEIVABLE]
        == billing.receivable_cents
        == sum(invoice.owed_cents for invoice in invoices)
    )
    credited = sum(attempt.credited_cents for attempt in attempts)
    assert fees[LedgerAccount.CREDITS] == -credited == sum(line.cents for line in billing.carried if line.payment_id)
    assert -fees[LedgerAccount.FEE_REVENUE] == sum(
        invoice.cents for invoice in invoices if invoice.status is not InvoiceStatus.VOID
    )
    assert {name: cents for name, cents in cash.items() if name in account.balances} == dict(account.balances)
    open_cash = [
        attempt for attempt in attempts if attempt.rail is PaymentMethodKind.CASH and not attempt.status.is_settled
    ]
    assert cash[LedgerAccount.FEES_RESERVED] == sum(attempt.cents for attempt in open_cash)
    assert cash[LedgerAccount.FEES] == by_cash
    taken_back = sum(dispute.moved_cents - dispute.owed_cents for dispute in disputes_of(harness, owner))
    if not any(attempt.credited_cents or attempt.credit_refunded_cents for attempt in paid) and not taken_back:
        assert _charged_events(invoices) == len(paid)
    assert sum(not attempt.status.is_settled for attempt in attempts) <= len(periods)


def disputes_of(harness: ChargeHarness, owner: str) -> list[Dispute]:
    """Return a person's disputes."""
    return [dispute for dispute in harness.disputes.page(after=None, limit=1000).disputes if dispute.owner == owner]


def entries_of(harness: ChargeHarness, owner: str) -> tuple[Entry, ...]:
    """Return the journal of a person's account."""
    return DynamoJournal().since(harness.account(owner).journal, 0)


def entries_of_fees(harness: ChargeHarness, owner: str) -> tuple[Entry, ...]:
    """Return the journal of a person's fees."""
    return DynamoJournal().since(harness.billing(owner).journal, 0)


def _sums(state: str, last: int) -> Mapping[LedgerAccount, int]:
    entries = DynamoJournal().since(state, 0)
    assert [entry.seq for entry in entries] == list(range(1, last + 1))
    sums = totals(entries)
    assert sum(sums.values()) == 0
    return sums


def _charged_events(invoices: list[Invoice]) -> int:
    wanted = [
        outbox.charged(invoice, attempt, attempt.cents).event_id for invoice in invoices for attempt in invoice.attempts
    ]
    return len(list(OutboxRow.batch_get(wanted)))


def _cents(attempts: list[Attempt], rail: PaymentMethodKind) -> int:
    return sum(attempt.cents for attempt in attempts if attempt.rail is rail)
