"""Signatures: only what Stripe signed over these very bytes, lately, with a secret in use, is taken."""

import json
import random

import pytest

from tests.unit.partners.stripe.signing import (
    BODY,
    EVENT,
    FOREIGN_SECRET,
    OLD_SECRET,
    OURS,
    SECONDS,
    SECRET,
    assert_refused,
    body_of,
    digest,
    header,
    verifier,
)

MUTATIONS = 1_000


def test_a_signed_webhook_is_read() -> None:
    event = verifier().verify(BODY, header())

    assert (event.event_id, event.type) == ("evt_1", "payment_intent.succeeded")
    assert event.object == EVENT["data"]["object"]


@pytest.mark.parametrize("signed_with", [(OLD_SECRET,), (SECRET,), (OLD_SECRET, SECRET), (SECRET, OLD_SECRET)])
def test_while_a_secret_is_rotated_either_holds(signed_with: tuple[str, ...]) -> None:
    assert verifier(SECRET, OLD_SECRET).verify(BODY, header(BODY, *signed_with))


@pytest.mark.parametrize("known", [SECRET, OLD_SECRET])
def test_either_side_may_rotate_first(known: str) -> None:
    assert verifier(known).verify(BODY, header(BODY, OLD_SECRET, SECRET))


def test_a_secret_that_is_gone_holds_no_longer() -> None:
    assert_refused(BODY, header(BODY, OLD_SECRET))


def test_another_secret_is_refused() -> None:
    assert_refused(BODY, header(BODY, FOREIGN_SECRET), verifier(SECRET, OLD_SECRET))


@pytest.mark.parametrize("secrets", [("",), ("", "")])
def test_an_empty_secret_vouches_for_nothing(secrets: tuple[str, ...]) -> None:
    assert_refused(BODY, header(BODY, ""), verifier(*secrets))


@pytest.mark.parametrize("age", [300, 1, 0, -1, -300])
def test_five_minutes_either_way_are_fine(age: int) -> None:
    assert verifier().verify(BODY, header(at=SECONDS - age))


@pytest.mark.parametrize("age", [301, -301, 86_400, -86_400, -365 * 86_400, SECONDS])
def test_old_and_future_webhooks_are_refused(age: int) -> None:
    assert_refused(BODY, header(at=SECONDS - age))


def test_the_time_is_signed_too() -> None:
    assert_refused(BODY, f"t={SECONDS},v1={digest(at=SECONDS - 1)}")


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(EVENT).encode(),
        json.dumps(EVENT, indent=2, sort_keys=True).encode(),
        BODY + b"\n",
        b" " + BODY,
        b"\xef\xbb\xbf" + BODY,
        BODY.replace(b"\n", b"\r\n"),
        b"",
    ],
)
def test_the_same_meaning_in_other_bytes_is_refused(raw: bytes) -> None:
    assert_refused(raw, header())


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "=",
        ",=,=,",
        "t",
        "v1",
        f"t={SECONDS}",
        f"t={SECONDS},v1",
        f"t={SECONDS},v1=",
        f"v1={digest()}",
        f"t=,v1={digest()}",
        f"t=-{SECONDS},v1={digest()}",
        f"t=+{SECONDS},v1={digest()}",
        f"t={SECONDS}.0,v1={digest()}",
        f"t=1_700_000_000,v1={digest()}",
        f"t=1e9,v1={digest()}",
        f"t=nan,v1={digest()}",
        f"t=٣,v1={digest()}",
        f"t={'9' * 5000},v1={digest()}",
        f"t={'9' * 12},v1={digest()}",
        f"t={SECONDS},t={SECONDS},v1={digest()}",
        f"t={SECONDS},t={SECONDS - 9999},v1={digest()}",
        f"t={SECONDS},v0={digest()}",
        f"t={SECONDS},V1={digest()}",
        f"t={SECONDS},v1={digest().upper()}",
        f"t={SECONDS},v1={digest()[:-1]}",
        f"t={SECONDS},v1={digest()}0",
        f"t={SECONDS},v1= {digest()}",
        f"t={SECONDS};v1={digest()}",
        f"t={SECONDS},v1=é",
        f"t={SECONDS},v1=\ud800",
        f"t={SECONDS},v1=\x00{digest()}",
        f"t={SECONDS},v1={digest()}\r\nx: y",
        f"t={SECONDS}," + ",".join("v1=" + "0" * 64 for _ in range(40)) + f",v1={digest()}",
        f"t={SECONDS},v1={digest()}," + "x" * 5000,
        "é" * 20,
        "," * 4096,
        "t=" * 2000,
    ],
)
def test_headers_that_are_none_are_refused(text: str) -> None:
    assert_refused(BODY, text)


@pytest.mark.parametrize(
    "text",
    [
        f"t={SECONDS}, v1={digest()}",
        f"v1={digest()},t={SECONDS}",
        f"t={SECONDS},v0={'0' * 64},v1={digest()}",
        f"t={SECONDS},v1={'0' * 64},v1={digest()}",
        f"t={SECONDS},v2=whatever,,v1={digest()}",
    ],
)
def test_schemes_to_come_and_another_order_do_no_harm(text: str) -> None:
    assert verifier().verify(BODY, text)


@pytest.mark.parametrize("livemode", [True, None, 0, 1, "false", "", [], {}])
def test_another_mode_is_refused(livemode: object) -> None:
    raw = body_of(livemode=livemode)

    assert_refused(raw, header(raw))


def test_a_live_stage_takes_live_events_alone() -> None:
    live = body_of(livemode=True)

    assert verifier(livemode=True).verify(live, header(live))
    assert_refused(BODY, header(), verifier(livemode=True))


@pytest.mark.parametrize("account", ["acct_other", "", 7, [], {}, [OURS], True, False])
def test_another_account_is_refused(account: object) -> None:
    raw = body_of(account=account)

    assert_refused(raw, header(raw))


@pytest.mark.parametrize("account", [{}, {"account": None}, {"account": OURS}])
def test_our_own_account_may_be_named_or_not(account: dict[str, object]) -> None:
    raw = body_of(**account)

    assert verifier().verify(raw, header(raw))


def test_a_stage_that_names_no_account_takes_none_of_others() -> None:
    raw = body_of(account="acct_other")

    assert_refused(raw, header(raw), verifier(account=""))


def test_no_mutation_of_a_thousand_is_taken() -> None:
    dice, good = random.Random(5), header()  # noqa: S311 - a seed, no secret
    for _ in range(MUTATIONS // 2):
        place = dice.randrange(len(BODY))
        assert_refused(BODY[:place] + bytes([BODY[place] ^ dice.randrange(1, 256)]) + BODY[place + 1 :], good)
    for _ in range(MUTATIONS // 2):
        place = dice.randrange(len(good))
        other = chr((ord(good[place]) - 32 + dice.randrange(1, 95)) % 95 + 32)
        assert_refused(BODY, good[:place] + other + good[place + 1 :])

    assert verifier().verify(BODY, good)


def test_a_cut_or_longer_body_is_refused() -> None:
    for length in range(0, len(BODY), 7):
        assert_refused(BODY[:length], header())
    assert_refused(BODY + BODY, header())
