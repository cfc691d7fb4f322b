import base64
import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.platform.bodies import DEEPEST, as_json_request, read_json, read_signed
from trading.platform.errors import InvalidRequest

UNACCEPTABLE = {
    "nothing": "",
    "half": '{"a": 1',
    "nan": '{"a": NaN}',
    "infinity": '{"a": -Infinity}',
    "huge integer": "9" * 5000,
    "deep list": "[" * 50_000,
    "deep object": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "double key": '{"a": 1, "a": 2}',
    "double key inside": '[{"b": {"a": 1, "a": 1}}]',
    "lone surrogate": '{"a": "\\ud800"}',
    "lone surrogate in a key": '{"\\udfff": 1}',
    "nul": '{"a": "x\\u0000"}',
    "nul in a key": '{"\\u0000": 1}',
    "nul in a list": '{"a": ["x\\u0000"]}',
    "nul behind a backslash": '"\\\\\\u0000"',
    "byte order mark": "\ufeff{}",
    "impossible exponent": '{"a": 1e999999999999999999999}',
}


@pytest.mark.parametrize("text", UNACCEPTABLE.values(), ids=UNACCEPTABLE)
def test_what_is_no_json_of_ours_is_told_from_json_in_one_way(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json(text)


def test_decimals_stay_exact() -> None:
    assert read_json('[0.1, 1.10, 3, 1e2, "0.1"]') == [Decimal("0.1"), Decimal("1.10"), 3, Decimal(100), "0.1"]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_json('"\\ud83d\\ude00"') == "\U0001f600"


def test_a_backslash_and_letters_are_no_nul() -> None:
    assert read_json('["\\\\u0000"]') == ["\\u0000"]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(json.JSONDecodeError):
        read_json(text)


@given(st.binary(min_size=1))
def test_any_bytes_become_text_or_are_refused(raw: bytes) -> None:
    event = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}

    with suppress(InvalidRequest):
        assert as_json_request(event)["body"].encode() == raw


def test_base64_must_be_base64() -> None:
    with pytest.raises(InvalidRequest):
        as_json_request({"body": "!!!", "isBase64Encoded": True})


@pytest.mark.parametrize("kind", ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", None, ""])
def test_json_may_be_declared_or_not(kind: str | None) -> None:
    event = {"body": "{}", "headers": {"Content-Type": kind}}

    assert as_json_request(event)["headers"] == {"content-type": "application/json"}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "json"])
def test_a_body_of_another_type_is_refused(kind: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        as_json_request({"body": "a=1", "headers": {"Content-Type": kind}})

    assert [problem.field for problem in caught.value.problems] == ["content-type"]


def test_without_a_body_its_type_does_not_matter() -> None:
    assert as_json_request({"headers": {"content-type": "text/plain"}})["headers"]["content-type"] == "application/json"


def nested(levels: int) -> bytes:
    """Return a body whose innermost value lies so many levels deep."""
    return b'{"a":' * (levels - 1) + b"1" + b"}" * (levels - 1)


def test_a_signed_body_is_read_as_deep_as_the_limit_and_no_deeper() -> None:
    assert set(read_signed(nested(DEEPEST))) == {"a"}
    with pytest.raises(InvalidRequest, match="cannot be verified"):
        read_signed(nested(DEEPEST + 1))


@pytest.mark.parametrize(
    "inner", ['{"a": [%s]}', '{"a": {"b": 1}, "c": %s}'], ids=["in a list", "beside a shallow one"]
)
def test_what_lies_too_deep_is_found_wherever_it_lies(inner: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be verified"):
        read_signed((inner % nested(DEEPEST).decode()).encode())


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b'"text"', b"\xff", b""])
def test_a_signed_body_is_an_object(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_signed(raw)
