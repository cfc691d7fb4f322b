"""The adapter of FCM over the simulator and over answers made up: what was sent, and what was not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.firebase.account import service_account
from sandbox.partners.firebase.answers import (
    BAD_REQUEST,
    FCM_ERROR,
    RETRY_AFTER_SECONDS,
    AccessAnswer,
    SendAnswer,
)
from sandbox.partners.firebase.api import MOUNTED_AT, FirebaseApi
from sandbox.partners.firebase.simulator import FirebaseSimulator
from tests.support.serving import serving
from trading.notifications.ports import Gone
from trading.partners.firebase.client import Firebase
from trading.partners.limits import FIREBASE
from trading.platform.deadline import time_limit
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"


@dataclass
class FirebaseHarness:
    """A simulated FCM, and the adapter that asks it."""

    firebase: Firebase
    simulator: FirebaseSimulator
    faults: Faults
    url: str

    def push(self, firebase: Firebase | None = None) -> str:
        """Push a message."""
        return (firebase or self.firebase).push("token", "Title", "Text", data={"link": "tiller://x"}, badge=3)


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[FirebaseHarness]:
    simulator, faults = FirebaseSimulator.in_folder(tmp_path, now=lambda: NOW), Faults()
    with serving(Starlette(routes=FirebaseApi(simulator, faults).routes())) as base:
        url = f"{base}{MOUNTED_AT}"
        yield FirebaseHarness(Firebase(lambda: service_account(url), url), simulator, faults, url)


def counted(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what was counted, by type."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "DomainEvents" in line]
    return [str(line["type"]) for line in lines]


def test_a_push_says_what_it_is_asked_to(harness: FirebaseHarness) -> None:
    name = harness.push()

    (sent,) = harness.simulator.messages
    assert (sent.name, sent.token, sent.title, sent.body, sent.badge) == (name, "token", "Title", "Text", 3)
    assert sent.data == {"link": "tiller://x"}


@pytest.mark.parametrize("answer", list(AccessAnswer))
def test_where_there_is_no_access_nothing_was_sent(harness: FirebaseHarness, answer: AccessAnswer) -> None:
    harness.simulator.deny_access(answer)

    with pytest.raises(Unavailable) as refused:
        harness.push()

    assert harness.simulator.messages == []
    asks = answer in {AccessAnswer.HTML, AccessAnswer.UNAVAILABLE}
    assert refused.value.retry_after_seconds == (RETRY_AFTER_SECONDS if asks else None)
    harness.push()
    assert len(harness.simulator.messages) == 1


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.HTTP_429, Fault.DROP_BEFORE, Fault.MALFORMED])
def test_a_token_endpoint_that_fails_sends_nothing(harness: FirebaseHarness, fault: Fault) -> None:
    harness.faults.add("firebase", "token", fault, 1)

    with pytest.raises(Unavailable):
        harness.firebase.connect()

    harness.firebase.connect()
    harness.push()
    assert len(harness.simulator.messages) == 1


def test_nobody_at_the_token_endpoint_or_at_fcm_sends_nothing(harness: FirebaseHarness) -> None:
    for account, url in ((service_account(NOWHERE), harness.url), (service_account(harness.url), NOWHERE)):
        with pytest.raises(Unavailable):
            harness.push(Firebase(lambda account=account: account, url))  # type: ignore[misc]

    assert harness.simulator.messages == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"project_id": "x"}',
        '{"project_id": "x", "type": "service_account", "client_email": "a", "token_uri": "b", "private_key": "c"}',
    ],
)
def test_an_account_that_cannot_be_read_sends_nothing_and_is_counted(
    harness: FirebaseHarness, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unavailable):
        harness.push(Firebase(lambda: text, harness.url))

    assert counted(capsys) == ["push_rights_refused"]


def test_a_secret_without_an_account_sends_nothing_and_is_counted(
    harness: FirebaseHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    secret: dict[str, str] = {"account": "{}"}

    with pytest.raises(Unavailable):
        harness.push(Firebase(lambda: secret["service_account"], harness.url))

    assert counted(capsys) == ["push_rights_refused"]


@pytest.mark.parametrize("answer", [SendAnswer.UNREGISTERED, SendAnswer.SENDER_ID_MISMATCH, SendAnswer.MALFORMED])
def test_an_error_that_names_the_token_ends_it(harness: FirebaseHarness, answer: SendAnswer) -> None:
    harness.simulator.answer("token", answer)

    with pytest.raises(Gone):
        harness.push()


def test_an_error_that_names_the_message_ends_no_token(harness: FirebaseHarness) -> None:
    harness.simulator.answer("token", SendAnswer.INVALID_PAYLOAD)

    with pytest.raises(Refused):
        harness.push()


@pytest.mark.parametrize("answer", [SendAnswer.QUOTA_EXCEEDED, SendAnswer.UNAVAILABLE, SendAnswer.HTML])
def test_who_is_asked_to_wait_hears_for_how_long(harness: FirebaseHarness, answer: SendAnswer) -> None:
    harness.simulator.answer("token", answer)

    with pytest.raises(Unavailable) as refused:
        harness.push()

    assert refused.value.retry_after_seconds == RETRY_AFTER_SECONDS


def test_rights_that_are_refused_are_counted_and_tried_again(
    harness: FirebaseHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    harness.simulator.answer("token", SendAnswer.THIRD_PARTY_AUTH_ERROR)

    with pytest.raises(Unavailable):
        harness.push()

    assert counted(capsys) == ["push_rights_refused"]


def test_an_access_token_that_is_good_no_more_is_replaced(harness: FirebaseHarness) -> None:
    harness.push()
    harness.simulator.generation += 1

    with pytest.raises(Unavailable):
        harness.push()

    harness.push()
    assert len(harness.simulator.messages) == 2


def test_who_does_not_answer_may_have_sent(harness: FirebaseHarness) -> None:
    harness.simulator.answer("token", SendAnswer.HANG)
    impatient = Firebase(lambda: service_account(harness.url), harness.url, timeouts=(1, 0.2))

    with pytest.raises(OutcomeUnknown):
        harness.push(impatient)


def test_a_new_account_is_used_without_a_new_process(harness: FirebaseHarness) -> None:
    accounts = [service_account(NOWHERE)]
    firebase = Firebase(lambda: accounts[-1], harness.url)
    with pytest.raises(Unavailable):
        harness.push(firebase)

    accounts.append(service_account(harness.url))

    assert harness.push(firebase)


def fcm(code: str) -> dict[str, object]:
    return {"@type": FCM_ERROR, "errorCode": code}


def fields(*names: str) -> dict[str, object]:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": name, "description": "no"} for name in names]}


JUDGED = [
    (400, {"details": [fcm("INVALID_ARGUMENT")]}, Gone),
    (400, {"details": [fcm("INVALID_ARGUMENT"), fields("message.token")]}, Gone),
    (400, {"details": [fcm("INVALID_ARGUMENT"), fields("message.data")]}, Refused),
    (400, {"details": [fcm("INVALID_ARGUMENT"), fields("message.token", "message.data")]}, Refused),
    (400, {"details": [fcm("INVALID_ARGUMENT"), {"@type": BAD_REQUEST}]}, Refused),
    (400, {"details": [fields("message.token")]}, Gone),
    (400, {"details": None}, Refused),
    (400, {"details": ["odd"]}, Refused),
    (400, {"details": "odd"}, Refused),
    (400, [], Refused),
    (404, {"details": []}, Unavailable),
    (403, {"details": []}, Unavailable),
    (401, {"details": [fcm("THIRD_PARTY_AUTH_ERROR")]}, Unavailable),
    (500, {"details": [fcm("INTERNAL")]}, Unavailable),
    (413, {}, Refused),
    (502, {}, OutcomeUnknown),
    (504, {}, OutcomeUnknown),
    (302, {}, OutcomeUnknown),
    (200, {}, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "error", "judgement"), JUDGED)
def test_each_answer_means_one_thing(
    harness: FirebaseHarness, status: int, error: object, judgement: type[Exception]
) -> None:
    async def answer(_: Request) -> Response:
        return Response(json.dumps({"error": error}), status, {"Location": f"{harness.url}/elsewhere"})

    with serving(Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])) as url:
        firebase = Firebase(lambda: service_account(harness.url), url)
        with pytest.raises(judgement):
            harness.push(firebase)


def test_a_message_that_the_sdk_finds_wrong_is_refused(harness: FirebaseHarness) -> None:
    with pytest.raises(Refused):
        harness.firebase.push("", "Title", "Text", data={}, badge=1)


def test_a_push_is_begun_while_there_is_time_for_it_alone(harness: FirebaseHarness) -> None:
    harness.firebase.connect()

    with time_limit(FIREBASE.connect_seconds + FIREBASE.read_seconds + 1):
        assert harness.push()
