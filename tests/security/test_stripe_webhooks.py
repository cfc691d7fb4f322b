"""POST /webhooks/stripe from hostile senders: always 400, never a word in the queue."""

import json
import time
from dataclasses import FrozenInstanceError
from typing import Any

import boto3
import pytest

from infra.catalogue import FUNCTIONS
from tests.support import rights
from tests.support.calls import base64_of, handler_of
from tests.support.stripe_side import RECEIVER, WEBHOOK_SECRET
from tests.support.world import World
from tests.unit.partners.stripe.signing import BODY, body_of, header
from trading.partners.stripe.webhooks import HEADER, StripeWebhookVerifier
from trading.platform import secrets

QUEUE = "stripe-events"


def post(body: str | None, headers: dict[str, str], *, is_base64: bool = False) -> int:
    """Hand a request over as API Gateway does; return the status."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "POST /webhooks/stripe",
        "rawPath": "/webhooks/stripe",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/stripe"},
            "stage": "$default",
            "requestId": "request-1",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }
    row = next(function for function in FUNCTIONS if function.name == RECEIVER)
    with rights.only_granted(row):
        return int(handler_of(RECEIVER).lambda_handler(event, None)["statusCode"])


def signed(raw: bytes = BODY, secret: str = WEBHOOK_SECRET, *, age: int = 0) -> dict[str, str]:
    return {HEADER: header(raw, secret, at=int(time.time()) - age)}


def queued() -> list[str]:
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return [
        message["Body"] for message in client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


def test_what_stripe_signed_is_queued(world: World) -> None:
    plain = post(BODY.decode(), signed())
    as_bytes = post(base64_of(BODY), signed(), is_base64=True)
    capitals = post(BODY.decode(), {"Stripe-Signature": signed()[HEADER]})

    assert (plain, as_bytes, capitals) == (200, 200, 200)
    assert [json.loads(body)["id"] for body in queued()] == ["evt_1"] * 3


def test_the_verifier_that_all_calls_of_a_process_share_cannot_be_changed() -> None:
    verifier = StripeWebhookVerifier(secrets=lambda: (WEBHOOK_SECRET,), livemode=True)

    with pytest.raises(FrozenInstanceError):
        verifier.livemode = False  # type: ignore[misc]


def test_what_stripe_did_not_sign_is_refused(world: World) -> None:
    good = signed()
    hostile: list[dict[str, str]] = [
        {},
        {HEADER: ""},
        {HEADER: "t=1,v1=aa"},
        {HEADER: "é" * 100},
        {HEADER: "\ud800"},
        {HEADER: "x" * 100_000},
        {HEADER: ",".join(["v1=00"] * 1_000)},
        {HEADER: "t=" + "9" * 4_000 + ",v1=00"},
        {HEADER: good[HEADER] + "," + good[HEADER]},
        signed(secret="whsec_other"),
        signed(secret=""),
        signed(age=301),
        signed(age=-310),
        signed(age=-365 * 86_400),
        signed(BODY + b" "),
    ]

    assert {post(BODY.decode(), header) for header in hostile} == {400}
    assert queued() == []


@pytest.mark.parametrize("is_signed", [True, False])
def test_hostile_bodies_are_refused_signed_or_not(world: World, is_signed: bool) -> None:
    bodies = [
        b"null",
        b"[]",
        b"7",
        b"{",
        b"\xff\xfe",
        b"\x00",
        BODY.replace(b"pi_1", b"\xff"),
        BODY.replace(b"pi_1", rb"\ud800"),
        BODY.replace(b"184", b"NaN"),
        BODY.replace(b"184", b"9" * 9_000),
        BODY.replace(b'"livemode"', b'"livemode": false, "livemode"'),
        b"[" * 100_000,
        BODY.replace(b"184", b'{"x":' * 300 + b"1" + b"}" * 300),
        body_of(data={"object": {"id": "pi_1", "metadata": {"x": "y" * 300_000}}}),
        body_of(livemode=True),
        body_of(account="acct_other"),
        body_of(id=None),
        body_of(id="evt\n1"),
    ]

    answers = [post(base64_of(body), signed(body) if is_signed else signed(), is_base64=True) for body in bodies]

    assert answers == [400] * len(bodies)
    assert queued() == []


def test_bodies_that_are_no_text_are_refused(world: World) -> None:
    assert post(None, signed(b"")) == 400
    assert post("", signed(b"")) == 400
    assert post("%%%", signed(), is_base64=True) == 400
    assert post(BODY.decode(), {**signed(), "content-type": "text/plain"}) == 400


def put_in(**fields: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString=json.dumps(fields))
    secrets._kept.clear()


def test_while_the_secret_is_rotated_both_hold(world: World) -> None:
    put_in(webhook_secret="whsec_next", previous_webhook_secret=WEBHOOK_SECRET)

    answers = [
        post(BODY.decode(), signed(secret=secret)) for secret in ("whsec_next", WEBHOOK_SECRET, "whsec_gone", "")
    ]

    assert answers == [200, 200, 400, 400]


@pytest.mark.parametrize("secret", ["a,b", ",", " a b ", "8\\%q<h_b`2Xr&WMg<]'(a)-qPvg,3@0R"])
def test_a_secret_is_taken_as_it_stands(world: World, secret: str) -> None:
    put_in(webhook_secret=secret, previous_webhook_secret="")

    tried = (secret, secret.strip(", "), secret + " ", "")
    answers = [post(BODY.decode(), signed(secret=used)) for used in tried]

    assert answers == [200 if used == secret else 400 for used in tried]
