"""A page of a filtered list: what it shows, how far it looks, where the next one goes on."""

import pytest

from trading.platform.pages import MAX_SCANNED, Page, page_of, scanned


def rows(text: str) -> list[tuple[str, str]]:
    return [(str(number), letter) for number, letter in enumerate(text)]


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("", Page((), None)),
        ("a", Page(("a",), None)),
        ("aa", Page(("a", "a"), None)),
        ("aaa", Page(("a", "a"), "1")),
        ("aab", Page(("a", "a"), "1")),
        ("bbaba", Page(("a", "a"), None)),
        ("bbabab", Page(("a", "a"), "4")),
        ("bbbbb", Page((), None)),
        ("bbbbba", Page((), "4")),
        ("bbbba", Page(("a",), None)),
        ("abbbba", Page(("a",), "4")),
    ],
)
def test_a_page_holds_two_of_at_most_five_rows_and_goes_on_behind_the_last_it_saw(text: str, page: Page[str]) -> None:
    assert page_of(rows(text), limit=2, budget=5, is_wanted=lambda letter: letter == "a") == page


def test_without_a_filter_a_page_reads_no_more_than_it_shows() -> None:
    assert scanned(30, None, None) == 30


@pytest.mark.parametrize("given", [("success",), (None, "deposit"), (False,)])
def test_with_a_filter_it_reads_up_to_its_budget(given: tuple[object, ...]) -> None:
    assert scanned(30, *given) == MAX_SCANNED
