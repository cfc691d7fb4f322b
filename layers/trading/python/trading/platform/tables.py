"""DynamoDB through pynamodb: where tables lie, how long a request may take, and one transaction.

pynamodb would wait 15 s to connect and 30 s to read, longer than an API call may live, and it gives
up on a transaction that merely met another one. Both are set right here, once.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.constants import NUMBER
from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from trading.platform.aws import CONNECT_TIMEOUT_SECONDS, MAX_ATTEMPTS, READ_TIMEOUT_SECONDS
from trading.platform.errors import StaleRecord
from trading.platform.ids import new_id
from trading.platform.settings import settings

MAX_ITEMS = 100
CONFLICT_ATTEMPTS = 6
CONFLICT_BACKOFF_SECONDS = 0.05

M = TypeVar("M", bound=Model)


def table_name(name: str) -> str:
    """Return a table's name in this stage; without a stage, the catalogue's own."""
    return settings().table(name)


class TableMeta:
    """What every record class of ours declares to pynamodb; subclasses add `table_name`."""

    region = settings().region
    connect_timeout_seconds = CONNECT_TIMEOUT_SECONDS
    read_timeout_seconds = READ_TIMEOUT_SECONDS
    max_retry_attempts = MAX_ATTEMPTS


class DecimalAttribute(Attribute[Decimal]):
    """A number kept exactly: pynamodb's own would make it a float."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        """Return the number as DynamoDB's text, without an exponent."""
        return format(value, "f")

    def deserialize(self, value: str) -> Decimal:
        """Return DynamoDB's text as a number."""
        return Decimal(value)


class ConditionFailed(StaleRecord):
    """Raised when conditions of a transaction did not hold; `labels` names the writes concerned."""

    def __init__(self, labels: frozenset[str]) -> None:
        super().__init__("The record changed meanwhile; please try again.")
        self.labels = labels


@dataclass
class Transaction:
    """Writes that happen together or not at all: at most 100, one to an item."""

    _deletes: list[tuple[str, Model, Condition | None]] = field(default_factory=list)
    _puts: list[tuple[str, Model, Condition | None]] = field(default_factory=list)
    _checks: list[tuple[str, type[Model], tuple[str, str], Condition]] = field(default_factory=list)

    def put(self, record: Model, condition: Condition | None = None, *, label: str = "") -> None:
        """Add the writing of a whole record."""
        self._puts.append((label, record, condition))

    def delete(self, record: Model, condition: Condition | None = None, *, label: str = "") -> None:
        """Add the deletion of a record."""
        self._deletes.append((label, record, condition))

    def check(self, record: type[Model], key: tuple[str, str], condition: Condition, *, label: str = "") -> None:
        """Add a condition on a record that the transaction does not write; `key` is its hash and range key."""
        self._checks.append((label, record, key, condition))

    def __len__(self) -> int:
        """Return how many items the transaction concerns."""
        return len(self._puts) + len(self._deletes) + len(self._checks)

    def commit(self) -> None:
        """Write everything, in one request unless another transaction is in the way.

        Conflicts with other transactions are waited out with jitter, under the same token, so that a
        lost answer cannot write twice.

        Raises:
            ConditionFailed: if a condition did not hold; nothing is written.
        """
        if len(self) > MAX_ITEMS:
            raise ValueError(f"{len(self)} items do not fit into one transaction")
        token = new_id()
        for attempt in range(1, CONFLICT_ATTEMPTS + 1):
            try:
                self._send(token)
            except TransactWriteError as error:
                self._judge(error.cancellation_reasons, error, is_last=attempt == CONFLICT_ATTEMPTS)
                _wait(attempt)
            else:
                return

    def _send(self, token: str) -> None:
        with TransactWrite(connection=_connection(), client_request_token=token) as transaction:
            for _, model, key, required in self._checks:
                transaction.condition_check(model, key[0], key[1], condition=required)
            for _, record, condition in self._deletes:
                transaction.delete(record, condition=condition)
            for _, record, condition in self._puts:
                transaction.save(record, condition=condition)

    def _judge(self, reasons: list[CancellationReason | None], error: TransactWriteError, *, is_last: bool) -> None:
        codes = [reason.code if reason else "None" for reason in reasons]
        labels = [str(request[0]) for request in (*self._checks, *self._deletes, *self._puts)]
        failed = [label for label, code in zip(labels, codes, strict=False) if code == "ConditionalCheckFailed"]
        if failed:
            raise ConditionFailed(frozenset(failed)) from error
        if "TransactionConflict" not in codes and error.cause_response_code != "TransactionInProgressException":
            raise error
        if is_last:
            raise ConditionFailed(frozenset()) from error


def forget_connections() -> None:
    """Drop the process's connection, so that the next transaction opens a new one."""
    _connection.cache_clear()


@cache
def _connection() -> Connection:
    return Connection(
        region=settings().region,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        max_retry_attempts=MAX_ATTEMPTS,
    )


def _wait(attempt: int, sleep: Callable[[float], Any] = time.sleep) -> None:
    sleep(random.uniform(0, CONFLICT_BACKOFF_SECONDS * 2**attempt))  # noqa: S311 - jitter is no secret
