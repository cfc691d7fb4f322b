"""Tables in the templates."""

from infra.catalogue import TABLES, Table
from tests.infra.templates import Json, Templates


def test_every_table_of_the_catalogue_exists_with_its_keys(every_stage: Templates) -> None:
    assert len(every_stage.properties("AWS::DynamoDB::Table")) == len(TABLES)
    for row in TABLES:
        table = _table(every_stage, row)

        assert _keys(table) == {"HASH": row.hash_key} | ({"RANGE": row.range_key} if row.range_key else {})
        assert table.get("TimeToLiveSpecification", {}).get("AttributeName") == row.ttl


def test_indexes_are_those_of_the_catalogue_and_hold_keys_and_what_they_carry(every_stage: Templates) -> None:
    for row in TABLES:
        table = _table(every_stage, row)
        indexes = table.get("GlobalSecondaryIndexes", [])
        types = {
            definition["AttributeName"]: definition["AttributeType"] for definition in table["AttributeDefinitions"]
        }

        assert {index["IndexName"]: _keys(index) for index in indexes} == {
            index.name: {"HASH": index.hash_key, "RANGE": index.range_key} for index in row.indexes
        }
        carried = {index.name: index.carries for index in row.indexes}
        assert all(index["Projection"] == _projection(carried[index["IndexName"]]) for index in indexes)
        assert all(types[index.range_key] == index.range_type for index in row.indexes)


def test_tables_are_on_demand_and_can_be_restored_to_a_point_in_time(every_stage: Templates) -> None:
    for table in every_stage.properties("AWS::DynamoDB::Table"):
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True}


def test_tables_outlive_their_stack(every_stage: Templates) -> None:
    for table in every_stage.resources("AWS::DynamoDB::Table"):
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_deployed_tables_cannot_be_deleted_by_mistake(deployed: Templates) -> None:
    assert all(table["DeletionProtectionEnabled"] for table in deployed.properties("AWS::DynamoDB::Table"))


def _table(stage: Templates, row: Table) -> Json:
    return stage.named("AWS::DynamoDB::Table", "TableName", f"tiller-{stage.stage}-{row.name}")


def _projection(carried: tuple[str, ...]) -> Json:
    if carried:
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(carried)}
    return {"ProjectionType": "KEYS_ONLY"}


def _keys(table: Json) -> dict[str, str]:
    return {entry["KeyType"]: entry["AttributeName"] for entry in table["KeySchema"]}
