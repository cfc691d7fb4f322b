from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError

from trading.platform import tables
from trading.platform.inbox import InboxRow
from trading.platform.tables import CONFLICT_ATTEMPTS, MAX_ITEMS, ConditionFailed, DecimalAttribute, Transaction

pytestmark = pytest.mark.usefixtures("aws")


def row(number: int, status: str = "new") -> InboxRow:
    return InboxRow(f"row#{number}", status=status)


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a switch that has the database refuse the next transactions; each call lists the tokens that it saw."""
    monkeypatch.setattr(tables, "CONFLICT_BACKOFF_SECONDS", 0)

    def refuse(*codes: str, error: str = "TransactionCanceledException") -> list[str]:
        waiting, tokens = list(codes), []

        def hook(params: dict[str, Any], **_: object) -> tuple[object, dict[str, Any]] | None:
            tokens.append(params["body"]["ClientRequestToken"])
            if not waiting:
                return None
            reasons = [{"Code": waiting.pop(0)}]
            answer = {"Error": {"Code": error, "Message": "refused"}, "CancellationReasons": reasons}
            return SimpleNamespace(status_code=400), answer

        client = tables._connection().client
        client.meta.events.register("before-call.dynamodb.TransactWriteItems", hook)
        return tokens

    return refuse


def test_everything_is_written_or_nothing_and_the_failed_conditions_are_named() -> None:
    row(1).save()
    transaction = Transaction()
    transaction.put(row(2))
    transaction.put(row(1), InboxRow.pk.does_not_exist(), label="first")
    transaction.delete(row(3), InboxRow.pk.exists(), label="third")

    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()

    assert caught.value.labels == {"first", "third"}
    assert [row.pk for row in InboxRow.scan()] == ["row#1"]


def test_writes_happen_together() -> None:
    row(1).save()
    transaction = Transaction()
    transaction.delete(row(1), InboxRow.status == "new")
    transaction.put(row(2), InboxRow.pk.does_not_exist())

    transaction.commit()

    assert [row.pk for row in InboxRow.scan()] == ["row#2"]


@pytest.mark.parametrize("error", ["TransactionCanceledException", "TransactionInProgressException"])
def test_a_conflict_is_waited_out_under_the_same_token(refusals: Callable[..., list[str]], error: str) -> None:
    tokens = refusals("TransactionConflict", "TransactionConflict", error=error)
    transaction = Transaction()
    transaction.put(row(1))

    transaction.commit()

    assert len(tokens) == 3
    assert len(set(tokens)) == 1
    assert tokens[0]
    assert InboxRow.get("row#1").status == "new"


def test_an_endless_conflict_is_a_stale_record(refusals: Callable[..., list[str]]) -> None:
    tokens = refusals(*["TransactionConflict"] * 99)
    transaction = Transaction()
    transaction.put(row(1))

    with pytest.raises(ConditionFailed) as caught:
        transaction.commit()

    assert len(tokens) == CONFLICT_ATTEMPTS
    assert caught.value.labels == frozenset()


def test_another_refusal_is_not_tried_again(refusals: Callable[..., list[str]]) -> None:
    tokens = refusals("ValidationError")
    transaction = Transaction()
    transaction.put(row(1))

    with pytest.raises(TransactWriteError):
        transaction.commit()

    assert len(tokens) == 1


def test_two_transactions_have_two_tokens(refusals: Callable[..., list[str]]) -> None:
    tokens = refusals()
    for number in range(2):
        transaction = Transaction()
        transaction.put(row(number))
        transaction.commit()

    assert len(set(tokens)) == 2


def test_a_transaction_has_room_for_a_hundred_items() -> None:
    transaction = Transaction()
    for number in range(MAX_ITEMS + 1):
        transaction.put(row(number))

    assert len(transaction) == 101
    with pytest.raises(ValueError, match="101"):
        transaction.commit()


@pytest.mark.parametrize("text", ["0", "0.0001", "1E+10", "-8999.46", "1E-7", "1234567890.1234"])
def test_numbers_are_kept_exactly(text: str) -> None:
    attribute = DecimalAttribute()

    assert attribute.deserialize(attribute.serialize(Decimal(text))) == Decimal(text)
    assert "E" not in attribute.serialize(Decimal(text))


def test_no_request_outlives_the_function_that_makes_it() -> None:
    for model in (InboxRow,):
        assert model.Meta.connect_timeout_seconds + model.Meta.read_timeout_seconds < 10
