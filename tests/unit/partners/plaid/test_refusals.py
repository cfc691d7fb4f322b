"""Refusals and failures of Plaid: said in codes of ours, distinguished by what may have happened."""

import pytest
import urllib3

from tests.unit.partners.plaid.wire import ACTS, CALLS, CANARY, READS, Wire, answered, client_of, failed
from trading.brokerage.banks import ACCOUNT_GONE, LINK_REFUSED, LOGIN_REQUIRED
from trading.partners.plaid.client import LIVE_SECONDS, LOOKUP_SECONDS, PROCESSOR_SECONDS
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, Unavailable

ODD = (b"{not json", b"", b"[]", b"null", b'"text"', b'{"request_id": "r"}', b"[" * 100_000, b"\xff")


@pytest.mark.parametrize("raw", ODD)
@pytest.mark.parametrize("name", CALLS)
def test_an_answer_that_cannot_be_read_is_lost(name: str, raw: bytes) -> None:
    if name == "remove_item" and raw.startswith(b'{"'):
        return
    with pytest.raises(OutcomeUnknown if name in ACTS else Unavailable):
        CALLS[name](client_of(answered(raw)))


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


@pytest.mark.parametrize(
    "wire", [*map(answered, LOST), failed("INTERNAL_SERVER_ERROR", 500), answered(b"<html>", status=502)]
)
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
        CALLS[name](client_of(answered(lost)))


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


@pytest.mark.parametrize("wire", [failed("ITEM_LOGIN_REQUIRED"), failed("X", 500), failed("X", 429), answered(LOST[0])])
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
