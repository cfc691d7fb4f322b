"""The functions of one area, with their routes, queues and schedules."""

from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.catalogue import FUNCTIONS, QUEUES, ROOT, Consumer, Function, Route, Stream
from infra.constructs.api_function import ApiFunction
from infra.constructs.base_function import ARCHITECTURE, RUNTIME, BaseFunction, Surroundings
from infra.constructs.queue_function import QueueFunction
from infra.constructs.scheduled_function import ScheduledFunction
from infra.constructs.stream_function import StreamFunction
from infra.layers import OUR_CODE
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stages import Stage


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What all areas of a stage share. `built_layers` is the folder that `make layers` fills."""

    stage: Stage
    data: DataStack
    api: ApiStack
    built_layers: Path


class AreaStack(cdk.Stack):
    """Everything of one area but its data."""

    def __init__(self, scope: Construct, construct_id: str, *, area: str, foundation: Foundation) -> None:
        super().__init__(scope, construct_id)
        self._on = foundation
        rows = [row for row in FUNCTIONS if row.area == area]
        self._around = self._surroundings({layer for row in rows for layer in row.layers})
        for row in rows:
            function = self._add(row)
            self._give_secrets(row, function)
            self._give_clock(function)

    def _surroundings(self, layers: set[str]) -> Surroundings:
        stage, data, api = self._on.stage, self._on.data, self._on.api
        return Surroundings(
            prefix=stage.prefix,
            tables=data.tables,
            queues=data.queues,
            dead_letters=data.dead_letters,
            keys=data.keys,
            documents=data.documents,
            failures=data.failed_runs,
            layers={name: self._layer(name, folder) for name, folder in self._layer_folders(layers).items()},
            environment=_common_environment(stage),
            api=api.api,
            authorizer=api.authorizer,
            schedules_enabled=stage.schedules_enabled,
            retry_seconds=stage.retry_seconds,
        )

    def _add(self, row: Function) -> BaseFunction:
        trigger, around = row.trigger, self._around
        if isinstance(trigger, Route):
            return ApiFunction(self, row.name, row=row, route=trigger, around=around)
        if isinstance(trigger, Consumer):
            queue = next(queue for queue in QUEUES if queue.name == trigger.queue)
            return QueueFunction(self, row.name, row=row, consumer=trigger, queue=queue, around=around)
        if isinstance(trigger, Stream):
            return StreamFunction(self, row.name, row=row, stream=trigger, around=around)
        return ScheduledFunction(self, row.name, row=row, schedule=trigger, around=around)

    def _give_secrets(self, row: Function, made: BaseFunction) -> None:
        stage, data = self._on.stage, self._on.data
        if isinstance(row.trigger, Route) and row.trigger.is_list and not row.trigger.public:
            made.allow({"GetSecretValue"}, [data.cursor_key.secret_arn], service="secretsmanager")
            made.function.add_environment("CURSOR_SECRET", f"{stage.prefix}-cursor-key")
        for partner in row.partners:
            made.allow({"GetSecretValue"}, [data.partner_keys[partner].secret_arn], service="secretsmanager")
            for name, value in self._partner_settings(partner).items():
                made.function.add_environment(name, value)
        for name, value in _area_settings(row.area, stage).items():
            made.function.add_environment(name, value)

    def _partner_settings(self, partner: str) -> dict[str, str]:
        """Return what the functions that call a partner know of it: where it is, and its secret's name."""
        stage, secret = self._on.stage, f"{self._on.stage.prefix}-{partner}"
        if partner == "market-data":
            return {
                "MARKET_DATA_SECRET": secret,
                "MARKET_DATA_URL": stage.market_data_url,
                "MARKET_DATA_FEED": stage.market_data_feed,
                "MARKET_DATA_EXCHANGES": stage.market_data_exchanges,
                "MAX_QUOTE_SPREAD": stage.max_quote_spread,
            }
        if partner == "drivewealth":
            return {"DRIVEWEALTH_SECRET": secret, "DRIVEWEALTH_URL": stage.drivewealth_url}
        if partner == "stripe":
            livemode = str(stage.stripe_livemode).lower()
            return {"STRIPE_SECRET": secret, "STRIPE_URL": stage.stripe_url, "STRIPE_LIVEMODE": livemode}
        if partner == "firebase":
            return {"FIREBASE_SECRET": secret, "FIREBASE_URL": stage.firebase_url}
        webhook = stage.plaid_webhook_url or f"{self._on.api.api.api_endpoint}/webhooks/plaid"
        return {"PLAID_SECRET": secret, "PLAID_URL": stage.plaid_url, "PLAID_WEBHOOK_URL": webhook}

    def _give_clock(self, made: BaseFunction) -> None:
        parameter = self._on.stage.clock_parameter
        if parameter:
            arn = self.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
            made.allow({"GetParameter"}, [arn], service="ssm")
            made.function.add_environment("CLOCK_PARAMETER", parameter)

    def _layer_folders(self, names: set[str]) -> dict[str, Path]:
        if not self._on.stage.built:
            return {OUR_CODE: ROOT / "layers" / OUR_CODE}
        return {name: self._on.built_layers / name for name in (OUR_CODE, *sorted(names))}

    def _layer(self, name: str, folder: Path) -> lambda_.LayerVersion:
        """Return a layer version of this stack's own: one shared between stacks could not be changed."""
        if not folder.is_dir():
            raise FileNotFoundError(f"the layer {name!r} is not built: `make layers` makes {folder}")
        return lambda_.LayerVersion(
            self,
            f"{name}-layer",
            code=lambda_.Code.from_asset(str(folder), exclude=[] if self._on.stage.built else ["**/__pycache__"]),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
        )


def _area_settings(area: str, stage: Stage) -> dict[str, str]:
    """Return the rules that a stage sets for an area."""
    if area == "banking":
        return {"REDIRECT_HOSTS": stage.redirect_hosts}
    if area == "funding":
        return {
            "MAX_DEPOSITED_A_DAY_CENTS": str(stage.max_deposited_a_day_cents),
            "MAX_WITHDRAWN_A_DAY_CENTS": str(stage.max_withdrawn_a_day_cents),
            "SETTLED_BUSINESS_DAYS": str(stage.settled_business_days),
            "LINKED_DAYS": str(stage.linked_days),
        }
    if area == "automation":
        return {"MARKET_DATA_EXCHANGES": stage.market_data_exchanges}
    if area == "billing":
        return {
            "REDIRECT_HOSTS": stage.redirect_hosts,
            "COMMISSION_RATE": stage.commission_rate,
            "COMMISSION_MIN_CENTS": str(stage.commission_min_cents),
            "COMMISSION_EXEMPT_CENTS": str(stage.commission_exempt_cents),
            "INVOICE_DUE_DAYS": str(stage.invoice_due_days),
        }
    return {}


def _common_environment(stage: Stage) -> dict[str, str]:
    return {
        "STAGE": stage.name,
        "POWERTOOLS_SERVICE_NAME": "tiller",
        "POWERTOOLS_METRICS_NAMESPACE": "Tiller",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
