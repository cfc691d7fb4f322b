"""Each kind of answer that Stripe can refuse or spoil a request with, over its own SDK."""

from typing import Any

import pytest

from tests.unit.partners.stripe.harness import KEY, answering
from trading.billing.charging.rails import known_of
from trading.billing.invoices.models import AttemptStatus
from trading.billing.ports import CardCharge, ChargeOrder, IntentStatus
from trading.partners.stripe.client import Stripe
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

ORDER = ChargeOrder("cus_1", "pm_1", 184, "a" * 32, 1, "Commission")
INTENT: dict[str, Any] = {"id": "pi_1", "object": "payment_intent", "amount": 184, "status": "succeeded"}


@pytest.mark.parametrize(
    ("status", "kind", "fields", "error"),
    [
        (400, "invalid_request_error", {"code": "amount_too_small"}, Refused),
        (400, "invalid_request_error", {}, Refused),
        (400, "invalid_request_error", {"code": "rate_limit"}, Unavailable),
        (400, "idempotency_error", {}, OutcomeUnknown),
        (401, "invalid_request_error", {}, Unavailable),
        (402, "card_error", {"code": "card_declined"}, Refused),
        (403, "invalid_request_error", {}, Unavailable),
        (404, "invalid_request_error", {"code": "resource_missing"}, Refused),
        (409, "idempotency_error", {"code": "idempotency_key_in_use"}, OutcomeUnknown),
        (409, "invalid_request_error", {"code": "lock_timeout"}, OutcomeUnknown),
        (424, "api_error", {}, OutcomeUnknown),
        (429, "invalid_request_error", {"code": "rate_limit"}, Unavailable),
        *[(status, "api_error", {}, OutcomeUnknown) for status in (500, 502, 503, 504)],
    ],
)
def test_each_refusal_of_a_charge_has_its_remedy(
    status: int, kind: str, fields: dict[str, Any], error: type[Exception]
) -> None:
    with answering() as (stripe, answers):
        answers.refuse(status, kind, **fields)

        with pytest.raises(error):
            stripe.charge(ORDER, key=KEY)

        assert [call[2] for call in answers.asked] == [KEY]


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "invalid_request_error", Unavailable),
        (401, "invalid_request_error", Unavailable),
        (403, "invalid_request_error", Unavailable),
        (409, "api_error", Unavailable),
        (429, "invalid_request_error", Unavailable),
        (500, "api_error", Unavailable),
    ],
)
def test_each_refusal_of_a_read_is_unavailable(status: int, kind: str, error: type[Exception]) -> None:
    with answering() as (stripe, answers):
        answers.refuse(status, kind)

        with pytest.raises(error):
            stripe.charge_of("pi_1")

        assert len(answers.asked) == 1


ODD = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"text"',
    b"<html>",
    b"\xff\xfe",
    b'{"id": "pi_1"}',
    b'{"id": "pi_1", "status": 7}',
]


@pytest.mark.parametrize("body", ODD)
def test_an_answer_that_cannot_be_read_leaves_a_charge_unknown(body: bytes) -> None:
    with answering() as (stripe, answers):
        answers.say(200, body)

        with pytest.raises(OutcomeUnknown):
            stripe.charge(ORDER, key=KEY)


@pytest.mark.parametrize("body", ODD)
def test_an_answer_that_cannot_be_read_makes_reads_unavailable(body: bytes) -> None:
    with answering() as (stripe, answers):
        answers.say(200, body)

        with pytest.raises(Unavailable):
            stripe.charge_of("pi_1")


@pytest.mark.parametrize(
    ("status", "known"),
    [
        ("succeeded", AttemptStatus.SUCCESS),
        ("processing", AttemptStatus.PENDING),
        ("requires_action", AttemptStatus.REQUIRES_AUTHENTICATION),
        ("requires_payment_method", AttemptStatus.FAILED),
        ("canceled", AttemptStatus.FAILED),
        ("requires_confirmation", AttemptStatus.PENDING),
        ("requires_capture", AttemptStatus.PENDING),
        ("something_new", AttemptStatus.PENDING),
    ],
)
def test_every_status_is_something_to_us(status: str, known: AttemptStatus) -> None:
    with answering() as (stripe, answers):
        answers.say(200, {**INTENT, "status": status})

        charge = stripe.charge_of("pi_1")

        assert (known_of(charge).status, charge.raw_status) == (known, status)


def test_a_decline_without_its_charge_is_a_refusal_by_its_code() -> None:
    with answering() as (stripe, answers):
        answers.refuse(402, "card_error", code="card_declined", decline_code="fraudulent")

        with pytest.raises(Refused) as refusal:
            stripe.charge(ORDER, key=KEY)

        assert refusal.value.code == "card_declined"


def test_metadata_that_is_none_of_ours_is_nobodys() -> None:
    with answering() as (stripe, answers):
        answers.say(200, {**INTENT, "metadata": {"attempt": "first"}})

        charge = stripe.charge_of("pi_1")

        assert charge == CardCharge("pi_1", IntentStatus.SUCCEEDED, "succeeded", 184, None, None, None, None)


def test_where_nobody_answers_a_charge_is_unknown_and_a_read_unavailable() -> None:
    stripe = Stripe(lambda: "sk_test", "http://127.0.0.1:9")

    with pytest.raises(OutcomeUnknown):
        stripe.charge(ORDER, key=KEY)
    with pytest.raises(Unavailable):
        stripe.charge_of("pi_1")
