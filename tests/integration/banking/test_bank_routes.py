"""The routes of banks over the real handlers, with Plaid and the broker simulated on loopback."""

import subprocess
import sys
import time
from typing import Any

import pytest

from infra.catalogue import ROOT
from sandbox.faults import Fault
from sandbox.partners.plaid.simulator import LOCKED, ORDINARY, SILENT, SLOW
from tests.support.world import World
from trading.platform.settings import settings

ACTING = [Fault.DROP_BEFORE, Fault.DROP_AFTER, Fault.HTTP_500, Fault.MALFORMED]


@pytest.fixture
def ada(world: World) -> str:
    """Make Ada known to the broker."""
    world.submit("ada")
    return "ada"


def items(world: World, uid: str = "ada", **more: Any) -> list[dict[str, Any]]:
    answer = world.call("list_funding_accounts", uid, **more)
    assert answer.status == 200, answer.body
    assert answer.body["next_cursor"] is None
    listed: list[dict[str, Any]] = answer.body["items"]
    return listed


def at_broker(world: World) -> list[str]:
    return [account.bank_account_id for account in world.broker.state.bank_accounts.values() if not account.is_deleted]


def account_request(link: dict[str, Any], **changes: Any) -> dict[str, Any]:
    account_id = link["accounts"][0]["account_id"] if link["accounts"] else "none"
    return {"bank_link_id": link["bank_link_id"], "account_id": account_id, "account_name": "Mine"} | changes


def test_a_person_links_a_bank_connects_an_account_and_parts_with_it(world: World, ada: str) -> None:
    begun = world.call("create_bank_link", ada, body={"redirect_uri": "https://app.example.com/back"})
    assert (begun.status, set(begun.body)) == (201, {"link_token", "expiration"})

    link = world.link(ada)
    assert set(link) == {"bank_link_id", "institution_name", "accounts"}
    (offered,) = link["accounts"]
    expected = {"name": "Checking", "official_name": None, "mask": "0000", "currency": "USD"}
    balances = {"balance_available_cents": 10_000_000, "balance_current_cents": 10_000_000}
    assert offered == {"account_id": offered["account_id"], **expected, **balances}

    added = world.add_account(link, ada)
    shown = {"name": "Mine", "mask": "0000", "balance_cents": 10_000_000, "needs_reauth": False}
    assert added.status == 201
    assert shown.items() <= added.body.items()
    assert items(world) == [added.body]

    deleted = world.call("delete_funding_account", ada, funding_account_id=added.body["funding_account_id"])
    assert (deleted.status, deleted.body) == (204, None)
    assert items(world) == []
    assert (at_broker(world), world.plaid.items) == ([], {})
    again = world.call("delete_funding_account", ada, funding_account_id=added.body["funding_account_id"])
    assert again.status == 404


REDIRECTS = [
    ("https://app.example.com/back", 201),
    ("https://app.example.com:8443/back?x=1", 201),
    ("http://localhost:3000/back", 201),
    ("http://127.0.0.1:3000/back", 201),
    ("http://app.example.com/back", 400),
    ("https://evil.example.com/back", 400),
    ("https://app.example.com.evil.com/", 400),
    ("https://app.example.com@evil.com/", 400),
    ("https://someone@app.example.com/", 400),
    ("https://evil.com\\@app.example.com/", 400),
    ("https://app.example.com\\.evil.com/", 400),
    ("javascript:alert(1)//app.example.com", 400),
    ("ftp://app.example.com/", 400),
    ("//app.example.com/", 400),
    ("https://[app.example.com", 400),
    ("https://app.example.com:99999999/", 400),
    ("https://", 400),
    ("", 400),
    ("x" * 5000, 400),
    (7, 400),
]


def test_apps_return_to_hosts_of_ours_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIRECT_HOSTS", "app.example.com,localhost,127.0.0.1")
    settings.cache_clear()

    answers = [(uri, world.call("create_bank_link", body={"redirect_uri": uri}).status) for uri, _ in REDIRECTS]

    assert answers == REDIRECTS


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("create_bank_link", {}),
        ("exchange_bank_link", {"public_token": "t"}),
        ("add_funding_account", {"bank_link_id": "l", "account_id": "a", "account_name": "n"}),
    ],
)
def test_linking_needs_a_recent_sign_in(world: World, name: str, body: dict[str, str]) -> None:
    answer = world.call(name, body=body, signed_in_at=int(time.time()) - 3600)

    assert (answer.status, answer.body["code"]) == (403, "reauthentication_required")


def test_a_foreign_link_looks_like_an_absent_one(world: World, ada: str) -> None:
    mine, theirs = world.link(ada), world.link("mallory")["bank_link_id"]
    answers = []

    for link_id in (theirs, "f" * 32, "nonsense", "é" * 1000, ""):
        asked = [
            world.call("create_bank_link", ada, body={"bank_link_id": link_id}),
            world.call("exchange_bank_link", ada, body={"public_token": world.sign_in(), "bank_link_id": link_id}),
            world.call("add_funding_account", ada, body=account_request(mine, bank_link_id=link_id)),
        ]
        answers.append([(answer.status, answer.body) for answer in asked])

    assert {status for replies in answers for status, _ in replies} == {404}
    assert all(replies == answers[0] for replies in answers)


MALFORMED = [
    "",
    "null",
    "[]",
    "{",
    '{"public_token": 7, "bank_link_id": 7}',
    '{"bank_link_id": true, "public_token": "", "account_id": ""}',
    '{"public_token": "\\u0000"}',
    '{"public_token": "\\ud800"}',
    '{"public_token": "t", "bank_link_id": "l", "account_id": "a", "account_name": "  "}',
    '{"public_token": "t", "unknown": 1}',
]


@pytest.mark.parametrize("name", ["create_bank_link", "exchange_bank_link", "add_funding_account"])
def test_a_malformed_request_is_the_clients_mistake(world: World, name: str) -> None:
    assert [world.call(name, raw=raw).status for raw in MALFORMED] == [400] * len(MALFORMED)


def test_a_sign_in_that_plaid_does_not_know_is_refused_in_our_words(world: World) -> None:
    for token in ("public-sandbox-of-nobody", "x" * 500):
        answer = world.call("exchange_bank_link", body={"public_token": token})

        assert (answer.status, answer.body["code"]) == (409, "bank_link_failed")
        assert token not in str(answer.body)


@pytest.mark.parametrize("fault", ACTING)
def test_an_exchange_that_is_lost_is_done_again_from_the_start(world: World, fault: Fault) -> None:
    world.fail("plaid", "exchange", fault)

    lost = world.call("exchange_bank_link", body={"public_token": world.sign_in()})

    assert (lost.status, lost.body["code"]) == (409, "bank_link_failed")
    assert world.link()["accounts"]


def test_a_link_is_renewed_in_its_place(world: World, ada: str) -> None:
    bank = world.onboard("bert")
    (before,) = items(world, "bert")
    item = next(iter(world.plaid.items.values()))
    world.plaid.break_item(item.item_id, needs_login=True)
    (flagged,) = items(world, "bert", query={"refresh": "true"})
    assert flagged["needs_reauth"] is True
    refused = world.move("deposit", 5_000, bank, key="a-deposit-too-early", uid="bert")
    assert (refused.status, refused.body["code"]) == (409, "bank_needs_reauth")

    begun = world.call("create_bank_link", "bert", body={"bank_link_id": before["bank_link_id"]})
    public_token = world.plaid.sign_in(item.institution, [], item.item_id)
    body = {"public_token": public_token, "bank_link_id": before["bank_link_id"]}
    renewed = world.call("exchange_bank_link", "bert", body=body)

    assert begun.status == 201
    assert (renewed.status, renewed.body["bank_link_id"]) == (201, before["bank_link_id"])
    assert renewed.body["accounts"] == []
    assert items(world, "bert", query={"refresh": "true"})[0]["needs_reauth"] is False
    assert world.move("deposit", 5_000, bank, key="a-deposit-in-time", uid="bert").status == 201


def relink(world: World, before: dict[str, Any], institution: str | None, *masks: str | None) -> Any:
    accounts = [{"name": "Checking" if mask else None, "mask": mask, "balance_cents": 500} for mask in masks]
    body = {"public_token": world.plaid.sign_in(institution, accounts), "bank_link_id": before["bank_link_id"]}
    return world.call("exchange_bank_link", "bert", body=body)


def test_a_relink_at_another_bank_is_refused(world: World) -> None:
    world.onboard("bert")
    (before,) = items(world, "bert")
    known = set(world.plaid.items)

    refused = relink(world, before, "Second Platypus Bank", "0000")
    world.pass_by(minutes=5)
    world.resolve()

    assert (refused.status, refused.body["code"]) == (409, "other_institution")
    assert items(world, "bert") == [before]
    assert set(world.plaid.items) == known
    assert world.failures == []


def test_a_relink_by_another_item_registers_the_bank_anew_and_ends_the_old_one(world: World) -> None:
    bank = world.onboard("bert")
    (before,) = items(world, "bert")
    (old_item,), (old,) = set(world.plaid.items), at_broker(world)
    assert world.move("deposit", 5_000, bank, key="a-deposit-in-flight", uid="bert").status == 201

    renewed = relink(world, before, ORDINARY, "0000")

    assert (renewed.status, renewed.body["accounts"]) == (201, [])
    (after,) = items(world, "bert")
    assert (after["funding_account_id"], after["needs_reauth"]) == (bank, False)
    world.pass_by(minutes=5)
    world.resolve()
    assert old_item in world.plaid.items
    assert len(at_broker(world)) == 2
    assert old in at_broker(world)
    world.pass_by(days=10)
    world.resolve()
    assert old_item not in world.plaid.items
    assert old not in at_broker(world)
    assert len(at_broker(world)) == 1
    assert world.move("deposit", 400, bank, key="a-deposit-thereafter", uid="bert").status == 201
    assert world.failures == []


def test_alike_accounts_are_not_guessed(world: World) -> None:
    world.onboard("bert")
    (before,) = items(world, "bert")

    renewed = relink(world, before, ORDINARY, "0000", "0000")

    assert renewed.status == 201
    assert len(renewed.body["accounts"]) == 2
    assert items(world, "bert")[0]["needs_reauth"] is True


def test_what_banks_do_not_tell_hides_nothing(world: World, ada: str) -> None:
    bare = [{"name": None, "mask": None}, {"name": "", "mask": ""}, {"name": "Joint", "mask": "1111"}]
    public_token = world.plaid.sign_in(None, [{**account, "balance_cents": None} for account in bare])

    link = world.call("exchange_bank_link", ada, body={"public_token": public_token})

    assert link.status == 201
    assert link.body["institution_name"]
    assert [account["mask"] for account in link.body["accounts"]] == [None, None, "1111"]
    assert all(account["name"] for account in link.body["accounts"])
    for account in link.body["accounts"]:
        body = account_request(link.body, account_id=account["account_id"])
        assert world.call("add_funding_account", ada, body=body).status == 201
    assert len(items(world, query={"refresh": "true"})) == len(at_broker(world)) == 3


def test_who_the_broker_does_not_know_connects_nothing(world: World) -> None:
    answer = world.add_account(world.link("nobody"), "nobody")

    assert (answer.status, answer.body["code"]) == (409, "account_not_open")
    assert at_broker(world) == []


def test_adding_again_answers_the_same_account(world: World, ada: str) -> None:
    link = world.link(ada)

    answers = [world.add_account(link, ada) for _ in range(3)]

    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    assert len(at_broker(world)) == 1


def test_a_duplicate_is_refused_before_the_broker_hears_of_it(world: World, ada: str) -> None:
    world.add_account(world.link(ada), ada)

    twin = world.add_account(world.link(ada), ada)

    assert (twin.status, twin.body["code"]) == (409, "already_connected")
    assert len(world.broker.state.bank_accounts) == 1


def test_an_account_that_is_not_behind_the_link_is_absent(world: World, ada: str) -> None:
    foreign = world.link("mallory")["accounts"][0]["account_id"]
    link = world.link(ada)

    for account_id in (foreign, "absent"):
        body = account_request(link, account_id=account_id)
        assert world.call("add_funding_account", ada, body=body).status == 404


@pytest.mark.parametrize("fault", ACTING)
def test_a_registration_that_is_lost_is_made_once_by_asking_again(world: World, ada: str, fault: Fault) -> None:
    link = world.link(ada)
    world.fail("drivewealth", "create_bank_account", fault)

    pending = world.add_account(link, ada)
    linked = world.add_account(link, ada)

    assert (pending.status, pending.body["code"]) == (409, "bank_link_pending")
    assert linked.status == 201
    assert len(at_broker(world)) == len(world.broker.state.bank_accounts) == 1


@pytest.mark.parametrize("fault", ACTING)
def test_a_registration_that_is_lost_is_made_once_by_the_resolver(world: World, ada: str, fault: Fault) -> None:
    link = world.link(ada)
    world.fail("drivewealth", "create_bank_account", fault)
    assert world.add_account(link, ada).status == 409
    assert items(world) == []

    world.pass_by(minutes=5)
    world.resolve()

    assert [item["status"] for item in items(world)] == ["linked"]
    assert len(world.broker.state.bank_accounts) == 1
    assert world.failures == []


@pytest.mark.parametrize("fault", [*ACTING, Fault.HTTP_429])
def test_a_processor_token_that_is_lost_costs_a_second_try_at_most(world: World, ada: str, fault: Fault) -> None:
    link = world.link(ada)
    world.fail("plaid", "processor_token", fault, times=2)

    refused = world.add_account(link, ada)

    assert (refused.status, refused.body["code"]) == (409, "bank_link_failed")
    assert world.add_account(link, ada).status == 201
    assert len(world.broker.state.bank_accounts) == 1


@pytest.mark.parametrize(("partner", "operation"), [("drivewealth", "delete"), ("plaid", "remove")])
def test_a_deletion_that_is_lost_is_finished_by_the_resolver(
    world: World, ada: str, partner: str, operation: str
) -> None:
    bank = world.add_account(world.link(ada), ada).body["funding_account_id"]
    world.fail(partner, operation, Fault.DROP_BEFORE)

    assert world.call("delete_funding_account", ada, funding_account_id=bank).status == 204
    assert [item["status"] for item in items(world)] == ["deleting"]
    world.pass_by(minutes=5)
    world.resolve()

    assert items(world) == []
    assert (at_broker(world), world.plaid.items) == ([], {})


def test_money_in_flight_holds_an_account(world: World) -> None:
    bank = world.onboard()
    assert world.move("deposit", 5_000, bank, key="a-deposit-in-flight").status == 201

    held = world.call("delete_funding_account", funding_account_id=bank)
    assert (held.status, held.body["code"]) == (409, "money_in_flight")
    world.pass_by(days=10)

    assert world.call("delete_funding_account", funding_account_id=bank).status == 204
    (flow,) = world.call("list_money_flows").body["items"]
    assert flow["status"] == "success"


def test_a_foreign_account_looks_like_an_absent_one(world: World) -> None:
    bank = world.onboard("bert")

    answers = [
        world.call("delete_funding_account", "mallory", funding_account_id=absent) for absent in (bank, "f" * 32, "no")
    ]

    assert {answer.status for answer in answers} == {404}
    assert all(answer.body == answers[0].body for answer in answers)
    assert len(items(world, "bert")) == 1


def test_balances_are_refreshed_on_demand(world: World) -> None:
    world.onboard()
    account = next(iter(world.plaid.items.values())).accounts[0]
    world.plaid.set_balance(account.account_id, 77)

    assert items(world)[0]["balance_cents"] == 10_000_000
    assert items(world, query={"refresh": "true"})[0]["balance_cents"] == 77
    assert items(world)[0]["balance_cents"] == 77


@pytest.mark.parametrize(
    ("bank", "balance", "flagged"), [(LOCKED, 500, True), (SLOW, 500, False), (SILENT, None, False)]
)
def test_odd_banks_are_listed_all_the_same(world: World, bank: str, balance: int | None, flagged: bool) -> None:
    world.onboard(institution=bank, cents=500)

    (shown,) = items(world, query={"refresh": "true"})

    assert (shown["balance_cents"], shown["needs_reauth"]) == (balance, flagged)


@pytest.mark.parametrize("fault", [*ACTING, Fault.HTTP_429])
def test_a_refresh_that_fails_shows_the_old_balance(world: World, fault: Fault) -> None:
    world.onboard()
    world.fail("plaid", "balance", fault, times=2)

    assert items(world, query={"refresh": "true"})[0]["balance_cents"] == 10_000_000


def test_refresh_is_yes_or_no(world: World) -> None:
    for refresh in ("maybe", "", "7"):
        assert world.call("list_funding_accounts", query={"refresh": refresh}).status == 400


def test_listing_loads_no_partners_client() -> None:
    program = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("handler", "functions/banking/list_funding_accounts/handler.py")
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print([name for name in ("plaid", "requests", "trading.partners") if name in sys.modules])
"""
    environment = {"PYTHONPATH": str(ROOT / "layers" / "trading" / "python"), "AWS_DEFAULT_REGION": "us-east-1"}
    probe = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert probe.stdout.strip() == "[]"
