"""Functions in the templates: one per catalogue row, with its rights and its environment and no more."""

from typing import Any

from infra.catalogue import FUNCTIONS, QUEUES, TABLES, Consumer, Function, Route, Schedule, Stream
from infra.stacks.data import KEYS
from tests.infra.templates import Templates, as_list

TRACING = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
COMMON = {"STAGE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
PARTNERS = {
    "market-data": {
        "MARKET_DATA_SECRET",
        "MARKET_DATA_URL",
        "MARKET_DATA_FEED",
        "MARKET_DATA_EXCHANGES",
        "MAX_QUOTE_SPREAD",
    },
    "drivewealth": {"DRIVEWEALTH_SECRET", "DRIVEWEALTH_URL"},
    "plaid": {"PLAID_SECRET", "PLAID_URL", "PLAID_WEBHOOK_URL"},
    "firebase": {"FIREBASE_SECRET", "FIREBASE_URL"},
    "stripe": {"STRIPE_SECRET", "STRIPE_URL", "STRIPE_LIVEMODE"},
}
AREAS = {
    "automation": {"MARKET_DATA_EXCHANGES", "INDEX_SYMBOLS", "SIGNAL_GATE"},
    "signals": {"MARKET_DATA_EXCHANGES", "SIGNAL_GATE", "SIGNAL_STRATEGY", "TRAINING_YEARS"},
    "backtest": {"MARKET_DATA_EXCHANGES", "SIGNAL_GATE"},
    "banking": {"REDIRECT_HOSTS"},
    "funding": {
        "MAX_DEPOSITED_A_DAY_CENTS",
        "MAX_WITHDRAWN_A_DAY_CENTS",
        "SETTLED_BUSINESS_DAYS",
        "LINKED_DAYS",
    },
    "billing": {
        "REDIRECT_HOSTS",
        "COMMISSION_RATE",
        "COMMISSION_MIN_CENTS",
        "COMMISSION_EXEMPT_CENTS",
        "INVOICE_DUE_DAYS",
    },
}
CONSUMING = {"ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl"}
FAILING = {"SendMessage", "GetQueueAttributes", "GetQueueUrl"}


def test_every_row_is_exactly_one_function(every_stage: Templates) -> None:
    names = [resource["FunctionName"] for resource in every_stage.properties("AWS::Lambda::Function")]

    assert sorted(names) == sorted(every_stage.function_name(row) for row in FUNCTIONS)


def test_functions_are_as_their_rows_say(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        function = every_stage.function(row)

        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["Handler"] == "handler.lambda_handler"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert (function["MemorySize"], function["Timeout"]) == (row.memory_mb, row.timeout_seconds)


def test_logs_are_kept_for_a_time_and_go_to_a_group_of_their_own(every_stage: Templates) -> None:
    groups = [every_stage.meant(every_stage.function(row)["LoggingConfig"]["LogGroup"]) for row in FUNCTIONS]

    assert len({group["LogGroupName"] for group in groups}) == len(FUNCTIONS)
    assert all(group["RetentionInDays"] == 90 for group in every_stage.properties("AWS::Logs::LogGroup"))


def test_deployed_functions_load_our_code_and_the_layers_of_their_rows(deployed: Templates) -> None:
    for row in FUNCTIONS:
        assert len(deployed.function(row)["Layers"]) == 1 + len(row.layers)


def test_local_functions_load_our_code_alone(local: Templates) -> None:
    assert {len(local.function(row)["Layers"]) for row in FUNCTIONS} == {1}


def test_the_environment_names_exactly_what_the_row_names(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        environment = every_stage.function(row)["Environment"]["Variables"]

        assert set(environment) == _expected_variables(row, every_stage)
        assert environment["STAGE"] == every_stage.stage


def test_variables_hold_the_names_of_the_tables_they_are_called_after(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        environment = every_stage.function(row)["Environment"]["Variables"]

        for table in row.tables:
            meant = every_stage.meant(environment["TABLE_" + table.upper().replace("-", "_")])
            assert meant["TableName"] == f"tiller-{every_stage.stage}-{table}"
        for queue in row.sends_to:
            meant = every_stage.meant(environment["QUEUE_" + queue.upper().replace("-", "_")])
            assert meant["QueueName"] == f"tiller-{every_stage.stage}-{queue}"


def test_each_function_has_a_role_of_its_own_without_managed_policies(every_stage: Templates) -> None:
    roles = [str(resource["Role"]) for resource in every_stage.properties("AWS::Lambda::Function")]

    assert len(set(roles)) == len(roles)
    assert all("ManagedPolicyArns" not in role for role in every_stage.properties("AWS::IAM::Role"))


def test_nothing_is_allowed_by_wildcard_but_tracing(every_stage: Templates) -> None:
    for policy in every_stage.properties("AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = set(as_list(statement["Action"]))

            assert not any("*" in action for action in actions)
            if any(_is_wildcard(resource) for resource in as_list(statement["Resource"])):
                assert actions == TRACING or all(action.startswith("s3:") for action in actions)


def test_rights_on_tables_are_those_of_the_row(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        granted = _granted(every_stage, row, "dynamodb", key="TableName")

        assert granted == {
            f"tiller-{every_stage.stage}-{table}": set(actions) for table, actions in row.tables.items() if actions
        }


def test_rights_on_queues_are_to_send_to_the_rows_and_to_work_off_its_own(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        granted = _granted(every_stage, row, "sqs", key="QueueName")
        prefix = f"tiller-{every_stage.stage}"
        expected = {f"{prefix}-{queue}": {"SendMessage"} for queue in (*row.sends_to, *_own_queue(row))}
        expected |= {f"{prefix}-{queue}-dlq": {"SendMessage"} for queue in row.parks_in}
        consumed = getattr(row.trigger, "queue", None)
        if consumed:
            expected[f"{prefix}-{consumed}"] = CONSUMING | expected.get(f"{prefix}-{consumed}", set())
        if isinstance(row.trigger, Schedule | Stream):
            expected[f"{prefix}-failed-runs"] = FAILING

        assert granted == expected


def test_jobs_over_everybody_may_go_on_and_one_function_alone_may_have_others_go_on(every_stage: Templates) -> None:
    jobs = {every_stage.function_name(row) for row in FUNCTIONS if row.goes_on}

    for row in FUNCTIONS:
        invoked = {
            _last_part(resource)
            for statement in every_stage.statements(every_stage.function(row))
            if "lambda:InvokeFunction" in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }
        mine = {every_stage.function_name(row)} if row.goes_on else set()
        assert invoked == (jobs if row.name == "resume_runs" else mine)
        assert every_stage.function(row).get("RecursiveLoop") == ("Allow" if row.goes_on else None)


def _last_part(resource: Any) -> str:
    return str(resource["Fn::Join"][1][-1]).rpartition(":")[2]


def test_only_the_sender_of_submissions_can_read_a_tax_id(every_stage: Templates) -> None:
    opening = {
        row.name
        for row in FUNCTIONS
        for statement in every_stage.statements(every_stage.function(row))
        if "kms:Decrypt" in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if every_stage.meant(resource)["Description"] == KEYS["tax-ids"]
    }
    reading = {row.name for row in FUNCTIONS if row.tables.get("tax-ids", frozenset()) & {"GetItem", "Query", "Scan"}}

    assert opening == reading == {"send_kyc"}


def test_documents_and_models_are_reached_under_their_prefixes_alone(every_stage: Templates) -> None:
    for row in FUNCTIONS:
        granted = {
            (action.partition(":")[2], prefix)
            for statement in every_stage.statements(every_stage.function(row))
            for action in as_list(statement["Action"])
            if action.startswith("s3:")
            for prefix in PREFIXES
            if all(_is_under(prefix, resource) for resource in as_list(statement["Resource"]))
        }

        rights = {"documents": row.documents, "models": row.models, "results": row.results}
        assert granted == {(action, bucket) for bucket, actions in rights.items() for action in actions}


PREFIXES = {"documents": "documents", "models": "models", "results": "backtests"}
"""The buckets, and the one prefix that functions reach in each."""


def _is_under(bucket: str, resource: Any) -> bool:
    return f"{bucket}Bucket" in str(resource) and str(resource).endswith(f"/{PREFIXES[bucket]}/*']]}}")


def test_queries_reach_the_indexes_by_name(every_stage: Templates) -> None:
    indexes = {table.name: {index.name for index in table.indexes} for table in TABLES}
    reachable = {name for row in FUNCTIONS for name, actions in row.tables.items() if "Query" in actions}
    wanted = set().union(*(indexes[name] for name in reachable))

    named = {
        resource["Fn::Join"][1][1].removeprefix("/index/")
        for policy in every_stage.properties("AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in as_list(statement["Resource"])
        if isinstance(resource, dict) and "/index/" in str(resource)
    }

    assert named == wanted


def _expected_variables(row: Function, stage: Templates) -> set[str]:
    listing = isinstance(row.trigger, Route) and row.trigger.is_list and not row.trigger.public
    return (
        COMMON
        | {_variable("TABLE", table) for table in row.tables}
        | {_variable("QUEUE", queue) for queue in (*row.sends_to, *_own_queue(row))}
        | {_variable("QUEUE", f"{queue}-dlq") for queue in row.parks_in}
        | {_variable("KMS_KEY", key) for key in row.keys}
        | ({"DOCUMENTS_BUCKET"} if row.documents else set())
        | ({"MODELS_BUCKET"} if row.models else set())
        | ({"RESULTS_BUCKET"} if row.results else set())
        | set().union(*(PARTNERS[partner] for partner in row.partners))
        | AREAS.get(row.area, set())
        | {name.upper() for name in row.settings}
        | ({"MESSAGE_BUDGET_SECONDS", "RETRY_SECONDS"} if isinstance(row.trigger, Consumer) else set())
        | ({"CURSOR_SECRET"} if listing else set())
        | ({"ORIGIN_SECRET"} if isinstance(row.trigger, Route) and stage.stage != "local" else set())
        | ({"CLOCK_PARAMETER"} if stage.stage == "local" else set())
    )


def _own_queue(row: Function) -> tuple[str, ...]:
    """Return the queue that a function works off, and sends to what it has no time for, unless it is foreign."""
    foreign = {queue.name for queue in QUEUES if queue.foreign}
    is_own = isinstance(row.trigger, Consumer) and row.trigger.queue not in foreign
    return (row.trigger.queue,) if isinstance(row.trigger, Consumer) and is_own else ()


def _variable(kind: str, name: str) -> str:
    return f"{kind}_{name.upper().replace('-', '_')}"


def _granted(stage: Templates, row: Function, service: str, *, key: str) -> dict[str, set[str]]:
    granted: dict[str, set[str]] = {}
    for statement in stage.statements(stage.function(row)):
        actions = {action for action in as_list(statement["Action"]) if action.startswith(f"{service}:")}
        for resource in as_list(statement["Resource"]) if actions else ():
            if "StreamArn" in str(resource):
                continue
            name = _name(stage, resource, key)
            granted.setdefault(name, set()).update(action.partition(":")[2] for action in actions)
    return granted


def _name(stage: Templates, resource: Any, key: str) -> str:
    """Return the name of a resource; what is another company's goes by the catalogue's name for it."""
    if isinstance(resource, str):
        return f"tiller-{stage.stage}-{next(row.name for row in QUEUES if row.foreign)}"
    return str(stage.meant(resource)[key])


def _is_wildcard(resource: Any) -> bool:
    return resource == "*" or (isinstance(resource, dict) and "*" in str(resource))
