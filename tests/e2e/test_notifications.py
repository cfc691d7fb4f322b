"""Notifications and history as people meet them: the deployed template over HTTP, devices simulated."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import Person

pytestmark = pytest.mark.e2e

PAGES = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring up a sandbox in which somebody with two devices has lived through everything there is."""
    with running_sandbox(tmp_path_factory.mktemp("notifications"), start="2013-01-22T15:00:00Z") as client:
        ada = Person(client, "ada")
        for device in ("phone", "tablet"):
            ada.call("PUT", f"devices/{device}", {"fcm_token": f"token-of-{device}", "platform": "ios"})
        ada.call("PUT", "notification-preferences", {"classes": {"prices": True}})
        bank = ada.onboard()
        ada.move("deposits", 4_000_000, bank["funding_account_id"], key="the-deposit-of-ada")
        portfolio = ada.call("POST", "portfolios", {"name": "day", "exchange": 2, "is_automated": True})
        session = ada.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
        client.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": "ok"})
        client.travel("2013-01-28T16:00:00Z")
        ada.call("POST", "collections/big-tech/reconfigure", {"absolute_amount_delta_cents": 100_000}, key="b" * 16)
        ada.wait(3600)
        ada.move("withdrawals", 50_000, bank["funding_account_id"], key="the-withdrawal-of-ada")
        client.travel("2013-01-30T22:00:00Z")
        ada.call("PATCH", f"portfolios/{portfolio['id']}", {"is_automated": False})  # it has traded for six days
        client.travel("2013-02-08T16:00:00Z")
        yield client


def notifications(person: Person, **query: str) -> list[dict[str, Any]]:
    token = person.sandbox.token(person.uid)
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.sandbox.api("GET", "notifications", token=token, limit="7", **query, **cursor).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def test_everything_that_happened_is_notified_once(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")

    types = [notification["type"] for notification in notifications(ada)]

    for name in ("deposit_succeeded", "withdrawal_succeeded", "order_executed", "commission_charged"):
        assert types.count(name) == 1, (name, types)
    assert types.count("session_summary") >= 5
    assert ada.call("GET", "notifications/unread-count")["count"] == len(types)


def test_pushes_say_what_the_centre_says(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")

    pushes = sandbox.control("GET", "firebase/messages")["items"]

    by_id = {notification["notification_id"]: notification for notification in notifications(ada)}
    assert len(pushes) == 2 * len(by_id)
    for push in pushes:
        notification = by_id[push["data"]["notification_id"]]
        assert (push["title"], push["body"], push["data"]) == (
            notification["title"],
            notification["text"],
            notification["data"],
        )
    refs = [ref for push in sandbox.control("GET", "effects")["pushes"] for ref in push["refs"]]
    assert set(refs) == set(by_id)


def test_marking_is_for_ones_own_and_idempotent(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")
    everything = notifications(ada)
    ids = [notification["notification_id"] for notification in everything]

    Person(sandbox, "mallory").call("POST", "notifications/read", {"ids": ids[:5]})
    for _ in range(2):
        ada.call("POST", "notifications/read", {"ids": ids[:5]})

    assert ada.call("GET", "notifications/unread-count")["count"] == len(ids) - 5
    assert [notification["notification_id"] for notification in notifications(ada, unread="true")] == ids[5:]
    ada.call("POST", "notifications/read", {"all": True})
    assert ada.call("GET", "notifications/unread-count")["count"] == 0
    assert notifications(ada, unread="true") == []


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"ids": ["a"] * 50}, {"ids": ["a"], "all": True}, {"all": False}])
def test_what_marks_nothing_is_refused(sandbox: SandboxClient, body: dict[str, Any]) -> None:
    answer = sandbox.api("POST", "notifications/read", token=sandbox.token("ada"), body=body)

    assert answer.status_code == 400


def test_history_shows_each_record_as_it_is(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")

    items = ada.call("GET", "history")["items"]

    kinds = {item["type"] for item in items}
    assert kinds == {"rebalance", "deposit", "withdrawal", "commission", "session"}
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    for item in items:
        record = sandbox.http.get(item["link"], headers={"Authorization": f"Bearer {sandbox.token('ada')}"})
        assert record.status_code == 200
        if item["type"] in {"rebalance", "deposit", "withdrawal"}:
            assert record.json()["status"] == item["status"]
    only = sandbox.api("GET", "history", token=sandbox.token("ada"), type="withdrawal", status="success").json()[
        "items"
    ]
    assert [notification["amount_cents"] for notification in only] == [-50_000]


def test_the_ledger_balances(sandbox: SandboxClient) -> None:
    assert sandbox.control("GET", "ledger/check")["balanced"]
    assert sandbox.control("POST", "queues/drain")["dead_letters"] == {}
