"""The catalogue's tables, encryption keys and bucket in an in-process AWS."""

from functools import cache
from typing import Any

import boto3
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table as InProcessTable
from moto.kms.models import Key, kms_backends
from moto.s3.models import s3_backends

from infra.catalogue import TABLES, Index, Table
from tests.support.moto_speedups import with_items

REGION = "us-east-1"


_CREATED: dict[str, InProcessTable] = {}
"""The tables as they were first created, by request: to do so for each test anew takes long."""


def create_tables() -> None:
    """Create every table of the catalogue under its own name."""
    tables = dynamodb_backends[ACCOUNT_ID][REGION].tables
    if not _CREATED:
        client = boto3.client("dynamodb")
        for table in TABLES:
            client.create_table(**_definition(table))
        _CREATED.update(tables)
    tables.update({name: with_items(table, {}) for name, table in _CREATED.items()})


def renew_tables() -> None:
    """Empty every table."""
    client = boto3.client("dynamodb")
    for table in TABLES:
        client.delete_table(TableName=table.name)
    create_tables()


def create_keys_and_buckets() -> dict[str, str]:
    """Create what functions seal with and the buckets; return the variables that name them."""
    for name in ("documents", "models", "results"):
        s3_backends[ACCOUNT_ID]["aws"].create_bucket(name, REGION)
    keys = {name: _key(name) for name in ("TAX_IDS", "TOKENS")}
    kms_backends[ACCOUNT_ID][REGION].keys |= {key.id: key for key in keys.values()}
    buckets = {"DOCUMENTS_BUCKET": "documents", "MODELS_BUCKET": "models", "RESULTS_BUCKET": "results"}
    return {**buckets, **{f"KMS_KEY_{name}": key.arn for name, key in keys.items()}}


@cache
def _key(_: str) -> Key:
    """Create a key; to do so for each test anew would be most of many a test's time."""
    made = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    return kms_backends[ACCOUNT_ID][REGION].keys[made]


def _definition(table: Table) -> dict[str, Any]:
    kinds = {table.hash_key: "S"} | ({table.range_key: table.range_type} if table.range_key else {})
    for index in table.indexes:
        kinds |= {index.hash_key: "S", index.range_key: index.range_type}
    definition: dict[str, Any] = {
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys(table.hash_key, table.range_key),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
    }
    if table.indexes:
        definition["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    return definition


def _index(index: Index) -> dict[str, Any]:
    keys = _keys(index.hash_key, index.range_key)
    carried = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.carries)}
    projection = carried if index.carries else {"ProjectionType": "KEYS_ONLY"}
    return {"IndexName": index.name, "KeySchema": keys, "Projection": projection}


def _keys(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return keys + ([{"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else [])
