"""Lists and searches: newest first, page by page. Search lags behind what is there."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.errors import invalid
from sandbox.partners.stripe.form import Form

SEARCH_LAG = timedelta(seconds=60)
"""How old something must be, by the sandbox's clock, for a search to find it."""

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
_CLAUSE = re.compile(
    r"""\s*(?:metadata\[(?P<k>["'])(?P<key>[^"'\[\]]+)(?P=k)\]|(?P<field>[a-z_]+))"""
    r"""\s*:\s*(?P<v>["'])(?P<value>(?:\\.|(?!(?P=v))[^\\])*)(?P=v)\s*(?:$|AND(?=\s))"""
)
_ESCAPED = re.compile(r"\\(.)")

Document = dict[str, Any]


def listed(form: Form, url: str, documents: Iterable[Document], *filters: str) -> Document:
    """Return a page of documents (oldest first as they come) that have what `filters` ask for."""
    wanted = {name: form.text(name) for name in filters if form.text(name) is not None}
    fitting = [
        document
        for document in reversed(list(documents))
        if all(document.get(name) == it for name, it in wanted.items())
    ]
    after = form.text("starting_after")
    if after is not None:
        places = [place for place, document in enumerate(fitting) if document["id"] == after]
        if not places:
            raise invalid("starting_after", f"No such object: '{after}'", "resource_missing")
        fitting = fitting[places[0] + 1 :]
    limit = form.count("limit", DEFAULT_LIMIT, MAX_LIMIT)
    return wire.page("list", url, fitting[:limit], has_more=len(fitting) > limit)


def searched(form: Form, url: str, documents: Iterable[Document], now: datetime) -> Document:
    """Return a page of the documents that a query fits and that are old enough to be found."""
    fits, newest = _query(form.required("query")), (now - SEARCH_LAG).timestamp()
    fitting = [document for document in reversed(list(documents)) if document["created"] <= newest and fits(document)]
    limit, start = form.count("limit", DEFAULT_LIMIT, MAX_LIMIT), form.text("page") or "0"
    if not (start.isascii() and start.isdigit()):
        raise invalid("page", "Invalid page")
    end = int(start) + limit
    found = wire.page("search_result", url, fitting[int(start) : end], has_more=len(fitting) > end)
    return {**found, "next_page": str(end) if len(fitting) > end else None}


def _query(text: str) -> Callable[[Mapping[str, Any]], bool]:
    wanted, place = [], 0
    while place < len(text):
        clause = _CLAUSE.match(text, place)
        if clause is None:
            raise invalid("query", "The search query could not be read; see https://docs.stripe.com/search")
        wanted.append((clause["key"], clause["field"], _ESCAPED.sub(r"\1", clause["value"])))
        place = clause.end()

    def fits(document: Mapping[str, Any]) -> bool:
        return all(
            (document["metadata"].get(key) if key else document.get(field)) == value for key, field, value in wanted
        )

    return fits
