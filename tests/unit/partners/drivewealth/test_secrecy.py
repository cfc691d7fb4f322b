"""Tokens, keys, names and numbers never show in errors, logs or representations."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.partners.drivewealth.harness import MAYBE_SENT, NEVER_SENT, NOW, Broker, client_of
from tests.unit.partners.drivewealth.payloads import error, user
from trading.brokerage.models import Direction, IdentityDocument, PaymentOrder
from trading.partners.drivewealth.client import DriveWealth
from trading.partners.drivewealth.session import Token
from trading.partners.drivewealth.transport import Answer, Call
from trading.platform.errors import PartnerError
from trading.platform.observability import logger

TAX_ID = "canary-tax-id"
FAILURES: list[Any] = [
    *NEVER_SENT.values(),
    *MAYBE_SENT.values(),
    (200, f'"{TAX_ID}"'),
    (200, {"id": f"../{TAX_ID}", "status": "canary-status", "amount": "canary-amount"}),
    (200, f"<html>{TAX_ID}</html>"),
    (302, None, {"Location": f"https://elsewhere.test/{TAX_ID}"}),
    (400, error("K110", TAX_ID)),
    (400, error(TAX_ID, TAX_ID)),
    (401, error("L025", TAX_ID)),
    (404, error("E404", TAX_ID)),
    (409, {"message": TAX_ID}),
    (429, error("E429", TAX_ID), {"Retry-After": TAX_ID}),
    (500, error("E500", TAX_ID)),
]


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """Return what any logger of the process writes during one test, however chatty."""
    lines = io.StringIO()
    handler, root = logging.StreamHandler(lines), logging.getLogger()
    own = logger.registered_handler
    assert isinstance(own, logging.StreamHandler)
    level, own_stream = root.level, own.setStream(lines)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)
    own.setStream(own_stream)


def attempts(client: DriveWealth) -> list[Any]:
    document = {"type": "IDENTIFICATION_INFO", "data": {"value": TAX_ID}}
    picture = IdentityDocument("PASSPORT", "FRONT", "image/png", TAX_ID.encode())
    order = PaymentOrder("canary-account-no", 100, "canary-bank", "canary-note")
    return [
        lambda: client.create_user([document], key="canary-key"),
        lambda: client.update_user("canary-user", [document], key="canary-key"),
        lambda: client.upload_document("canary-user", picture, key="canary-key"),
        lambda: client.deposit(order, key="canary-key"),
        lambda: client.create_bank_account(
            "canary-user", processor_token="canary-token", nickname="canary-name", key="canary-key"
        ),
        lambda: client.user("canary-user"),
        lambda: client.payments_of("canary-user", Direction.DEPOSIT),
    ]


def shown(error: BaseException | None) -> Iterator[str]:
    """Yield what a traceback says of an error and of those that led to it."""
    while error is not None:
        yield f"{error} {error!r} {vars(error)}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_no_failure_shows_what_was_sent_or_answered(failure: Any, everything_logged: io.StringIO) -> None:
    for attempt in attempts(client_of(Broker(failure))):
        with pytest.raises(PartnerError) as raised:
            attempt()

        assert "canary" not in "".join(shown(raised.value))

    assert "canary" not in everything_logged.getvalue()


def test_no_representation_shows_a_secret(everything_logged: io.StringIO) -> None:
    client = client_of(Broker((200, user())))
    client.user("user-ada")

    assert "canary" not in repr(client)
    assert "canary" not in repr(Token("canary-token", NOW))
    assert "canary" not in repr(Call("POST", "/back-office/users/canary-user", {"value": TAX_ID}, "key"))
    assert "canary" not in repr(Answer(200, {"value": TAX_ID}))
    assert "canary" not in repr(client.connection.sessions)
    assert "canary" not in everything_logged.getvalue()
