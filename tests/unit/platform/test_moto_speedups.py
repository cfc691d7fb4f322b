"""The in-process DynamoDB of the tests answers as it would without its short ways."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.table import Table
from pynamodb.connection import Connection

from tests.support import moto_speedups

pytestmark = pytest.mark.usefixtures("aws")

PEOPLE = "people"


def connection() -> Connection:
    return Connection(region="us-east-1")


def item(place: int, person: str, **more: str) -> dict[str, Any]:
    texts = {"pk": person, "sk": f"{place:03}", "unknown_key": f"all#{place % 2}", "unknown_at": f"{99 - place}"} | more
    return {name: {"S": text} for name, text in texts.items()}


def put(place: int, person: str, condition: str = "") -> dict[str, Any]:
    required = {"ConditionExpression": condition} if condition else {}
    return {"Put": {"TableName": PEOPLE, "Item": item(place, person, written="anew"), **required}}


def write(*items: dict[str, Any]) -> None:
    connection().dispatch("TransactWriteItems", {"TransactItems": list(items)})


def everything() -> list[Any]:
    rows: list[Any] = connection().dispatch("Scan", {"TableName": PEOPLE})["Items"]
    return rows


def fill() -> None:
    for place in range(12):
        found = item(place, ("ada", "bob", "cyd")[place % 3])
        connection().dispatch("PutItem", {"TableName": PEOPLE, "Item": found})


def test_a_transaction_that_fails_leaves_everything_as_it_was() -> None:
    fill()
    before = everything()
    gone = {"Delete": {"TableName": PEOPLE, "Key": {"pk": {"S": "bob"}, "sk": {"S": "001"}}}}

    with pytest.raises(ClientError):
        write(put(0, "ada"), put(50, "new"), gone, put(2, "cyd", "attribute_not_exists(pk)"))

    assert everything() == before


def test_a_condition_is_not_taken_for_the_same_words_with_another_value() -> None:
    fill()
    condition = "written = :wanted"

    write(put(0, "ada"))
    for wanted, fails in (("anew", False), ("never", True), ("anew", False)):
        again = put(0, "ada", condition)
        again["Put"]["ExpressionAttributeValues"] = {":wanted": {"S": wanted}}
        if fails:
            with pytest.raises(ClientError):
                write(again)
        else:
            write(again)


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [2, 100])
def test_queries_find_the_same_as_without_short_ways(
    forward: bool, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill()
    asked = [
        ("pk", "bob", None),
        ("pk", "nobody", None),
        ("unknown_key", "all#1", "by_unknown"),
        ("unknown_key", "none", "by_unknown"),
    ]

    found = [query(*arguments, forward=forward, limit=limit) for arguments in asked]

    monkeypatch.setattr(Table, "query", moto_speedups.query)
    assert found == [query(*arguments, forward=forward, limit=limit) for arguments in asked]
    assert len(found[0]["Items"]) == min(limit, 4)


def query(name: str, value: str, index: str | None, *, forward: bool, limit: int) -> Any:
    arguments: dict[str, Any] = {
        "TableName": PEOPLE,
        "KeyConditionExpression": f"{name} = :value",
        "ExpressionAttributeValues": {":value": {"S": value}},
        "ScanIndexForward": forward,
        "Limit": limit,
    }
    return connection().dispatch("Query", arguments | ({"IndexName": index} if index else {}))


def test_nobody_shares_an_object_with_a_table() -> None:
    mine = item(1, "ada")
    connection().dispatch("PutItem", {"TableName": PEOPLE, "Item": mine})
    mine["pk"]["S"] = "changed"
    everything()[0]["sk"]["S"] = "changed"

    assert everything() == [item(1, "ada")]
