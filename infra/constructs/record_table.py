"""A DynamoDB table of records."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.catalogue import Table

_TYPES = {"S": dynamodb.AttributeType.STRING, "N": dynamodb.AttributeType.NUMBER, "B": dynamodb.AttributeType.BINARY}


class RecordTable(Construct):
    """A table on demand, retained, with point-in-time recovery and small indexes."""

    def __init__(self, scope: Construct, construct_id: str, *, row: Table, name: str, protected: bool) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=name,
            partition_key=dynamodb.Attribute(name=row.hash_key, type=dynamodb.AttributeType.STRING),
            sort_key=_key(row.range_key, row.range_type),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            time_to_live_attribute=row.ttl,
            stream=dynamodb.StreamViewType.NEW_IMAGE if row.has_stream else None,
            deletion_protection=protected,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        for index in row.indexes:
            self.table.add_global_secondary_index(
                index_name=index.name,
                partition_key=dynamodb.Attribute(name=index.hash_key, type=dynamodb.AttributeType.STRING),
                sort_key=_key(index.range_key, index.range_type),
                projection_type=dynamodb.ProjectionType.INCLUDE if index.carries else dynamodb.ProjectionType.KEYS_ONLY,
                non_key_attributes=list(index.carries) or None,
            )


def _key(name: str | None, kind: str) -> dynamodb.Attribute | None:
    return dynamodb.Attribute(name=name, type=_TYPES[kind]) if name else None
