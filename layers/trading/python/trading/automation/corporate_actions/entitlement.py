"""Entitlement: how many shares were held at the close before an ex-date. No I/O but the journal's."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from trading.automation.corporate_actions.ports import Journal
from trading.automation.portfolios.models import Portfolio
from trading.ledger.models import Entry

PAGE = 100


def load_entitled_quantity(portfolio: Portfolio, symbol: str, start: datetime, journal: Journal) -> Decimal:
    """Return the shares of a symbol that were held before a moment; what was sold later still counts."""
    holding = portfolio.holdings.get(symbol)
    since = sum(
        (entry.share_changes.get(symbol, Decimal(0)) for entry in _load_since(portfolio, start, journal)), Decimal(0)
    )
    return max(Decimal(0), (holding.quantity if holding else Decimal(0)) - since)


def _load_since(portfolio: Portfolio, start: datetime, journal: Journal) -> Iterator[Entry]:
    before = portfolio.journal_seq + 1
    while before > 1:
        entries = journal.page(portfolio.key.text, before=before, limit=PAGE)
        for entry in entries:
            if entry.at < start:
                return
            yield entry
        if len(entries) < PAGE:
            return
        before = entries[-1].seq
