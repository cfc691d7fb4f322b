"""Pages of lists: the cursor's part, the same for every list."""

from collections.abc import Sequence
from typing import TypeVar

from trading.platform import cursors
from trading.platform.errors import FieldProblem, InvalidRequest

T = TypeVar("T")


def page_start(caller: str, scope: str, cursor: str | None) -> str | None:
    """Return the text that a page starts after, or None for the first page.

    Raises:
        InvalidRequest: if the cursor belongs to another caller or list.
    """
    position = cursors.decode(caller, scope, cursor)
    if position is not None and not isinstance(position, str):
        raise InvalidRequest(problems=(FieldProblem("cursor", "This cursor belongs to another list."),))
    return position


def next_cursor(caller: str, scope: str, found: Sequence[tuple[str, T]], limit: int) -> str | None:
    """Return the cursor of the page after a full one; a page that is not full is the last."""
    return cursors.encode(caller, scope, found[-1][0]) if len(found) == limit else None
