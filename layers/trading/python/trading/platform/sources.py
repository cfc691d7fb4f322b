"""Sources: everybody that a job concerns, page by page, so that a run may go on where another stopped.

A source is one shard of an index under a name of its own; a page says where the next one starts. To
iterate over sources reads all of it, as if there were no pages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

PAGE = 500
"""How many records a page has: some seconds of work."""

Start = Mapping[str, Any]
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True)
class Page(Generic[T_co]):
    """Some records, and where the next page starts; None behind the last."""

    items: tuple[T_co, ...]
    next_start: Start | None = None


@dataclass(frozen=True)
class Source(Generic[T_co]):
    """One part of everybody. `read` takes where a page starts, None for the first."""

    name: str
    read: Callable[[Start | None], Page[T_co]]

    def pages(self, start: Start | None = None) -> Iterator[Page[T_co]]:
        """Yield pages until the last."""
        while True:
            page = self.read(start)
            yield page
            start = page.next_start
            if start is None:
                return

    def through(self, change: Callable[[Iterable[T_co]], Iterable[U]]) -> "Source[U]":
        """Return the source of what a page's records become."""

        def read(start: Start | None) -> Page[U]:
            page = self.read(start)
            return Page(tuple(change(page.items)), page.next_start)

        return Source(self.name, read)


@dataclass(frozen=True)
class Sources(Generic[T_co]):
    """All parts of everybody, in the order in which they are read."""

    parts: tuple[Source[T_co], ...]

    def __iter__(self) -> Iterator[T_co]:
        """Yield every record of every part."""
        for part in self.parts:
            for page in part.pages():
                yield from page.items

    def through(self, change: Callable[[Iterable[T_co]], Iterable[U]]) -> "Sources[U]":
        """Return the sources of what pages of records become."""
        return Sources(tuple(part.through(change) for part in self.parts))

    def map(self, change: Callable[[T_co], U]) -> "Sources[U]":
        """Return the sources of what each record becomes."""
        return self.through(lambda items: map(change, items))


def index_source(
    name: str,
    index: Any,  # noqa: ANN401 - pynamodb's indexes have no common type that mypy knows
    of: Callable[[Any], T_co],
    condition: Any = None,  # noqa: ANN401 - pynamodb's own
    *,
    size: int = PAGE,
) -> Source[T_co]:
    """Return the source of an index's records under a hash key, which names it."""

    def read(start: Start | None) -> Page[T_co]:
        rows = index.query(name, condition, limit=size, last_evaluated_key=start)
        items = tuple(of(row) for row in rows)
        return Page(items, rows.last_evaluated_key)

    return Source(name, read)


def chained_source(name: str, sources: Iterable[Source[T_co]]) -> Source[T_co]:
    """Return one source of many, in the order of their names: a run keeps one place in it, however many they are."""
    links = sorted(sources, key=lambda link: link.name)

    def read(start: Start | None) -> Page[T_co]:
        at = str(start["link"]) if start else ""
        left = [link for link in links if link.name >= at]  # one that is gone meanwhile is passed over
        if not left:
            return Page(())
        page = left[0].read(start["start"] if start and left[0].name == at else None)
        if page.next_start is not None:
            return Page(page.items, {"link": left[0].name, "start": page.next_start})
        return Page(page.items, {"link": left[1].name, "start": None} if left[1:] else None)

    return Source(name, read)


def sorted_source(name: str, find: Callable[[], Mapping[str, T_co]], *, size: int = PAGE) -> Source[T_co]:
    """Return a source of what is found at once, by keys, in their order; a page starts after a key.

    It is found once by an invocation, however many pages that reads.
    """
    found_once = cache(find)

    def read(start: Start | None) -> Page[T_co]:
        after = str(start["after"]) if start else ""
        found = found_once()
        left = sorted(key for key in found if key > after)
        taken = left[:size]
        return Page(tuple(found[key] for key in taken), {"after": taken[-1]} if len(left) > size else None)

    return Source(name, read)
