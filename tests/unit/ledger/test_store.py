"""The journal: an entry that is written stays as it is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from trading.ledger.models import Entry, Kind, LedgerAccount, Line
from trading.ledger.store import DynamoJournal, post
from trading.platform.tables import ConditionFailed, Transaction

pytestmark = pytest.mark.usefixtures("aws")

ENTRY = Entry(
    journal="account#of-a-journal-test",
    seq=1,
    entry_id="entry-1",
    kind=Kind.TRANSFER,
    at=datetime(2013, 2, 19, 15, tzinfo=UTC),
    lines=(Line(LedgerAccount.CASH, 500), Line(LedgerAccount.BANK, -500)),
    balance_cents=500,
)


def write(entry: Entry) -> None:
    transaction = Transaction()
    post(transaction, entry)
    transaction.commit()


def test_an_entry_is_never_overwritten() -> None:
    write(ENTRY)
    other = replace(ENTRY, lines=(Line(LedgerAccount.CASH, 900), Line(LedgerAccount.BANK, -900)), balance_cents=900)

    for entry in (other, ENTRY):
        with pytest.raises(ConditionFailed) as refused:
            write(entry)
        assert refused.value.labels == {"entry"}

    assert DynamoJournal().since(ENTRY.journal, 0) == (ENTRY,)
