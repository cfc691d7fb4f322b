from typing import Any

import pytest

from trading.platform.errors import KeyReused
from trading.platform.receipts import RequestKey

BODY = {"type": "DEPOSIT", "amount": "5.00"}


def key(**changes: Any) -> RequestKey:
    parts: dict[str, Any] = {"caller": "ada", "operation": "deposit", "key": "k" * 16, "request": BODY} | changes
    return RequestKey.of(**parts)


def test_the_same_request_finds_its_receipt() -> None:
    replay = key(request=dict(reversed(BODY.items())))

    assert replay.receipt_id == key().receipt_id
    assert replay.matches(key().receipt("entry-1"))


@pytest.mark.parametrize("change", [{"caller": "bob"}, {"operation": "withdraw"}, {"key": "l" * 16}])
def test_a_key_belongs_to_its_caller_and_operation(change: dict[str, str]) -> None:
    assert key(**change).receipt_id != key().receipt_id


def test_parts_cannot_be_shifted_into_each_other() -> None:
    assert key(caller="ad", operation="adeposit").receipt_id != key().receipt_id


@pytest.mark.parametrize("request_body", [{**BODY, "amount": "5.01"}, {**BODY, "note": ""}, {}])
def test_another_request_under_the_same_key_is_refused(request_body: dict[str, str]) -> None:
    with pytest.raises(KeyReused):
        key(request=request_body).matches(key().receipt("entry-1"))
