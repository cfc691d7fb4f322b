"""Cheaper transactions for tests with many people.

Before each write of a transaction the in-process DynamoDB copies the whole table, down to every value,
so that it can go back, and keeps a reference to each copy for good. Our transactions put and delete whole items,
so copying what lies where is enough. For each query of an index it sorts the whole table, by keys that it
reads anew for every comparison; reading each once gives the same order.
"""

from copy import copy
from typing import Any

import pytest
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table


def light(table: Table, memo: dict[int, Any]) -> Table:
    """Return a copy of where a table's items lie, which nobody else keeps."""
    del memo
    made: Table = object.__new__(Table)
    made.__dict__ = {
        **table.__dict__,
        "items": type(table.items)(
            table.items.default_factory,
            {key: copy(each) for key, each in table.items.items()},
        ),
    }
    return made


def in_order(table: Table) -> list[Item]:
    """Return a table's items by their keys."""
    has_range = bool(table.range_key_attr)
    found = [item for place in table.items.values() for item in (place.values() if has_range else (place,))]
    return sorted(found, key=_keys)


def _keys(item: Item) -> tuple[Any, ...]:
    keys = (item.hash_key, item.range_key) if item.range_key else (item.hash_key,)
    return tuple(each.cast_value for each in keys)


def copy_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have transactions copy where items lie, not what is in them, and queries sort by keys that are read once."""
    monkeypatch.setattr(Table, "__deepcopy__", light, raising=False)
    monkeypatch.setattr(Table, "all_items", in_order)
