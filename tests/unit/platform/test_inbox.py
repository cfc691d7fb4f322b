import pytest

from tests.support.direct_dynamodb import go_over_the_wire
from trading.platform.clock import SystemClock
from trading.platform.inbox import (
    KEPT_FOR,
    DynamoReceipts,
    InboxRow,
    claim_event,
    put_event_once,
    put_receipt,
)
from trading.platform.outbox import OutboxRow
from trading.platform.receipts import Receipt
from trading.platform.tables import ConditionFailed, Transaction

pytestmark = pytest.mark.usefixtures("aws")


def effect(transaction: Transaction) -> Transaction:
    transaction.put(OutboxRow("effect", body="{}", created_at="now", queues="domain-events"))
    return transaction


def test_an_event_is_claimed_once() -> None:
    assert claim_event("1")
    assert not claim_event("1")
    assert claim_event("2")


def test_a_claim_holds_though_its_answer_got_lost_and_it_was_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    go_over_the_wire(monkeypatch)
    client = InboxRow._get_connection().connection.client
    answers: list[int] = []

    def lose_the_first_answer(response: object, **_: object) -> float | None:
        answers.append(1 if response else 0)
        return 0.0 if len(answers) == 1 else None

    client.meta.events.register_first("needs-retry.dynamodb.PutItem", lose_the_first_answer)
    claimed = claim_event("1")
    client.meta.events.unregister("needs-retry.dynamodb.PutItem", lose_the_first_answer)

    assert len(answers) == 2
    assert claimed
    assert not claim_event("1")


def test_an_event_and_its_effect_are_written_together_and_once() -> None:
    first, second = effect(Transaction()), Transaction()
    put_event_once(first, "1")
    put_event_once(second, "1")
    first.commit()
    OutboxRow("effect").delete()
    effect(second)

    with pytest.raises(ConditionFailed) as caught:
        second.commit()

    assert caught.value.labels == {"inbox"}
    assert list(OutboxRow.scan()) == []


def test_events_are_remembered_for_longer_than_messages_live() -> None:
    claim_event("1")

    kept = InboxRow.get("event#1").expires_at - SystemClock().now().timestamp()

    assert 18 * 24 * 3600 < kept <= KEPT_FOR.total_seconds()


def test_a_receipt_is_found_again_and_never_written_over() -> None:
    receipt = Receipt("id", "digest", "portfolio#1")
    transaction, rival = Transaction(), Transaction()
    put_receipt(transaction, receipt)
    put_receipt(rival, Receipt("id", "other", "portfolio#2"))
    transaction.commit()

    with pytest.raises(ConditionFailed) as caught:
        rival.commit()

    assert caught.value.labels == {"receipt"}
    assert DynamoReceipts().find("id") == receipt
    assert DynamoReceipts().find("none") is None
    assert InboxRow.get("receipt#id").expires_at is None
