"""A cheaper in-process DynamoDB for tests with many people, with the same answers.

Before each write of a transaction it copies the whole table, down to every value, so that it can go back, and keeps
a reference to each copy for good. Our transactions put and delete whole items, so copying what lies where is enough,
once for each table, and anew only where the transaction writes. For each query it sorts the whole table, by keys that
it reads anew for every comparison, and then selects the few items asked for; selecting first and reading each key once
gives the same order. A page of an index it ends where whole items would fill it; of an index that carries attributes we
give it those alone, as AWS counts. It parses each condition three times; the same words with the same values mean
the same. And before it updates an item, it copies the update's syntax tree value by value; its nodes are enough.
"""

import marshal
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from copy import copy, deepcopy
from typing import Any

import pytest
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import Node

MAX_PARSED = 20_000
INDEX_NAME = 6
"""Where the name of an index is among the arguments of a query, after its hash key."""

Partitions = Mapping[str, set[DynamoType]]

transact, query, parse = DynamoDBBackend.transact_write_items, Table.query, ConditionExpressionParser.parse
cast_value = DynamoType.cast_value.fget  # type: ignore[attr-defined]
written: ContextVar[Partitions | None] = ContextVar("written", default=None)
"""The partitions that the thread's running transaction writes to, by table."""


def light(table: Table, memo: dict[int, Any]) -> Table:
    """Return a copy of where a table's items lie, which nobody else keeps."""
    del memo
    places = set(table.items) if (partitions := written.get()) is None else partitions.get(table.name, set())
    return with_items(table, table.items | {key: copy(table.items[key]) for key in places if key in table.items})


def with_items(table: Table, items: Mapping[DynamoType, Any]) -> Table:
    """Return a table like another with items of its own; the in-process DynamoDB keeps no reference to it."""
    made: Table = object.__new__(Table)
    made.__dict__ = {**table.__dict__, "items": type(table.items)(table.items.default_factory, items)}
    return made


def transact_lightly(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    """Write a transaction; what it may have to go back to is kept once for each table."""
    places: dict[str, set[DynamoType]] = {}
    for name, key in _keys_of(backend, items):
        places.setdefault(name, set()).add(key)
    token = written.set(places)
    try:
        transact(backend, items)
    finally:
        written.reset(token)


def _keys_of(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> Iterator[tuple[str, DynamoType]]:
    for item in items:
        (operation,) = item.values()
        table = backend.tables.get(operation["TableName"])
        if table is not None:
            key = operation.get("Item") or operation["Key"]
            yield table.name, DynamoType(key[table.hash_key_attr])


def in_order(table: Table) -> list[Item]:
    """Return a table's items by their keys."""
    has_range = bool(table.range_key_attr)
    found = [item for place in table.items.values() for item in (place.values() if has_range else (place,))]
    wanted: dict[str, DynamoType] = vars(table).get("wanted", {})
    for name, value in wanted.items():
        found = [item for item in found if name in item.attrs and item.attrs[name] == value]
    index = vars(table).get("carrying")
    if index is not None:
        found = [index.project(item) for item in found]
    return sorted(found, key=_keys)


def query_lightly(table: Table, hash_key: DynamoType | None, *more: Any, **options: Any) -> Any:
    """Query a table of nothing but the partition, or what an index has of it."""
    if more[INDEX_NAME]:
        part = with_items(table, table.items)
        vars(part)["wanted"] = dict(options.get("hash_key_conditions") or ())
        index = table.get_index(more[INDEX_NAME])
        vars(part)["carrying"] = index if index.projection.get("NonKeyAttributes") else None
    else:
        part = with_items(table, {key: table.items[key] for key in (hash_key,) if key in table.items})
    return query(part, hash_key, *more, **options)


def _keys(item: Item) -> tuple[Any, ...]:
    keys = (item.hash_key, item.range_key) if item.range_key else (item.hash_key,)
    return tuple(key.cast_value for key in keys)


def cast_lightly(value: DynamoType) -> Any:
    """Return a value as Python has it; nearly all are texts."""
    return value.value if value.type == "S" else cast_value(value)


PARSED: dict[bytes, tuple[Any, list[str], list[str]]] = {}


def parse_once(parser: ConditionExpressionParser) -> Any:
    """Return what a condition means; parse it the first time."""
    words = (parser.condition_expression, parser.expression_attribute_names, parser.expression_attribute_values)
    key = marshal.dumps(words, 2)
    if key not in PARSED:
        if len(PARSED) >= MAX_PARSED:
            PARSED.clear()
        PARSED[key] = parse(parser), parser.expr_attr_names_found, parser.expr_attr_values_found
    found, names, values = PARSED[key]
    parser.expr_attr_names_found, parser.expr_attr_values_found = list(names), list(values)
    return found


def copied(value: Any) -> Any:
    """Return a copy of a syntax tree's nodes, or of whatever else."""
    if not isinstance(value, Node):
        return deepcopy(value)
    made: Any = copy(value)
    made.children = [copied(child) if isinstance(child, Node) else child for child in value.children or ()]
    for child in made.children:
        if isinstance(child, Node):
            child.set_parent(made)
    return made


def copy_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the in-process DynamoDB copy, sort and parse no more than it needs for its answers."""
    monkeypatch.setattr(Table, "__deepcopy__", light, raising=False)
    monkeypatch.setattr(Table, "all_items", in_order)
    monkeypatch.setattr(Table, "query", query_lightly)
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", transact_lightly)
    monkeypatch.setattr(DynamoType, "cast_value", property(cast_lightly))
    monkeypatch.setattr(ConditionExpressionParser, "parse", parse_once)
    monkeypatch.setattr(validators, "deepcopy", copied)
