"""Back-tests in DynamoDB: a partition per person.

pk     sk
ada    allowance                                   how many were asked for today, and the latest
ada    backtest#019c2b0e4f6a3d2f8a61c05be7f0a9d3   one back-test; ids sort by their moment
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from trading.backtest.jobs.models import Allowance, Backtest
from trading.platform.clock import SystemClock
from trading.platform.documents import dump, load
from trading.platform.errors import StaleRecord
from trading.platform.expiry import EVENTS_KEPT_FOR, expiry
from trading.platform.inbox import put_receipt
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.pages import Page, page_of
from trading.platform.receipts import Receipt
from trading.platform.tables import TableMeta, Transaction, table_name

ALLOWANCE, PREFIX = "allowance", "backtest#"
_LAST = "~"


class BacktestRow(Model):
    """A back-test, or a person's allowance. `done` of `total` lie beside the document, as they change often."""

    class Meta(TableMeta):
        table_name = table_name("backtests")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    done = NumberAttribute(null=True)
    total = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class DynamoBacktestStore:
    """The records of back-tests, by their owner."""

    def find(self, owner: str, backtest_id: str) -> Backtest | None:
        """Return a back-test, strongly consistent, or None if it is absent or its time is over. One request."""
        try:
            row = BacktestRow.get(owner, f"{PREFIX}{backtest_id}", consistent_read=True)
        except BacktestRow.DoesNotExist:
            return None
        return None if _is_over(row) else _backtest(row)

    def page(self, owner: str, *, after: str | None, limit: int) -> Page[Backtest]:
        """Return a page of a person's back-tests, newest first. One request."""
        bounds = BacktestRow.sk.between(PREFIX, f"{PREFIX}{after or _LAST}")
        rows = BacktestRow.query(owner, bounds, scan_index_forward=False, consistent_read=True, limit=limit + 2)
        found = ((_id_of(row), _backtest(row)) for row in rows if _id_of(row) != after and not _is_over(row))
        return page_of(found, limit=limit, budget=limit)

    def allowance(self, owner: str) -> Allowance:
        """Return what a person asked for today. One request."""
        try:
            row = BacktestRow.get(owner, ALLOWANCE, consistent_read=True)
        except BacktestRow.DoesNotExist:
            return Allowance(owner)
        return load(Allowance, str(row.document))

    def add(self, backtest: Backtest, allowance: Allowance, receipt: Receipt, event: OutboxEvent) -> None:
        """Write a new back-test with its owner's allowance, the receipt of its key, and its event, all or nothing.

        Raises:
            StaleRecord: if the allowance changed meanwhile, or the key was used.
        """
        transaction = Transaction()
        transaction.put(_row(backtest), BacktestRow.pk.does_not_exist())
        known = BacktestRow(allowance.owner, ALLOWANCE, document=dump(allowance), version=allowance.version)
        known.expires_at = expiry(EVENTS_KEPT_FOR)
        before = allowance.version - 1
        transaction.put(known, BacktestRow.version == before if before else BacktestRow.pk.does_not_exist())
        put_receipt(transaction, receipt)
        put_event(transaction, event)
        transaction.commit()

    def save(self, backtest: Backtest) -> Backtest:
        """Write the next version of a back-test and return it.

        Raises:
            StaleRecord: if it is another one's by now, or gone.
        """
        written = backtest.next_version
        transaction = Transaction()
        transaction.put(_row(written), BacktestRow.version == backtest.version)
        transaction.commit()
        return written

    def note_progress(self, backtest: Backtest, done: int, total: int) -> None:
        """Write how far a back-test is. One request.

        Raises:
            StaleRecord: if it is another one's by now, or gone.
        """
        actions: list[Action] = [BacktestRow.done.set(done), BacktestRow.total.set(total)]
        try:
            _key(backtest).update(actions=actions, condition=BacktestRow.version == backtest.version)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise StaleRecord("The back-test changed meanwhile.") from error
            raise

    def remove(self, backtest: Backtest) -> None:
        """Delete a back-test.

        Raises:
            StaleRecord: if it changed meanwhile.
        """
        transaction = Transaction()
        transaction.delete(_key(backtest), BacktestRow.version == backtest.version)
        transaction.commit()


def _key(backtest: Backtest) -> BacktestRow:
    return BacktestRow(backtest.owner, f"{PREFIX}{backtest.backtest_id}")


def _row(backtest: Backtest) -> BacktestRow:
    row = _key(backtest)
    row.document, row.version, row.expires_at = dump(backtest), backtest.version, backtest.expires_at
    row.done, row.total = backtest.done, backtest.total
    return row


def _backtest(row: BacktestRow) -> Backtest:
    return load(Backtest, str(row.document)).at(int(row.done or 0), int(row.total or 0))


def _id_of(row: BacktestRow) -> str:
    return str(row.sk).removeprefix(PREFIX)


def _is_over(row: BacktestRow) -> bool:
    return row.expires_at is not None and int(row.expires_at) <= SystemClock().now().timestamp()
