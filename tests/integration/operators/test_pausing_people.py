"""Pausing and resuming people over the real handlers: whoever exists, and nobody else."""

import pytest

from tests.support.calls import Answer, call
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")


def ask(name: str, profile_id: str) -> Answer:
    claims = {"role": "operator"}
    return call(name, caller="olga", claims=claims, body={"reason": "a call"}, profile_id=profile_id)


@pytest.mark.parametrize("name", ["pause_person", "resume_person"])
def test_nobody_is_not_found_and_leaves_nothing(name: str) -> None:
    answer = ask(name, "nobody")

    assert (answer.status, answer.body["code"]) == (404, "not_found")
    assert list(PersonRow.scan()) == []


def test_who_has_a_portfolio_alone_is_paused_and_resumed() -> None:
    call("create_portfolio", caller="ada", body={"name": "paper", "exchange": 2})

    paused, resumed = ask("pause_person", "ada"), ask("resume_person", "ada")

    assert (paused.status, paused.body["pauses"]) == (200, ["operator"])
    assert (resumed.status, resumed.body["pauses"]) == (200, [])


def test_who_began_the_form_alone_is_paused() -> None:
    call("update_kyc_form", caller="ada", body={"first_name": "Ada"})

    assert ask("pause_person", "ada").status == 200
    assert len(list(PersonRow.query(partition("ada"), PersonRow.sk.startswith("audit#")))) == 1
