"""Pages of lists, the same for every list: where one starts, and how much of a list one may read.

A filter may match nothing for a thousand rows. So a page of a filtered list looks at no more than
`MAX_SCANNED` of them; it may be short, or empty, and its cursor then goes on behind the last one that was read.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from trading.platform import cursors
from trading.platform.errors import FieldProblem, InvalidRequest

MAX_SCANNED = 200

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items in the list's order, and where the next page starts, if there is one."""

    items: tuple[T, ...]
    next_after: str | None


def scanned(limit: int, *filters: object) -> int:
    """Return how many rows a page may look at: as many as it shows, unless a filter is given."""
    return limit if all(filter_ is None for filter_ in filters) else max(MAX_SCANNED, limit)


def page_of(
    rows: Iterable[tuple[str, T]], *, limit: int, budget: int, is_wanted: Callable[[T], bool] = lambda _: True
) -> Page[T]:
    """Return the first wanted items of at most `budget` rows, each given with the text that a page starts after.

    `rows` hold one more than the budget where there is more; it is not read.
    """
    found: list[T] = []
    last: str | None = None
    for number, (place, item) in enumerate(rows):
        if number == budget or len(found) == limit:
            return Page(tuple(found), last)
        last = place
        if is_wanted(item):
            found.append(item)
    return Page(tuple(found), None)


def page_start(caller: str, scope: str, cursor: str | None) -> str | None:
    """Return the text that a page starts after, or None for the first page.

    Raises:
        InvalidRequest: if the cursor belongs to another caller or list.
    """
    position = cursors.decode(caller, scope, cursor)
    if position is not None and not isinstance(position, str):
        raise InvalidRequest(problems=(FieldProblem("cursor", "This cursor belongs to another list."),))
    return position


def next_cursor(caller: str, scope: str, page: Page[T]) -> str | None:
    """Return the cursor of the page after one, if there is one."""
    return cursors.encode(caller, scope, page.next_after) if page.next_after else None
