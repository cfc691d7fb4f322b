"""The ledger against the records, over everybody: what each account holds, and that no entry is missing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from pynamodb.expressions.condition import Condition

from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.rows import RECORD, Row
from trading.billing.invoices.models import Invoice
from trading.billing.models import BillingAccount
from trading.billing.store import BILLING, INVOICE
from trading.funding.accounts.models import OWNERS_SIDE, TradingAccount
from trading.ledger.models import Entry, LedgerAccount
from trading.ledger.service import Opening, follows, totals
from trading.ledger.store import EntryRow, read_entry
from trading.managed.versions.models import Version
from trading.platform.documents import load
from trading.platform.people import ACCOUNT, PersonRow


def check() -> dict[str, Any]:
    """Return whether every record is what its book says, the sum of each account, and every difference."""
    journals: dict[str, list[Entry]] = defaultdict(list)
    for row in EntryRow.scan(consistent_read=True):
        entry = read_entry(row)
        journals[entry.journal].append(entry)
    accounts = list(_accounts())
    portfolios = [load(Portfolio, row.document) for row in Row.scan(Row.sk == RECORD, consistent_read=True)]
    differences = [
        difference for portfolio in portfolios for difference in _differences(portfolio, journals[portfolio.key.text])
    ]
    differences += [
        difference for account in accounts for difference in _account_differences(account, journals[account.journal])
    ]
    reserved, owed = _reserved_by_versions(), _owed_by_invoices()
    differences += [difference for account in accounts for difference in _holdings_differences(account, reserved)]
    bills = [load(BillingAccount, row.document) for row in _rows(PersonRow.sk == BILLING)]
    differences += [
        difference for bill in bills for difference in _bill_differences(bill, journals[bill.journal], owed)
    ]
    known = {portfolio.key.text for portfolio in portfolios} | {account.journal for account in accounts}
    known |= {bill.journal for bill in bills}
    differences += [{"journal": journal, "what": "no record"} for journal in journals if journal not in known]
    sums = totals(entry for journal in journals.values() for entry in journal)
    return {
        "balanced": sum(sums.values()) == 0 and not differences,
        "accounts": {account.value: cents for account, cents in sums.items()},
        "differences": differences,
    }


def _differences(portfolio: Portfolio, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    journal = sorted(entries, key=lambda entry: entry.seq)
    sums = totals(journal)
    recorded: dict[str, Any] = {
        "cash": portfolio.cash_cents,
        "capital": -portfolio.contributed_cents,
        "holdings": sum(holding.cost_cents for holding in portfolio.holdings.values()),
        # What was realised is after commissions, which have an account of their own.
        "gains": -portfolio.realised_cents - sums[LedgerAccount.COMMISSION],
        "receivables": sum(claim.booked_cents for claim in portfolio.claims.values()),
    }
    for name, cents in recorded.items():
        if sums[LedgerAccount(name)] != cents:
            yield {"journal": portfolio.key.text, "what": name, "record": cents, "ledger": sums[LedgerAccount(name)]}
    if not follows(Opening(0, 0), journal, portfolio.cash_cents):
        yield {"journal": portfolio.key.text, "what": "sequence"}
    quantities = {symbol: holding.quantity for symbol, holding in portfolio.holdings.items()}
    if quantities != _quantities(journal):
        yield {"journal": portfolio.key.text, "what": "quantities"}


def _rows(condition: Condition) -> Iterator[Any]:
    yield from PersonRow.scan(condition, consistent_read=True)


def _accounts() -> Iterator[TradingAccount]:
    for row in _rows(PersonRow.sk == ACCOUNT):
        yield load(TradingAccount, row.document)


def _reserved_by_versions() -> Counter[str]:
    """Return the cash that versions hold, by owner."""
    sums: Counter[str] = Counter()
    for row in _rows(PersonRow.sk.startswith("version#")):
        version = load(Version, row.document)
        sums[version.owner] += version.reserved_cents
    return sums


def _owed_by_invoices() -> Counter[str]:
    """Return what is owed on invoices, by owner."""
    sums: Counter[str] = Counter()
    for row in _rows(PersonRow.sk.startswith(INVOICE)):
        invoice = load(Invoice, row.document)
        sums[invoice.owner] += invoice.owed_cents
    return sums


def _holdings_differences(account: TradingAccount, reserved: Counter[str]) -> Iterator[dict[str, Any]]:
    held = account.balance(LedgerAccount.BUYS_RESERVED)
    if held != reserved[account.owner]:
        yield {"journal": account.journal, "what": "buys reserved", "record": reserved[account.owner], "ledger": held}


def _bill_differences(bill: BillingAccount, entries: Iterable[Entry], owed: Counter[str]) -> Iterator[dict[str, Any]]:
    journal = sorted(entries, key=lambda entry: entry.seq)
    receivable, credits = totals(journal)[LedgerAccount.FEES_RECEIVABLE], totals(journal)[LedgerAccount.CREDITS]
    carried = sum(line.cents for line in bill.carried if line.payment_id is not None)
    if credits != carried:
        yield {"journal": bill.journal, "what": "credits", "record": int(carried), "ledger": credits}
    if not receivable == bill.receivable_cents == owed[bill.owner]:
        yield {"journal": bill.journal, "what": "fees receivable", "record": owed[bill.owner], "ledger": receivable}
    if not follows(Opening(0, 0), journal, 0):
        yield {"journal": bill.journal, "what": "sequence"}


def _account_differences(account: TradingAccount, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    journal = sorted(entries, key=lambda entry: entry.seq)
    sums = totals(journal)
    for name in OWNERS_SIDE:
        if sums[name] != account.balance(name):
            yield {
                "journal": account.journal,
                "what": name.value,
                "record": account.balance(name),
                "ledger": sums[name],
            }
    if not follows(Opening(0, 0), journal, account.cash_cents):
        yield {"journal": account.journal, "what": "sequence"}
    on_the_way = sum(cents.cents for cents in account.in_flight.values())
    asked = sum(
        sums[name]
        for name in (LedgerAccount.BANK_IN_TRANSIT, LedgerAccount.CASH_HELD, LedgerAccount.WITHDRAWALS_RESERVED)
    )
    if on_the_way != asked:
        yield {"journal": account.journal, "what": "in flight", "record": on_the_way, "ledger": asked}


def _quantities(entries: Iterable[Entry]) -> dict[str, Decimal]:
    held: dict[str, Decimal] = defaultdict(Decimal)
    for entry in entries:
        for symbol, change in entry.share_changes.items():
            held[symbol] += change
    return {symbol: quantity for symbol, quantity in held.items() if quantity}
