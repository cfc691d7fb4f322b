"""Sources that are read page by page, and go on where a run stopped."""

from hypothesis import given
from hypothesis import strategies as st

from trading.platform.sources import Source, Start, chained_source, sorted_source

Links = dict[str, list[str]]
links = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.lists(st.text("xyz", max_size=2), unique=True))


def source(name: str, items: list[str]) -> Source[str]:
    return sorted_source(name, lambda: {f"{name}-{item}-": f"{name}/{item}" for item in items}, size=2)


def chain(found: Links) -> Source[str]:
    return chained_source("chain", (source(name, items) for name, items in found.items()))


@given(links, st.integers(0, 30))
def test_a_chain_has_every_record_of_its_links_once_wherever_it_is_interrupted(found: Links, stop: int) -> None:
    start: Start | None = None
    seen: list[str] = []
    for number, page in enumerate(chain(found).pages()):
        seen += page.items
        start = page.next_start
        if number == stop:
            break

    if start is not None:
        seen += [item for page in chain(found).pages(start) for item in page.items]

    assert sorted(seen) == sorted(f"{name}/{item}" for name, items in found.items() for item in items)


def test_a_link_that_is_gone_meanwhile_hides_no_other() -> None:
    first = next(chain({"a": ["1"], "b": ["2"], "c": ["3"]}).pages())

    left = [item for page in chain({"a": ["1"], "c": ["3"]}).pages(first.next_start) for item in page.items]

    assert (first.items, left) == (("a/1",), ["c/3"])


def test_a_chain_without_links_has_one_empty_page() -> None:
    assert [page.items for page in chained_source("chain", ()).pages()] == [()]
