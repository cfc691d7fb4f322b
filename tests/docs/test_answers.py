import pytest

from tests.docs.answers import ANYTHING, holds


@pytest.mark.parametrize(
    ("shown", "actual"),
    [
        ({"status": "closed"}, {"status": "open"}),
        ({"status": "closed"}, {}),
        ([{"id": ANYTHING}], []),
        ({"items": [{"pnl": 1}]}, {"items": [{"pnl": 2}]}),
        ({"items": []}, []),
    ],
)
def test_an_answer_that_lacks_what_is_shown_is_noticed(shown: object, actual: object) -> None:
    assert not holds(shown, actual)


def test_an_answer_may_have_more_than_is_shown() -> None:
    shown = {"id": ANYTHING, "items": [{"pnl": 1}]}

    assert holds(shown, {"id": 7, "items": [{"pnl": 1, "flat": True}, {"pnl": 2}], "more": 1})
