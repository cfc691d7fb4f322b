"""Plaid's client by what goes over the wire: each request as Plaid wants it, each odd answer judged."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import urllib3

from trading.brokerage.banks import ACCOUNT_GONE, LINK_REFUSED, LOGIN_REQUIRED, LinkedAccount
from trading.partners.plaid import LIVE_SECONDS, LOOKUP_SECONDS, PROCESSOR_SECONDS, Plaid, connected
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, Unavailable

CANARY = "access-sandbox-canary"
WEBHOOK = "https://api.example.com/webhooks/plaid"
FILTERS = {"depository": {"account_subtypes": ["checking", "savings"]}}
CHECKING = {
    "account_id": "account-1",
    "balances": {
        "available": 100,
        "current": 110.29,
        "iso_currency_code": "USD",
        "limit": None,
        "unofficial_currency_code": None,
    },
    "mask": "0000",
    "name": "Everyday",
    "official_name": "Everyday Checking at No Interest",
    "subtype": "checking",
    "type": "depository",
}
SAVINGS = {**CHECKING, "account_id": "account-2", "mask": None, "official_name": None}
SAVINGS["balances"] = {**CHECKING["balances"], "available": None, "current": None}  # type: ignore[dict-item]


@dataclass
class Wire:
    """What the SDK sends, and the answers it gets one after another, the last one for ever."""

    answers: list[Any]
    sent: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)
    timeouts: list[tuple[Any, Any]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=lambda: {"client_id": "client", "secret": "secret"})
    now: float = 0.0
    takes: float = 0.0

    def request(
        self, method: str, url: str, *, body: str, headers: Mapping[str, str], timeout: Any, preload_content: bool
    ) -> urllib3.HTTPResponse:
        assert (method, preload_content) == ("POST", False)
        self.sent.append((url.removeprefix("https://plaid.example.com"), json.loads(body), headers))
        self.timeouts.append((timeout.connect_timeout, timeout.read_timeout))
        self.now += self.takes
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, content = answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return urllib3.HTTPResponse(io.BytesIO(raw), status=status, preload_content=False)


def client_of(wire: Wire) -> Plaid:
    made = connected("https://plaid.example.com", lambda: wire.keys, WEBHOOK)
    made.api.api_client.rest_client.pool_manager = wire
    return Plaid(made.api, WEBHOOK, sleep=lambda _: None, monotonic=lambda: wire.now)


def told(*answers: Any, status: int = 200) -> Wire:
    return Wire([answer if isinstance(answer, Exception) else (status, answer) for answer in answers])


def failed(code: str, status: int = 400) -> Wire:
    error = {"error_type": "ITEM_ERROR", "error_code": code, "error_message": f"{CANARY} is", "display_message": None}
    return told(error, status=status)


CALLS: Mapping[str, Callable[[Plaid], object]] = {
    "link_token": lambda plaid: plaid.link_token("ada", redirect_uri=None, access_token=CANARY),
    "exchange": lambda plaid: plaid.exchange(CANARY),
    "institution": lambda plaid: plaid.institution(CANARY),
    "accounts": lambda plaid: plaid.accounts(CANARY),
    "balances": lambda plaid: plaid.balances(CANARY, ["a"], fresh_since=datetime(2023, 3, 14, tzinfo=UTC)),
    "processor_token": lambda plaid: plaid.processor_token(CANARY, "a"),
    "remove_item": lambda plaid: plaid.remove_item(CANARY),
    "webhook_key": lambda plaid: plaid.webhook_key("key-1"),
}
ACTS = ("link_token", "exchange", "remove_item")
READS = tuple(name for name in CALLS if name not in ACTS)
ODD = (b"{not json", b"", b"[]", b"null", b'"text"', b'{"request_id": "r"}', b"[" * 100_000, b"\xff")


def test_a_new_link_asks_for_checking_and_savings_accounts() -> None:
    wire = told({"link_token": "link-1", "expiration": "2023-03-14T04:00:00.5Z", "request_id": "r"})
    made = client_of(wire).link_token("ada", redirect_uri="https://app.example.com/plaid", access_token=None)

    assert (made.token, made.expiration) == ("link-1", datetime(2023, 3, 14, 4, 0, 0, 500_000, tzinfo=UTC))
    path, body, _ = wire.sent[0]
    assert path == "/link/token/create"
    assert body == {
        "client_name": "Tiller",
        "country_codes": ["US"],
        "language": "en",
        "redirect_uri": "https://app.example.com/plaid",
        "webhook": WEBHOOK,
        "user": {"client_user_id": "ada"},
        "products": ["auth"],
        "account_filters": FILTERS,
    }


def test_a_renewed_link_names_its_access_token_and_no_products() -> None:
    wire = told({"link_token": "link-1", "expiration": "2023-03-14T04:00:00Z"})
    client_of(wire).link_token("ada", redirect_uri=None, access_token="access-1")

    assert wire.sent[0][1] == {
        "client_name": "Tiller",
        "country_codes": ["US"],
        "language": "en",
        "webhook": WEBHOOK,
        "user": {"client_user_id": "ada"},
        "access_token": "access-1",
        "account_filters": FILTERS,
    }


def test_an_exchange_returns_token_and_item() -> None:
    wire = told({"access_token": "access-1", "item_id": "item-1", "request_id": "r"})

    assert client_of(wire).exchange("public-1") == ("access-1", "item-1")
    assert wire.sent[0][:2] == ("/item/public_token/exchange", {"public_token": "public-1"})


def test_balances_are_asked_for_with_a_day_to_the_second_in_utc() -> None:
    wire = told({"accounts": [CHECKING], "item": {"item_id": "item-1"}, "request_id": "r"})
    since = datetime(2023, 3, 13, 20, 0, 0, 999_999, tzinfo=timezone(-timedelta(hours=4)))
    client_of(wire).balances("access-1", ["account-1"], fresh_since=since)

    options = {"account_ids": ["account-1"], "min_last_updated_datetime": "2023-03-14T00:00:00Z"}
    assert wire.sent[0][:2] == ("/accounts/balance/get", {"access_token": "access-1", "options": options})


def test_accounts_are_read_with_or_without_what_banks_may_omit() -> None:
    wire = told({"accounts": [CHECKING, SAVINGS], "item": {"item_id": "item-1"}, "request_id": "r"})

    assert client_of(wire).accounts("access-1") == (
        LinkedAccount("account-1", "Everyday", "Everyday Checking at No Interest", "0000", 10_000, 11_029, "USD"),
        LinkedAccount("account-2", "Everyday", None, None, None, None, "USD"),
    )


def test_the_broker_gets_a_token_of_its_own() -> None:
    wire = told({"processor_token": "processor-1", "request_id": "r"})

    assert client_of(wire).processor_token("access-1", "account-1") == "processor-1"
    body = {"access_token": "access-1", "account_id": "account-1", "processor": "drivewealth"}
    assert wire.sent[0][:2] == ("/processor/token/create", body)


def test_the_bank_of_a_link_is_looked_up_in_two_steps() -> None:
    wire = told({"item": {"institution_id": "ins_1"}}, {"institution": {"name": "First Platypus Bank"}})

    assert client_of(wire).institution("access-1").name == "First Platypus Bank"
    assert [(path, body) for path, body, _ in wire.sent] == [
        ("/item/get", {"access_token": "access-1"}),
        ("/institutions/get_by_id", {"institution_id": "ins_1", "country_codes": ["US"]}),
    ]


def test_keys_that_rotate_are_used_at_once() -> None:
    wire = told({"accounts": []})
    client = client_of(wire)
    client.accounts("access-1")
    wire.keys = {"client_id": "client", "secret": "rotated"}
    client.accounts("access-1")

    assert [headers["PLAID-SECRET"] for _, _, headers in wire.sent] == ["secret", "rotated"]
    assert wire.sent[0][2]["PLAID-CLIENT-ID"] == "client"


def test_every_whole_cent_survives() -> None:
    raw = json.dumps([{**CHECKING, "balances": {"current": cents / 100}} for cents in range(1, 100_001)]).encode()
    accounts = client_of(told(b'{"accounts": ' + raw + b"}")).accounts("access-1")

    assert [account.current_cents for account in accounts] == list(range(1, 100_001))


@pytest.mark.parametrize(
    ("amount", "cents"),
    [(b"0.125", 12), (b"0.135", 14), (b"-3.1", -310), (b"1e3", 100_000), (b"0", 0), (b"null", None)],
)
def test_amounts_are_rounded_half_even(amount: bytes, cents: int | None) -> None:
    raw = json.dumps({"accounts": [{**CHECKING, "balances": {"current": "?"}}]}).encode().replace(b'"?"', amount)

    assert client_of(told(raw)).accounts("access-1")[0].current_cents == cents


@pytest.mark.parametrize("amount", [b"NaN", b"Infinity", b"1e400", b"true", b'"12.00"', b"[]", b"9" * 5000])
def test_an_amount_that_is_none_makes_the_answer_unreadable(amount: bytes) -> None:
    raw = json.dumps({"accounts": [{**CHECKING, "balances": {"current": "?"}}]}).encode().replace(b'"?"', amount)

    with pytest.raises(Unavailable):
        client_of(told(raw)).accounts("access-1")


@pytest.mark.parametrize("account", [None, {}, {**CHECKING, "balances": None}, {**CHECKING, "name": 7}, "account"])
def test_an_account_that_is_none_makes_the_answer_unreadable(account: object) -> None:
    with pytest.raises(Unavailable):
        client_of(told({"accounts": [account]})).accounts("access-1")


@pytest.mark.parametrize("raw", ODD)
@pytest.mark.parametrize("name", CALLS)
def test_an_answer_that_cannot_be_read_is_lost(name: str, raw: bytes) -> None:
    if name == "remove_item" and raw.startswith(b'{"'):
        return
    with pytest.raises(OutcomeUnknown if name in ACTS else Unavailable):
        CALLS[name](client_of(told(raw)))


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("ITEM_LOGIN_REQUIRED", LOGIN_REQUIRED),
        ("INVALID_ACCOUNT_ID", ACCOUNT_GONE),
        ("NO_ACCOUNTS", ACCOUNT_GONE),
        ("INVALID_PUBLIC_TOKEN", LINK_REFUSED),
        ("A_CODE_OF_TOMORROW", LINK_REFUSED),
    ],
)
@pytest.mark.parametrize("name", CALLS)
def test_refusals_are_told_by_codes_of_ours(name: str, code: str, meaning: str) -> None:
    wire = failed(code)
    with pytest.raises(Refused) as refused:
        CALLS[name](client_of(wire))

    assert refused.value.code == meaning
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "wire",
    [failed("INSTITUTION_NOT_RESPONDING"), failed("INVALID_API_KEYS"), failed("RATE_LIMIT", 429), failed("", 429)],
)
@pytest.mark.parametrize("name", CALLS)
def test_nothing_happened_where_plaid_says_later(name: str, wire: Wire) -> None:
    with pytest.raises(Unavailable):
        CALLS[name](client_of(wire))


LOST = (
    urllib3.exceptions.ReadTimeoutError(None, "", "late"),  # type: ignore[arg-type]
    urllib3.exceptions.ProtocolError("broken"),
    urllib3.exceptions.MaxRetryError(None, "", urllib3.exceptions.ResponseError("redirected")),  # type: ignore[arg-type]
)
NEVER_LEFT = (
    urllib3.exceptions.MaxRetryError(None, "", urllib3.exceptions.NewConnectionError(None, "no")),  # type: ignore[arg-type]
    urllib3.exceptions.MaxRetryError(None, "", urllib3.exceptions.ConnectTimeoutError()),  # type: ignore[arg-type]
)


@pytest.mark.parametrize("wire", [*map(told, LOST), failed("INTERNAL_SERVER_ERROR", 500), told(b"<html>", status=502)])
@pytest.mark.parametrize("name", ACTS)
def test_what_may_have_happened_is_unknown_and_done_once(name: str, wire: Wire) -> None:
    before = len(wire.sent)
    with pytest.raises(OutcomeUnknown):
        CALLS[name](client_of(wire))

    assert len(wire.sent) == before + 1


@pytest.mark.parametrize("lost", NEVER_LEFT)
@pytest.mark.parametrize("name", CALLS)
def test_what_never_left_did_not_happen(name: str, lost: Exception) -> None:
    with pytest.raises(Unavailable):
        CALLS[name](client_of(told(lost)))


@pytest.mark.parametrize("name", READS)
def test_a_read_is_made_twice_and_no_more(name: str) -> None:
    wire = failed("INTERNAL_SERVER_ERROR", 500)
    with pytest.raises(Unavailable):
        CALLS[name](client_of(wire))

    assert len(wire.sent) == 2


@pytest.mark.parametrize(
    ("name", "most"),
    [("accounts", LOOKUP_SECONDS), ("balances", LIVE_SECONDS), ("processor_token", PROCESSOR_SECONDS)],
)
def test_a_read_takes_no_longer_than_it_may(name: str, most: float) -> None:
    wire = failed("INTERNAL_SERVER_ERROR", 500)
    wire.takes = most - 2
    with pytest.raises(Unavailable):
        CALLS[name](client_of(wire))

    assert wire.timeouts == [(2, min(8, most)), (2, 2)]
    wire.takes = most - 0.5
    with pytest.raises(Unavailable):
        CALLS[name](client_of(wire))
    assert len(wire.sent) == 3


@pytest.mark.parametrize("wire", [failed("ITEM_LOGIN_REQUIRED"), failed("X", 500), failed("X", 429), told(LOST[0])])
@pytest.mark.parametrize("name", CALLS)
def test_no_error_shows_what_was_sent_or_answered(name: str, wire: Wire) -> None:
    with pytest.raises(PartnerError) as failure:
        CALLS[name](client_of(wire))

    error = failure.value
    assert CANARY not in f"{error!r} {error} {error.detail} {error.code} {error.__cause__!r}"
    assert error.__suppress_context__ or error.__context__ is None


@pytest.mark.parametrize("code", ["ITEM_NOT_FOUND", "INVALID_ACCESS_TOKEN"])
def test_a_link_that_is_gone_is_as_good_as_removed(code: str) -> None:
    client_of(failed(code)).remove_item("access-1")
