"""What the routes of notifications take: how many, and how long."""

import pytest
from pydantic import ValidationError

from trading.notifications.models import MAX_MARKED
from trading.notifications.replies import ReadBody


@pytest.mark.parametrize("ids", [["n"], ["n" * 100], ["n"] * MAX_MARKED])
def test_ids_are_taken_up_to_their_length_and_number(ids: list[str]) -> None:
    assert ReadBody.model_validate({"ids": ids}).ids == ids


@pytest.mark.parametrize("ids", [[], [""], ["n" * 101], ["n"] * (MAX_MARKED + 1)])
def test_no_id_an_empty_one_a_longer_one_or_too_many_are_refused(ids: list[str]) -> None:
    with pytest.raises(ValidationError):
        ReadBody.model_validate({"ids": ids})


@pytest.mark.parametrize("body", [{}, {"ids": ["n"], "all": True}])
def test_either_some_or_all_are_said_and_not_both(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="either"):
        ReadBody.model_validate(body)
