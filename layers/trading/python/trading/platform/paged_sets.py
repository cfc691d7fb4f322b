"""Sets of texts that may outgrow an item: pages of them, each one row, the next begun when one is full."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import count, islice

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import size
from pynamodb.expressions.update import Action
from pynamodb.models import Model

MAX_PAGE = 8_000
"""From how many on a page takes no more. With 12 letters each, and the last thousand, that is a third of an item."""

MAX_ADDED_AT_ONCE = 1_000

_FAILED = "ConditionalCheckFailedException"


def page_sk(sk: str, number: int) -> str:
    """Return where a page of a set lies; the first lies at the set's own place."""
    return f"{sk}#{number:03}" if number else sk


def add_to_pages(
    page: Callable[[int], Model], attribute: UnicodeSetAttribute, members: Collection[str], also: Sequence[Action] = ()
) -> None:
    """Add members to the first page that has room. One request for each thousand, and one for each full page."""
    left, pages = iter(sorted(members)), count()
    number = next(pages)
    while some := set(islice(left, MAX_ADDED_AT_ONCE)):
        while not _has_taken(page(number), attribute, some, also):
            number = next(pages)


def read_pages(page: Callable[[int], Collection[str] | None]) -> Iterator[str]:
    """Yield the members of all pages; `page` returns those of one, None where there is none. A request a page."""
    for number in count():
        found = page(number) or ()
        yield from found
        if len(found) < MAX_PAGE:
            return


def _has_taken(row: Model, attribute: UnicodeSetAttribute, some: set[str], also: Sequence[Action]) -> bool:
    has_room = attribute.does_not_exist() | (size(attribute) < MAX_PAGE)  # type: ignore[no-untyped-call]
    try:
        row.update(actions=[attribute.add(some), *also], condition=has_room)
    except UpdateError as error:
        if error.cause_response_code != _FAILED:
            raise
        return False
    return True
