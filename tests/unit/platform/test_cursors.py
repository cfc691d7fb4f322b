import base64

import boto3
import pytest

from tests.unit.platform.conftest import Environment
from trading.platform import cursors
from trading.platform.errors import InvalidRequest

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("position", ["portfolio#1", "", 7, "\u00e9", "x" * 500])
def test_a_cursor_leads_back_to_its_position(position: str | int) -> None:
    cursor = cursors.encode("ada", "portfolios", position)

    assert cursors.decode("ada", "portfolios", cursor) == position


def test_no_cursor_is_the_first_page() -> None:
    assert cursors.decode("ada", "portfolios", None) is None


@pytest.mark.parametrize(("caller", "scope"), [("bob", "portfolios"), ("ada", "sessions"), ("adap", "ortfolios")])
def test_a_cursor_is_good_for_its_caller_and_list_only(caller: str, scope: str) -> None:
    cursor = cursors.encode("ada", "portfolios", "portfolio#1")

    with pytest.raises(InvalidRequest) as caught:
        cursors.decode(caller, scope, cursor)

    assert [problem.field for problem in caught.value.problems] == ["cursor"]


def test_no_character_of_a_cursor_can_be_changed() -> None:
    cursor = cursors.encode("ada", "portfolios", "portfolio#12")

    for place, character in enumerate(cursor):
        for other in ALPHABET.replace(character, ""):
            with pytest.raises(InvalidRequest):
                cursors.decode("ada", "portfolios", cursor[:place] + other + cursor[place + 1 :])


@pytest.mark.parametrize("cursor", ["", "x", "\u00e9", "====", "null", "a" * 2000, "\ud800", "!" * 40, "\x00"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        cursors.decode("ada", "portfolios", cursor)


@pytest.mark.parametrize(
    "change", [str.lower, lambda c: c + "=", lambda c: c + "A", lambda c: c[:-1], lambda c: "!" + c]
)
def test_a_cursor_has_one_spelling(change: object) -> None:
    cursor = cursors.encode("ada", "portfolios", "portfolio#12")

    assert callable(change)
    with pytest.raises(InvalidRequest):
        cursors.decode("ada", "portfolios", change(cursor))


@pytest.mark.usefixtures("aws")
def test_the_key_is_a_secret_that_processes_share(environment: Environment) -> None:
    before = cursors.encode("ada", "portfolios", "portfolio#1")
    boto3.client("secretsmanager").create_secret(Name="cursor-key-of-a-test", SecretString='{"key": "of all"}')

    environment(CURSOR_SECRET="cursor-key-of-a-test")
    shared = cursors.encode("ada", "portfolios", "portfolio#1")

    assert shared != before
    assert shared == cursors.encode("ada", "portfolios", "portfolio#1")
    assert b"portfolio#1" in base64.urlsafe_b64decode(shared + "==")
