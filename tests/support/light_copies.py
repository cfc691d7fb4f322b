"""Cheaper transactions for tests with many people.

Before each write of a transaction the in-process DynamoDB copies the whole table, down to every value,
so that it can go back, and keeps a reference to each copy for good. Our transactions put and delete whole items,
so copying what lies where is enough.
"""

from copy import copy
from typing import Any

import pytest
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


def copy_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have transactions copy where items lie, not what is in them."""
    monkeypatch.setattr(Table, "__deepcopy__", light, raising=False)
