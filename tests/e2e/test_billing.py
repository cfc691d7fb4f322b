"""Commissions as people meet them: the deployed template over HTTP, Stripe and the broker simulated.

The tests share one sandbox and its time; everybody is funded at its beginning and lives through it.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import Person

pytestmark = pytest.mark.e2e

PAGES = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
CARDS = {"ada": "ok", "bob": "decline", "cid": "authentication_required"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring up a sandbox in which three people with cards, and one with cash alone, are past their first due day."""
    with running_sandbox(tmp_path_factory.mktemp("billing"), start="2013-01-21T15:00:00Z") as client:
        for uid in (*CARDS, "dan"):
            person = Person(client, uid)
            bank = person.onboard()
            person.move("deposits", 4_000_000, bank["funding_account_id"], key=f"the-deposit-of-{uid}-1")
        for uid, card in CARDS.items():
            give_card(Person(client, uid), card)
        cash = Person(client, "dan").call("GET", "payment-methods")["items"][0]
        Person(client, "dan").call("PUT", f"payment-methods/{cash['payment_method_id']}/active")
        client.travel("2013-02-08T16:00:00Z")
        yield client


def give_card(person: Person, card: str) -> dict[str, Any]:
    session = person.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
    person.sandbox.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": card})
    method: dict[str, Any] = person.call("POST", "payment-methods", {"stripe_session_id": session})
    return method


def invoice_of(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = person.call("GET", "invoices")["items"][-1]
    return found


def intents_of(sandbox: SandboxClient, invoice: dict[str, Any]) -> list[dict[str, Any]]:
    intents: list[dict[str, Any]] = sandbox.control("GET", "effects")["payment_intents"]
    return [intent for intent in intents if invoice["invoice_id"] in intent["refs"]]


def test_a_month_is_paid_by_card(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")

    invoice = invoice_of(ada)

    assert (invoice["status"], invoice["due_date"]) == ("paid", "2013-02-08")
    (intent,) = intents_of(sandbox, invoice)
    assert (intent["status"], intent["amount_cents"]) == ("succeeded", invoice["amount_cents"])
    assert ada.call("GET", f"invoices/{invoice['invoice_id']}") == invoice
    assert ada.call("GET", "commission-payments")["items"][0]["status"] == "success"
    assert ada.account()["pending_fees_cents"] == 0


def test_an_invoice_of_somebody_else_is_not_there(sandbox: SandboxClient) -> None:
    invoice = invoice_of(Person(sandbox, "ada"))

    for method, path in (("GET", ""), ("POST", "/pay")):
        token = sandbox.token("mallory")
        answer = sandbox.api(method, f"invoices/{invoice['invoice_id']}{path}", token=token, key="k" * 16)
        assert answer.status_code == 404


def test_another_card_pays_what_failed_once(sandbox: SandboxClient) -> None:
    bob = Person(sandbox, "bob")
    assert invoice_of(bob)["status"] == "open"
    assert bob.account()["pending_fees_cents"] == invoice_of(bob)["amount_cents"]
    good = give_card(bob, "ok")

    bob.call("PUT", f"payment-methods/{good['payment_method_id']}/active")
    sandbox.control("POST", "queues/drain")
    sandbox.control("POST", "stripe/webhooks/replay", {"times": 2, "shuffle": True})

    invoice = invoice_of(bob)
    assert [payment["status"] for payment in invoice["payments"]] == ["failed", "success"]
    assert [intent["status"] for intent in intents_of(sandbox, invoice)].count("succeeded") == 1


def test_a_charge_that_waits_for_its_person_is_finished_and_not_made_again(sandbox: SandboxClient) -> None:
    cid = Person(sandbox, "cid")
    invoice = invoice_of(cid)

    asked = cid.call("POST", f"invoices/{invoice['invoice_id']}/pay", key="cid-pays-the-first")

    (intent,) = intents_of(sandbox, invoice)
    assert asked["client_secret"].startswith(intent["id"])
    sandbox.control("POST", f"stripe/payment-intents/{intent['id']}/authenticate", {"succeed": True})
    sandbox.control("POST", "queues/drain")
    assert invoice_of(cid)["status"] == "paid"
    assert len(intents_of(sandbox, invoice)) == 1


def test_brokerage_cash_pays_when_it_was_chosen(sandbox: SandboxClient) -> None:
    dan = Person(sandbox, "dan")
    invoice = invoice_of(dan)
    assert invoice["payments"][0]["method"] == "cash"

    sandbox.travel("2013-02-14T16:00:00Z")

    paid = invoice_of(dan)
    assert (paid["status"], intents_of(sandbox, invoice)) == ("paid", [])
    assert dan.account()["cash_balance_cents"] == 4_000_000 - invoice["amount_cents"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"stripe-signature": "t=1,v1=aa"}, {"stripe-signature": "t=" + "9" * 5000}, {"stripe-signature": ",="}],
)
def test_what_stripe_did_not_send_is_refused(sandbox: SandboxClient, headers: dict[str, str]) -> None:
    answer = sandbox.http.post("/webhooks/stripe", content=b'{"id": "evt_1"}', headers=headers)

    assert answer.status_code == 400


def disputes_of(sandbox: SandboxClient, invoice: dict[str, Any]) -> list[dict[str, Any]]:
    token = sandbox.token("an-operator", claims={"role": "operator"})
    items: list[dict[str, Any]] = sandbox.api("GET", "operator/disputes", token=token).json()["items"]
    return [item for item in items if item["invoice_id"] == invoice["invoice_id"]]


def contest(sandbox: SandboxClient, invoice: dict[str, Any], *statuses: str) -> None:
    paid = next(intent for intent in intents_of(sandbox, invoice) if intent["status"] == "succeeded")
    for status in statuses:
        sandbox.control("POST", f"stripe/payment-intents/{paid['id']}/dispute", {"status": status})
    sandbox.control("POST", "stripe/webhooks/replay", {"times": 2, "shuffle": True})
    sandbox.control("POST", "queues/drain")


def test_a_dispute_that_is_won_gives_the_card_back(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")
    invoice = invoice_of(ada)
    contest(sandbox, invoice, "inquiry", "needs_response", "funds_withdrawn")
    (dispute,) = disputes_of(sandbox, invoice)
    assert (dispute["state"], dispute["withdrawn_cents"]) == ("needs_response", invoice["amount_cents"])
    assert dispute["evidence_due_at"] is not None
    assert not ada.call("GET", "payment-methods")["items"][0]["is_usable"]

    contest(sandbox, invoice, "won")

    (dispute,) = disputes_of(sandbox, invoice)
    assert (dispute["state"], dispute["withdrawn_cents"]) == ("won", 0)
    assert (invoice_of(ada)["status"], ada.call("GET", "payment-methods")["items"][0]["is_active"]) == ("paid", True)
    types = [item["type"] for item in ada.call("GET", "notifications")["items"]]
    assert (types.count("payment_disputed"), types.count("dispute_closed")) == (1, 1)


def test_what_a_lost_dispute_took_back_is_owed_again(sandbox: SandboxClient) -> None:
    bob = Person(sandbox, "bob")
    invoice = invoice_of(bob)

    contest(sandbox, invoice, "needs_response", "lost")

    assert disputes_of(sandbox, invoice)[0]["state"] == "lost"
    assert (invoice_of(bob)["status"], invoice_of(bob)["owed_cents"]) == ("uncollectible", invoice["amount_cents"])
    assert bob.call("GET", "profile")["billing_hold"]
    token = sandbox.token("an-operator", claims={"role": "operator"})
    path = f"operator/disputes/{disputes_of(sandbox, invoice)[0]['dispute_id']}/note"
    noted = sandbox.api("POST", path, token=token, body={"reason": "no evidence", "note": "accepted"})
    assert [note["note"] for note in noted.json()["notes"]] == ["accepted"]


def test_operators_void_and_credit(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")
    operator = sandbox.token("an-operator", claims={"role": "operator"})
    path = f"operator/invoices/{invoice_of(ada)['invoice_id']}"

    void = sandbox.api("POST", f"{path}/void", token=operator, body={"reason": "a mistake"})
    credit = sandbox.api("POST", f"{path}/credit", token=operator, body={"amount_cents": 100, "reason": "sorry"})

    assert (void.status_code, void.json()["code"]) == (409, "not_voidable")
    assert credit.status_code == 200
    assert ada.call("GET", "fees/accrual")["carried_over"][0]["amount_cents_exact"] == "-100"


def test_the_ledger_balances(sandbox: SandboxClient) -> None:
    check = sandbox.control("GET", "ledger/check")

    assert check["balanced"], check["differences"]
    assert sandbox.control("POST", "queues/drain")["dead_letters"] == {}
