"""What every function has, whatever triggers it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import TABLES, Function
from infra.constructs.alarms import Watched, add_alarm
from infra.constructs.private_bucket import DOCUMENTS_PREFIX, MODELS_PREFIX, RESULTS_PREFIX
from trading.platform.settings import variable, variables

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
NEAR_TIMEOUT = 0.9
"""From which share of its timeout on a function takes too long."""

LOGS_KEPT = logs.RetentionDays.THREE_MONTHS


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What surrounds functions. Tables, queues, keys and layers go by their catalogue names.

    `dead_letters` are the queues' own, `documents` the bucket of uploaded documents, `models` that of
    trained models, `results` that of back-tests. `failures` takes the runs that nothing could finish;
    `environment` is common to all functions. `retry_seconds` says after which times failed messages come again.
    `alarms` is the topic that hears of each function's own alarms, where there are any.
    """

    prefix: str
    tables: Mapping[str, dynamodb.ITable]
    queues: Mapping[str, sqs.IQueue]
    dead_letters: Mapping[str, sqs.IQueue]
    keys: Mapping[str, kms.IKey]
    documents: s3.IBucket
    models: s3.IBucket
    results: s3.IBucket
    failures: sqs.IQueue
    layers: Mapping[str, lambda_.ILayerVersion]
    environment: Mapping[str, str]
    api: apigateway.IHttpApi
    authorizer: apigateway.IHttpRouteAuthorizer
    schedules_enabled: bool
    retry_seconds: tuple[int, ...]
    alarms: sns.ITopic | None


class BaseFunction(Construct):
    """One function of the catalogue with a log group, a role of its own and the rights that its row names."""

    def __init__(self, scope: Construct, construct_id: str, *, row: Function, around: Surroundings) -> None:
        super().__init__(scope, construct_id)
        name = function_name(row, around.prefix)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{name}",
            retention=LOGS_KEPT,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler="handler.lambda_handler",
            code=lambda_.Code.from_asset(str(row.folder), exclude=["__pycache__"]),
            layers=[around.layers[layer] for layer in ("trading", *row.layers) if layer in around.layers],
            memory_size=row.memory_mb,
            timeout=cdk.Duration.seconds(row.timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE,
            role=self.role,
            log_group=self.log_group,
            environment={**around.environment, **_environment(row, around)},
        )
        if around.alarms is not None:
            self._watch(row, around.alarms)
        for table, actions in sorted(row.tables.items()):
            self.allow(actions, _resources(around.tables[table], table, actions), service="dynamodb")
        for queue in row.sends_to:
            self.allow({"SendMessage"}, [around.queues[queue].queue_arn], service="sqs")
        for queue in row.parks_in:
            self.allow({"SendMessage"}, [around.dead_letters[queue].queue_arn], service="sqs")
        for key, actions in sorted(row.keys.items()):
            self.allow(actions, [around.keys[key].key_arn], service="kms")
        for actions, bucket, prefix in (
            (row.documents, around.documents, DOCUMENTS_PREFIX),
            (row.models, around.models, MODELS_PREFIX),
            (row.results, around.results, RESULTS_PREFIX),
        ):
            if actions:
                self.allow(actions, [bucket.arn_for_objects(f"{prefix}*")], service="s3")

    def _watch(self, row: Function, alarms: sns.ITopic) -> None:
        """Watch for the time that it takes: one that is cut off does its work again, and again in vain."""
        near = Watched(
            metric=self.function.metric_duration(statistic=cloudwatch.Stats.MAXIMUM),
            threshold=row.timeout_seconds * 1000 * NEAR_TIMEOUT,
            about="near_timeout",
            meaning=f"{row.name} took nearly all the time that it has",
        )
        add_alarm(self, "NearTimeout", near, alarms)

    def allow_to_invoke(self, rows: Iterable[Function], prefix: str) -> None:
        """Let the function invoke functions of the stage, by their names: it may be one of them itself."""
        stack = cdk.Stack.of(self)
        arns = [
            stack.format_arn(
                service="lambda",
                resource="function",
                resource_name=function_name(row, prefix),
                arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
            )
            for row in rows
        ]
        self.allow({"InvokeFunction"}, arns, service="lambda")

    def allow(self, actions: frozenset[str] | set[str], resources: list[str], *, service: str) -> None:
        """Let the function do named actions of a service on named resources."""
        named = [f"{service}:{action}" for action in sorted(actions)]
        self.role.add_to_policy(iam.PolicyStatement(actions=named, resources=resources))


def function_name(row: Function, prefix: str) -> str:
    """Return the name that a function is deployed under."""
    return dashed(f"{prefix}-{row.area}-{row.name}")


def dashed(name: str) -> str:
    """Return a catalogue name as resource names are spelled."""
    return name.replace("_", "-")


def _resources(table: dynamodb.ITable, name: str, actions: frozenset[str]) -> list[str]:
    indexes = next(row.indexes for row in TABLES if row.name == name) if "Query" in actions else ()
    return [table.table_arn, *(f"{table.table_arn}/index/{index.name}" for index in indexes)]


def _environment(row: Function, around: Surroundings) -> dict[str, str]:
    tables = {variable("TABLE", name): around.tables[name].table_name for name in row.tables}
    queues = {variable("QUEUE", name): around.queues[name].queue_url for name in row.sends_to}
    parked = {variable("QUEUE", f"{name}-dlq"): around.dead_letters[name].queue_url for name in row.parks_in}
    keys = {variable("KMS_KEY", name): around.keys[name].key_arn for name in row.keys}
    bucket = variables(documents_bucket=around.documents.bucket_name) if row.documents else {}
    models = variables(models_bucket=around.models.bucket_name) if row.models else {}
    results = variables(results_bucket=around.results.bucket_name) if row.results else {}
    return tables | queues | parked | keys | bucket | models | results
