"""What comes without being asked for: Plaid's webhooks, and the hour's balances."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.catalogue import FUNCTIONS
from tests.support.calls import handler_of
from tests.support.rights import only_granted
from tests.support.world import World

ROW = next(function for function in FUNCTIONS if function.name == "receive_plaid_webhook")
LOGIN = {"webhook_type": "ITEM", "webhook_code": "ERROR", "error": {"error_code": "ITEM_LOGIN_REQUIRED"}}


def sent(world: World, raw: bytes, header: str | None, **changes: Any) -> tuple[int, Any]:
    """Send a webhook as API Gateway hands it over."""
    headers = {"content-type": "application/json"} | ({"plaid-verification": header} if header is not None else {})
    event = {
        "version": "2.0",
        "routeKey": "POST /webhooks/plaid",
        "rawPath": "/webhooks/plaid",
        "rawQueryString": "",
        "headers": headers | changes.pop("headers", {}),
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/plaid"},
            "stage": "$default",
            "requestId": "request-1",
        },
        "body": raw.decode(errors="surrogateescape"),
        "isBase64Encoded": False,
    } | changes
    with only_granted(ROW):
        answer = handler_of("receive_plaid_webhook").lambda_handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def report(world: World, **changes: Any) -> tuple[int, Any]:
    raw = json.dumps({**LOGIN, **changes}).encode()
    return sent(world, raw, world.signer.header(raw))


def item_id(world: World) -> str:
    return next(iter(world.plaid.items))


def is_flagged(world: World) -> bool:
    return bool(world.call("list_funding_accounts").body["items"][0]["needs_reauth"])


def test_a_webhook_flags_and_repairs_a_link_however_often_it_comes(world: World) -> None:
    world.onboard()

    assert [report(world, item_id=item_id(world)) for _ in range(3)] == [(200, {"count": 1})] * 3
    assert is_flagged(world)
    for _ in range(2):
        assert report(world, item_id=item_id(world), webhook_code="LOGIN_REPAIRED", error=None) == (200, {"count": 1})
    assert not is_flagged(world)


def test_a_webhook_about_no_item_of_ours_counts_nothing(world: World) -> None:
    for item in ("item-of-nobody", None, 7, ""):
        assert report(world, item_id=item) == (200, {"count": 0})


def test_the_very_bytes_are_verified_whatever_way_they_come(world: World) -> None:
    world.onboard()
    text = json.dumps({**LOGIN, "item_id": item_id(world), "note": "Zürich — ☕"}, ensure_ascii=False, indent=3)
    raw = (text + "\n").encode()

    assert sent(world, raw, world.signer.header(raw)) == (200, {"count": 1})
    wrapped = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    assert sent(world, raw, world.signer.header(raw), **wrapped) == (200, {"count": 1})


def test_a_webhook_that_cannot_be_verified_changes_nothing(world: World) -> None:
    world.onboard()
    raw = json.dumps({**LOGIN, "item_id": item_id(world)}).encode()
    signed = world.signer.header(raw)
    forged = signed[:-6] + ("AAAAAA" if not signed.endswith("AAAAAA") else "BBBBBB")

    for header in (None, "", "nonsense", forged, world.signer.header(raw + b" "), "é", "x" * 10_000):
        assert sent(world, raw, header)[0] == 400
    assert sent(world, raw + b" ", signed)[0] == 400
    assert not is_flagged(world)


def test_a_signed_body_that_is_no_object_is_refused(world: World) -> None:
    for raw in (b"", b"null", b"[]", b"{", b"text", b'"ITEM"', b"[" * 5000):
        assert sent(world, raw, world.signer.header(raw))[0] == 400


def test_a_body_that_says_it_is_no_json_is_refused(world: World) -> None:
    raw = json.dumps(LOGIN).encode()

    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert sent(world, raw, world.signer.header(raw), headers={"content-type": content_type})[0] == 400


def test_balances_are_kept_by_the_hour_for_everybody(world: World) -> None:
    for uid in ("ada", "bert"):
        world.onboard(uid)
    for item in world.plaid.items.values():
        world.plaid.set_balance(item.accounts[0].account_id, 42)

    run = world.fire("refresh_balances")
    world.work_off()

    assert run == {"status": "done", "sent": 2}
    for uid in ("ada", "bert"):
        assert world.call("list_funding_accounts", uid).body["items"][0]["balance_cents"] == 42
    assert world.failures == []


def test_a_bank_that_is_locked_holds_nobody_up(world: World) -> None:
    for uid in ("ada", "bert"):
        world.onboard(uid)
    locked, other = world.plaid.items.values()
    locked.needs_login = True
    world.plaid.set_balance(other.accounts[0].account_id, 42)

    world.fire("refresh_balances")
    world.work_off()

    assert is_flagged(world)
    assert world.call("list_funding_accounts", "bert").body["items"][0]["balance_cents"] == 42
    assert world.failures == []


HOURS = [
    (datetime(2013, 2, 19, 14, 0, tzinfo=UTC), "not_due"),  # 9:00 in New York
    (datetime(2013, 2, 19, 15, 0, tzinfo=UTC), "done"),
    (datetime(2013, 2, 19, 21, 0, tzinfo=UTC), "done"),  # the close
    (datetime(2013, 2, 19, 22, 0, tzinfo=UTC), "not_due"),
    (datetime(2013, 2, 18, 15, 0, tzinfo=UTC), "not_due"),  # Washington's Birthday
    (datetime(2013, 2, 16, 15, 0, tzinfo=UTC), "not_due"),  # a Saturday
    (datetime(2012, 11, 23, 19, 0, tzinfo=UTC), "not_due"),  # after a half day
]


def test_banks_are_asked_in_market_hours_alone(world: World) -> None:
    for moment, status in HOURS:
        world.now = moment
        assert world.fire("refresh_balances")["status"] == status


@pytest.mark.parametrize(
    "text",
    [
        r'{"webhook_type": "ITEM", "webhook_code": "ERROR", "item_id": "\ud800"}',
        r'{"webhook_type": "ITEM", "webhook_code": "\udfff", "item_id": "item-1"}',
        r'{"webhook_type": "ITEM", "item_id": "a\u0000b"}',
        '{"webhook_type": "ITEM", "webhook_type": "ITEM", "item_id": "item-1"}',
        '{"webhook_type": "ITEM", "item_id": NaN}',
        '{"webhook_type": ' + "[" * 60 + "]" * 60 + "}",
        '{"webhook_type": ' + "[" * 50_000,
    ],
)
def test_a_signed_body_that_no_table_could_hold_is_a_bad_request(world: World, text: str) -> None:
    world.onboard()

    status, answer = sent(world, text.encode(), world.signer.header(text.encode()))

    assert (status, answer["code"]) == (400, "invalid_request")


def test_half_a_character_from_the_gateway_itself_is_a_bad_request(world: World) -> None:
    raw = b'{"webhook_type": "ITEM", "item_id": "x"}'

    status, _ = sent(world, raw, world.signer.header(raw), body='{"webhook_type": "ITEM", "item_id": "\ud800"}')

    assert status == 400
