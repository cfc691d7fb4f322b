"""What is answered of sparse indexes."""

from typing import Any

import pytest

from sandbox.emulator.indexes import earliest


def table(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": {"a": {str(number): item for number, item in enumerate(items)}}}


def entry(due: str, at: int) -> dict[str, Any]:
    return {"due": {"S": due}, "at": {"N": str(at)}}


def wanted(prefix: str | None) -> dict[str, Any]:
    return {"table": "t", "hash_key": "due", "range_key": "at", "prefix": prefix}


def test_the_earliest_entry_of_a_prefix_is_found() -> None:
    kept = table(entry("resolve#1", 30), entry("resolve#2", 20), entry("other#1", 10))

    assert earliest(kept, wanted("resolve#")) == 20
    assert earliest(kept, wanted("close#")) is None


def test_any_entry_counts_where_there_is_no_prefix() -> None:
    assert earliest(table(entry("x", 30)), wanted(None)) == 0


@pytest.mark.parametrize("item", [{"due": {"S": "resolve#1"}}, {"at": {"N": "1"}}])
@pytest.mark.parametrize("prefix", [None, "resolve#"])
def test_what_lacks_a_key_is_in_no_index(item: dict[str, Any], prefix: str | None) -> None:
    assert earliest(table(item), wanted(prefix)) is None


def test_a_table_that_is_not_there_has_nothing() -> None:
    assert earliest(None, wanted(None)) is None
