"""Finding things at Stripe: by id, in lists, by a search that lags, with references followed."""

import httpx
import pytest
import stripe

from sandbox.faults import Fault
from tests.unit.sandbox.partners.stripe.harness import Harness


def found(harness: Harness, query: str) -> list[str]:
    return [item.id for item in harness.sdk.customers.search({"query": query}).data]


def test_search_lags_a_minute_behind(harness: Harness) -> None:
    customer_id = harness.customer("ada")

    harness.pass_by(seconds=59)
    assert found(harness, "metadata['profile_id']:'ada'") == []
    harness.pass_by(seconds=1)

    assert found(harness, "metadata['profile_id']:'ada'") == [customer_id]
    assert found(harness, "metadata['profile_id']:'bob'") == []


def test_a_payment_is_found_by_its_invoice(harness: Harness) -> None:
    intent = harness.charge(*harness.card())
    harness.pass_by(minutes=1)

    answer = harness.sdk.payment_intents.search(
        {"query": "metadata['invoice_id']:'inv-1' AND status:\"succeeded\"", "expand": ["data.customer"]}
    )

    assert [item.id for item in answer.data] == [intent.id]
    assert answer.data[0].customer.metadata["profile_id"] == "7"
    assert not answer.has_more


def test_a_query_may_escape_what_it_looks_for(harness: Harness) -> None:
    customer_id = harness.customer("o'neill AND \\co")
    harness.pass_by(minutes=1)

    assert found(harness, "metadata['profile_id']:'o\\'neill AND \\\\co'") == [customer_id]


@pytest.mark.parametrize("query", ["profile", "metadata['a']:b", "metadata['a']:'b' OR metadata['a']:'c'", "a:'b'c"])
def test_a_query_that_cannot_be_read_is_refused(harness: Harness, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        found(harness, query)

    assert caught.value.param == "query"


def test_searches_and_lists_come_page_by_page_newest_first(harness: Harness) -> None:
    made = [harness.customer() for _ in range(3)]
    harness.pass_by(minutes=1)

    searched = harness.sdk.customers.search({"query": "metadata['profile_id']:'7'", "limit": 2})
    listed = harness.sdk.customers.list({"limit": 2})

    assert [customer.id for customer in searched.auto_paging_iter()] == made[::-1]
    assert [customer.id for customer in listed.auto_paging_iter()] == made[::-1]


def test_a_customer_has_the_cards_that_are_not_detached(harness: Harness) -> None:
    customer_id, method_id = harness.card()

    before = harness.sdk.customers.payment_methods.list(customer_id, {"type": "card"}).data
    detached = harness.sdk.payment_methods.detach(method_id)

    assert [intent.id for intent in before] == [method_id]
    assert detached.customer is None
    assert harness.sdk.customers.payment_methods.list(customer_id).data == []
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        harness.sdk.payment_methods.detach(method_id)


def test_payments_are_listed_by_customer(harness: Harness) -> None:
    intent = harness.charge(*harness.card())

    assert [item.id for item in harness.sdk.payment_intents.list({"customer": intent.customer}).data] == [intent.id]
    assert harness.sdk.payment_intents.list({"customer": harness.customer()}).data == []


@pytest.mark.parametrize(
    "what", ["customers", "checkout.sessions", "setup_intents", "payment_methods", "payment_intents", "refunds"]
)
def test_what_is_not_there_is_a_404(harness: Harness, what: str) -> None:
    service = harness.sdk
    for name in what.split("."):
        service = getattr(service, name)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        service.retrieve("made_up")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_references_are_followed_as_asked(harness: Harness) -> None:
    customer_id = harness.customer()
    session = harness.session(customer_id)
    expand = {"expand": ["setup_intent.payment_method", "customer"]}
    before = harness.sdk.checkout.sessions.retrieve(session.id, expand)
    harness.complete(session.id)

    after = harness.sdk.checkout.sessions.retrieve(session.id, expand)

    assert (before.setup_intent.status, before.setup_intent.payment_method) == ("requires_payment_method", None)
    assert (after.setup_intent.status, after.setup_intent.payment_method.card.last4) == ("succeeded", "4242")
    assert after.customer.id == customer_id
    with pytest.raises(stripe.InvalidRequestError):
        harness.sdk.checkout.sessions.retrieve(session.id, {"expand": ["nonsense"]})


def test_an_unknown_parameter_is_refused(harness: Harness) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        harness.sdk.customers.create({"profile_id": "7"})

    assert (caught.value.code, caught.value.param) == ("parameter_unknown", "profile_id")


def test_an_unknown_address_is_refused_as_stripe_refuses_it(harness: Harness) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        harness.sdk.products.list()


def test_whoever_brings_no_key_is_refused(harness: Harness) -> None:
    address = f"{harness.url}/sandbox/partners/stripe/v1/customers"

    answer = httpx.get(address)

    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize("raw", [b"metadata[a]=1&metadata=2", b"metadata=1&metadata[a]=2", b"\xff\xfe", b"email=%ff"])
def test_a_body_that_cannot_be_read_is_refused(harness: Harness, raw: bytes) -> None:
    address, headers = f"{harness.url}/sandbox/partners/stripe/v1/customers", {"Authorization": "Bearer x"}

    answer = httpx.post(address, content=raw, headers=headers)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


def test_reads_fail_on_demand(harness: Harness) -> None:
    harness.fail("search", Fault.HTTP_500)
    harness.fail("retrieve", Fault.HTTP_429)

    with pytest.raises(stripe.APIError):
        found(harness, "metadata['profile_id']:'ada'")
    with pytest.raises(stripe.RateLimitError):
        harness.sdk.customers.list()

    assert found(harness, "metadata['profile_id']:'ada'") == []
