"""Proofs over journal entries."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from trading.ledger.models import Entry, LedgerAccount


@dataclass(frozen=True)
class Opening:
    """Where a stretch of a journal begins: the last sequence number before it, and the cash then."""

    seq: int
    cash_cents: int


def follows(opening: Opening, entries: Iterable[Entry], cash_cents: int) -> bool:
    """Say whether entries lead from an opening to a cash balance without gap, jump or difference.

    Each entry must have the next number and carry the balance that its cash lines give.
    """
    seq, cash = opening.seq, opening.cash_cents
    for entry in entries:
        seq += 1
        cash += entry.on(LedgerAccount.CASH)
        if entry.seq != seq or entry.balance_cents != cash:
            return False
    return cash == cash_cents


def totals(entries: Iterable[Entry]) -> dict[LedgerAccount, int]:
    """Return the sum of each account over entries, in cents."""
    sums: Counter[LedgerAccount] = Counter()
    for entry in entries:
        for line in entry.lines:
            sums[line.account] += line.cents
    return {account: sums[account] for account in LedgerAccount}
