"""Bills in memory, for lives of many years: what is written must be as it was read, as in the tables."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from trading.billing.accrual.models import DayFee, period_of
from trading.billing.invoices.models import Invoice, InvoiceStatus
from trading.billing.models import BillingAccount, BillingState
from trading.billing.ports import AttemptPage, BillingChange, InvoicePage
from trading.funding.accounts.models import TradingAccount
from trading.ledger.models import Entry
from trading.platform.errors import StaleRecord


@dataclass
class MemoryBillingStore:
    """One person's billing account, invoices, days and snapshots."""

    account: TradingAccount
    billing: BillingAccount | None = None
    made: dict[str, Invoice] = field(default_factory=dict)
    rated: dict[date, DayFee] = field(default_factory=dict)
    worth: dict[date, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    first_fees: dict[date, DayFee] = field(default_factory=dict)

    def load(self, owner: str, period: str | None = None, days: Iterable[date] = ()) -> BillingState:
        """Return what is known of the person."""
        assert owner == self.account.owner
        wanted = list(days)
        return BillingState(
            self.billing,
            self.account,
            self.made.get(period or ""),
            {day: self.worth[day] for day in wanted if day in self.worth},
            {day: self.rated[day] for day in wanted if day in self.rated},
        )

    def commit(self, change: BillingChange) -> BillingState:
        """Write a step, if nothing changed since it was read."""
        assert change.billing is not None
        if change.billing.version != (self.billing.version if self.billing else 0):
            raise StaleRecord("changed")
        if change.invoice is not None and change.invoice.period in self.made:
            raise StaleRecord("made before")
        self.billing = replace(change.billing, version=change.billing.version + 1)
        if change.invoice is not None:
            self.made[change.invoice.period] = change.invoice
        for fee in change.fees:
            self.first_fees.setdefault(fee.day, fee)
            self.rated[fee.day] = fee
        self.entries += change.entries
        return BillingState(self.billing, None, change.invoice)

    def invoice_of(self, invoice_id: str) -> tuple[str, str] | None:
        """Return owner and month of an invoice."""
        return next(
            ((invoice.owner, invoice.period) for invoice in self.made.values() if invoice.invoice_id == invoice_id),
            None,
        )

    def attempt_of(self, payment_id: str) -> tuple[str, str] | None:
        """Return nothing: nobody pays here."""
        del payment_id

    def invoices(self, owner: str, *, status: InvoiceStatus | None, after: str | None, limit: int) -> InvoicePage:
        """Return all invoices, newest first."""
        del owner, status, after, limit
        return InvoicePage(tuple(self.made[period] for period in sorted(self.made, reverse=True)), None)

    def attempts(self, owner: str, *, after: str | None, limit: int) -> AttemptPage:
        """Return nothing: nobody pays here."""
        del owner, after, limit
        return AttemptPage((), None)

    def fees(self, owner: str, period: str) -> tuple[DayFee, ...]:
        """Return the days of a month."""
        del owner
        return tuple(self.rated[day] for day in sorted(self.rated) if period_of(day) == period)

    def owner_of_customer(self, customer_id: str) -> str | None:
        """Return nothing: nobody has a card here."""
        del customer_id
