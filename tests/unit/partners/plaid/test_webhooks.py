"""Webhooks: only what Plaid signed over these very bytes, and lately, is taken."""

import base64
import hashlib
import json
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.partners.plaid.webhooks import KEY_ID, WebhookSigner
from trading.partners.plaid.webhooks import KEPT_SECONDS, MAX_KEPT, PlaidWebhookVerifier
from trading.platform.clock import FixedClock
from trading.platform.errors import InvalidRequest, Refused, Unavailable

BODY = b'{"webhook_type": "ITEM", "item_id": "item-1"}'
NOW = datetime.fromtimestamp(1_700_000_000, UTC)


class Keys:
    """Plaid's keys, counted."""

    def __init__(self, signer: WebhookSigner) -> None:
        self.signer, self.asked = signer, 0

    def __call__(self, key_id: str) -> Mapping[str, Any]:
        self.asked += 1
        if key_id != KEY_ID:
            raise Refused("unknown")
        return self.signer.public_key()


@pytest.fixture
def signer(tmp_path: Path) -> WebhookSigner:
    return WebhookSigner.in_folder(tmp_path)


@pytest.fixture
def keys(signer: WebhookSigner) -> Keys:
    return Keys(signer)


@pytest.fixture
def verifier(keys: Keys) -> PlaidWebhookVerifier:
    return PlaidWebhookVerifier(keys, wall=FixedClock(NOW))


def header(signer: WebhookSigner, body: bytes = BODY, *, age: int = 0, **more: Any) -> str:
    claims = {"iat": int(NOW.timestamp()) - age, "request_body_sha256": hashlib.sha256(body).hexdigest()}
    headers = {"kid": KEY_ID, **more.pop("headers", {})}
    return jwt.encode({**claims, **more}, signer.key, algorithm="ES256", headers=headers)


def assert_refused(verifier: PlaidWebhookVerifier, raw: bytes, text: str) -> None:
    with pytest.raises(InvalidRequest):
        verifier.verify(raw, text)


def test_a_signed_webhook_is_read(verifier: PlaidWebhookVerifier, signer: WebhookSigner) -> None:
    assert verifier.verify(BODY, header(signer))["item_id"] == "item-1"


def test_the_sandboxs_own_signature_holds_now(keys: Keys, signer: WebhookSigner) -> None:
    verifier = PlaidWebhookVerifier(keys, wall=FixedClock(datetime.fromtimestamp(time.time(), UTC)))

    assert verifier.verify(BODY, signer.header(BODY))["webhook_type"] == "ITEM"


def test_whitespace_counts(verifier: PlaidWebhookVerifier, signer: WebhookSigner) -> None:
    assert_refused(verifier, BODY + b" ", header(signer))


@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_old_and_future_webhooks_are_refused(verifier: PlaidWebhookVerifier, signer: WebhookSigner, age: int) -> None:
    assert_refused(verifier, BODY, header(signer, age=age))


@pytest.mark.parametrize("age", [300, -300, 0])
def test_five_minutes_either_way_are_fine(verifier: PlaidWebhookVerifier, signer: WebhookSigner, age: int) -> None:
    assert verifier.verify(BODY, header(signer, age=age))


@pytest.mark.parametrize("iat", [True, "1700000000", None, 1.5, 10**400, -(10**400)])
def test_a_moment_that_is_none_is_refused(verifier: PlaidWebhookVerifier, signer: WebhookSigner, iat: object) -> None:
    assert_refused(verifier, BODY, header(signer, iat=iat))


def test_another_key_is_refused(verifier: PlaidWebhookVerifier) -> None:
    forger = WebhookSigner(ec.generate_private_key(ec.SECP256R1()))

    assert_refused(verifier, BODY, header(forger))


def test_other_algorithms_are_refused_without_asking_for_a_key(verifier: PlaidWebhookVerifier, keys: Keys) -> None:
    claims = {"iat": int(NOW.timestamp()), "request_body_sha256": hashlib.sha256(BODY).hexdigest()}
    for algorithm, key in (("none", ""), ("HS256", "x" * 40)):
        assert_refused(verifier, BODY, jwt.encode(claims, key, algorithm=algorithm, headers={"kid": KEY_ID}))

    assert keys.asked == 0


def unsigned(**headers: object) -> str:
    return f"{base64.urlsafe_b64encode(json.dumps(headers).encode()).decode().rstrip('=')}.e30.eA"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b.c",
        "é" * 20,
        "x" * 5000,
        "..",
        unsigned(alg="ES256"),
        unsigned(alg="ES256", kid=""),
        unsigned(alg="ES256", kid=7),
        unsigned(alg="ES256", kid=["sandbox-webhooks-1"]),
        unsigned(alg="ES256", kid="x" * 101),
        unsigned(alg="ES256", kid="\ud800"),
        unsigned(alg="ES256", kid="a\x00b"),
        unsigned(kid="sandbox-webhooks-1"),
        unsigned(alg=None, kid="sandbox-webhooks-1"),
        unsigned(alg=["ES256"], kid="sandbox-webhooks-1"),
        "W10.e30.x",
        base64.urlsafe_b64encode(b"[" * 2900).decode().rstrip("=") + ".e30.x",
    ],
)
def test_headers_that_are_none_are_refused(verifier: PlaidWebhookVerifier, keys: Keys, text: str) -> None:
    assert_refused(verifier, BODY, text)
    assert keys.asked == 0


def test_keys_are_kept_and_so_is_that_there_is_none(
    verifier: PlaidWebhookVerifier, signer: WebhookSigner, keys: Keys
) -> None:
    for _ in range(5):
        verifier.verify(BODY, header(signer))
        assert_refused(verifier, BODY, header(signer, headers={"kid": "made-up"}))

    assert keys.asked == 2


def test_a_flood_of_made_up_ids_ends_in_no_calls_and_shuts_nobody_out(keys: Keys, signer: WebhookSigner) -> None:
    time_passed = [0.0]
    verifier = PlaidWebhookVerifier(keys, wall=FixedClock(NOW), monotonic=lambda: time_passed[0])
    verifier.verify(BODY, header(signer))

    time_passed[0] = KEPT_SECONDS / 2
    for number in range(MAX_KEPT + 50):
        assert_refused(verifier, BODY, header(signer, headers={"kid": f"made-up-{number}"}))

    assert keys.asked == 1 + MAX_KEPT
    time_passed[0] = KEPT_SECONDS + 1
    assert verifier.verify(BODY, header(signer))
    assert keys.asked == 2 + MAX_KEPT
    time_passed[0] = 2 * KEPT_SECONDS + 2
    assert_refused(verifier, BODY, header(signer, headers={"kid": "another"}))
    assert keys.asked == 3 + MAX_KEPT


@pytest.mark.parametrize("expired_at", [0, -1, -0.5, "soon"])
def test_an_expired_key_is_refused(signer: WebhookSigner, expired_at: float | str) -> None:
    verifier, now = PlaidWebhookVerifier(lambda _: key, wall=FixedClock(NOW)), int(NOW.timestamp())
    key = {**signer.public_key(), "expired_at": expired_at if isinstance(expired_at, str) else now + expired_at}

    assert_refused(verifier, BODY, header(signer))


def test_a_key_that_expires_later_still_holds(signer: WebhookSigner) -> None:
    key = {**signer.public_key(), "expired_at": int(NOW.timestamp()) + 1}

    assert PlaidWebhookVerifier(lambda _: key, wall=FixedClock(NOW)).verify(BODY, header(signer))


def test_a_key_that_cannot_be_had_now_is_no_forgery(signer: WebhookSigner) -> None:
    def down(_: str) -> Mapping[str, Any]:
        raise Unavailable("down")

    with pytest.raises(Unavailable):
        PlaidWebhookVerifier(down, wall=FixedClock(NOW)).verify(BODY, header(signer))


@pytest.mark.parametrize("key", [{}, {"kty": "oct", "k": "eA"}, {"kty": "EC", "crv": "P-256", "x": "eA", "y": 7}])
def test_a_key_that_is_none_verifies_nothing(signer: WebhookSigner, key: Mapping[str, Any]) -> None:
    assert_refused(PlaidWebhookVerifier(lambda _: key, wall=FixedClock(NOW)), BODY, header(signer))


@pytest.mark.parametrize("promised", [None, 7, "", "é", "0" * 64, "A" * 64])
def test_a_promise_of_another_body_is_refused(
    verifier: PlaidWebhookVerifier, signer: WebhookSigner, promised: object
) -> None:
    assert_refused(verifier, BODY, header(signer, request_body_sha256=promised))


@pytest.mark.parametrize("body", [b"[]", b"null", b"\xff\xfe", b"{", b"[" * 50_000])
def test_a_signed_body_that_is_no_object_is_refused(
    verifier: PlaidWebhookVerifier, signer: WebhookSigner, body: bytes
) -> None:
    assert_refused(verifier, body, header(signer, body))


def test_two_thousand_changed_webhooks_are_all_refused(verifier: PlaidWebhookVerifier, signer: WebhookSigner) -> None:
    dice, good = random.Random(11), header(signer)  # noqa: S311 - a seed, no secret
    for _ in range(1000):
        place = dice.randrange(len(BODY))
        changed = BODY[:place] + bytes([(BODY[place] + dice.randrange(1, 255)) % 256]) + BODY[place + 1 :]
        assert_refused(verifier, changed, good)
    for _ in range(1000):
        # The last letter of the signature has bits to spare.
        place = dice.randrange(len(good) - 1)
        letter = chr((ord(good[place]) - 32 + dice.randrange(1, 94)) % 94 + 33)
        changed_header = good[:place] + letter + good[place + 1 :]
        if changed_header != good:
            assert_refused(verifier, BODY, changed_header)
    assert json.loads(BODY) == verifier.verify(BODY, good)
