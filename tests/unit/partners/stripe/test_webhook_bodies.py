"""Bodies that are signed and yet are no event: refused as invalid, whatever they hold."""

import json

import pytest

from tests.unit.partners.stripe.signing import BODY, EVENT, assert_refused, body_of, header, verifier
from trading.billing.messages import StripeMessage

DEEP = 100_000


def nested(depth: int) -> bytes:
    inner = b'{"x":' * depth + b"1" + b"}" * depth
    return BODY.replace(b'"amount": 184', b'"amount": ' + inner)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"evt_1"',
        b"true",
        b"{}",
        b"{",
        b"NaN",
        b"\xff\xfe",
        b"\x80abc",
        b"\xc3",
        "{}".encode("utf-16"),
        json.dumps(EVENT).encode("utf-16"),
        json.dumps(EVENT).encode("utf-32"),
        b"\xef\xbb\xbf" + BODY,
        BODY + BODY,
        BODY.replace(b"184", b"NaN"),
        BODY.replace(b"184", b"-Infinity"),
        BODY.replace(b"184", b"9" * 5_000),
        BODY.replace(b"pi_1", rb"\ud800"),
        BODY.replace(b"pi_1", b"\xff"),
        b"[" * DEEP,
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP,
        nested(60),
        nested(300),
        nested(5_000),
    ],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    assert_refused(raw, header(raw))


@pytest.mark.parametrize("twice", ["id", "type", "livemode", "data", "account"])
def test_a_key_that_stands_twice_is_refused(twice: str) -> None:
    good, bad = json.dumps({"account": None, **EVENT})[1:], json.dumps({twice: "another"})[1:-1]
    raw = f"{{{bad}, {good}".encode()

    assert_refused(raw, header(raw))


def test_a_key_that_stands_twice_further_in_is_refused() -> None:
    raw = BODY.replace(b'"amount": 184', b'"amount": 184, "amount": 1')

    assert_refused(raw, header(raw))


@pytest.mark.parametrize("value", [None, "", 7, True, [], {}, ["evt_1"], "x" * 201, "e\x00", "a b", "é", "\n"])
@pytest.mark.parametrize("name", ["id", "type"])
def test_an_id_or_type_that_is_none_is_refused(name: str, value: object) -> None:
    raw = body_of(**{name: value})

    assert_refused(raw, header(raw))


@pytest.mark.parametrize("data", [None, [], "x", 7, {}, {"object": None}, {"object": []}, {"object": "pi_1"}])
def test_an_event_about_nothing_is_refused(data: object) -> None:
    raw = body_of(data=data)

    assert_refused(raw, header(raw))


def test_a_body_larger_than_a_queue_takes_is_refused() -> None:
    raw = body_of(more="x" * 300_000)

    assert_refused(raw, header(raw))


@pytest.mark.parametrize("about", [{}, {"id": 7}, {"metadata": [1, None, {"a": 1.5}]}, {"id": "\u2028é\U0001f600"}])
def test_what_is_taken_can_be_queued_and_read_again(about: dict[str, object]) -> None:
    raw = body_of(data={"object": about})

    event = verifier().verify(raw, header(raw))

    text = StripeMessage.of(event).model_dump_json()
    assert StripeMessage.model_validate_json(text).event().event_id == "evt_1"


@pytest.mark.parametrize(
    ("previous", "customer"),
    [({"customer": "cus_1"}, "cus_1"), ({"customer": 7}, None), ({}, None), (None, None), (["customer"], None)],
)
def test_whose_a_detached_card_was_is_told_by_what_changed(previous: object, customer: str | None) -> None:
    raw = body_of(data={"object": {"id": "pm_1", "customer": None}, "previous_attributes": previous})

    text = StripeMessage.of(verifier().verify(raw, header(raw))).model_dump_json()

    assert StripeMessage.model_validate_json(text).event().customer == customer


def test_the_deepest_that_is_taken_can_be_queued() -> None:
    raw = body_of(data={"object": {"metadata": json.loads(b'{"x":' * 40 + b"1" + b"}" * 40)}})

    text = StripeMessage.of(verifier().verify(raw, header(raw))).model_dump_json()

    assert StripeMessage.model_validate_json(text).type == EVENT["type"]
