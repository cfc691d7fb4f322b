"""The functions of one area, with their routes, queues and schedules."""

from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.catalogue import FUNCTIONS, QUEUES, ROOT, Consumer, Function, Route, Stream, schedules
from infra.constructs.api_function import ApiFunction
from infra.constructs.base_function import ARCHITECTURE, RUNTIME, BaseFunction, Surroundings
from infra.constructs.queue_function import QueueFunction
from infra.constructs.scheduled_function import ScheduledFunction
from infra.constructs.stream_function import StreamFunction
from infra.layers import OUR_CODE
from infra.stacks.api import ApiStack
from infra.stacks.data import DataStack
from infra.stages import Stage
from trading.platform.settings import Settings

_PARTNER_SETTINGS = {
    "market-data": ("market_data_url", "market_data_feed", "market_data_exchanges", "max_quote_spread"),
    "drivewealth": ("drivewealth_url",),
    "plaid": ("plaid_url", "plaid_webhook_url"),
    "stripe": ("stripe_url", "stripe_livemode"),
    "firebase": ("firebase_url",),
}
"""What the functions that call a partner know of it, besides the name of its secret."""

_AREA_SETTINGS = {
    "banking": ("redirect_hosts",),
    "funding": (
        "max_deposited_a_day_cents",
        "max_withdrawn_a_day_cents",
        "settled_business_days",
        "linked_days",
    ),
    "automation": ("market_data_exchanges", "index_symbols", "signal_gate"),
    "signals": ("market_data_exchanges", "signal_gate", "signal_strategy", "training_years"),
    "backtest": ("market_data_exchanges", "signal_gate"),
    "billing": (
        "redirect_hosts",
        "commission_rate",
        "commission_min_cents",
        "commission_exempt_cents",
        "invoice_due_days",
    ),
}
"""The rules that a stage sets for an area."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What all areas of a stage share. `built_layers` is the folder that `make layers` fills."""

    stage: Stage
    env: cdk.Environment
    data: DataStack
    api: ApiStack
    built_layers: Path


class AreaStack(cdk.Stack):
    """Everything of one area but its data."""

    def __init__(self, scope: Construct, construct_id: str, *, area: str, foundation: Foundation) -> None:
        super().__init__(scope, construct_id, env=foundation.env)
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
            models=data.models,
            results=data.results,
            failures=data.failed_runs,
            layers={name: self._layer(name, folder) for name, folder in self._layer_folders(layers).items()},
            environment=_common_environment(stage),
            api=api.api,
            authorizer=api.authorizer,
            schedules_enabled=stage.schedules_enabled,
            retry_seconds=stage.settings.retry_seconds,
            alarms=data.alarms if stage.watches_functions else None,
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
        data, settings = self._on.data, self._settings()
        names = [*_AREA_SETTINGS.get(row.area, ()), *row.settings]
        if isinstance(row.trigger, Route) and row.trigger.is_list and not row.trigger.public:
            made.allow({"GetSecretValue"}, [data.secrets["cursor-key"]], service="secretsmanager")
            names.append("cursor_secret")
        if isinstance(row.trigger, Route) and self._on.stage.has_distribution:
            made.allow({"GetSecretValue"}, [data.secrets["origin"]], service="secretsmanager")
            names.append("origin_secret")
        for partner in row.partners:
            made.allow({"GetSecretValue"}, [data.secrets[partner]], service="secretsmanager")
            names += [_secret_setting(partner), *_PARTNER_SETTINGS[partner]]
        for name, value in settings.variables(*names).items():
            made.function.add_environment(name, value)

    def _settings(self) -> Settings:
        """Return the stage's settings, with what only its stacks know."""
        stage = self._on.stage
        secrets = {_secret_setting(partner): f"{stage.prefix}-{partner}" for partner in _PARTNER_SETTINGS}
        webhook = stage.settings.plaid_webhook_url or f"{self._on.api.url}/webhooks/plaid"
        jobs = tuple(sorted(row.name for row, _ in schedules()))
        own = {"cursor_secret": f"{stage.prefix}-cursor-key", "origin_secret": f"{stage.prefix}-origin"}
        return stage.settings.model_copy(update={**secrets, **own, "plaid_webhook_url": webhook, "jobs": jobs})

    def _give_clock(self, made: BaseFunction) -> None:
        settings = self._on.stage.settings
        parameter = settings.clock_parameter
        if parameter:
            arn = self.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
            made.allow({"GetParameter"}, [arn], service="ssm")
            for name, value in settings.variables("clock_parameter").items():
                made.function.add_environment(name, value)

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


def _secret_setting(partner: str) -> str:
    return f"{partner.replace('-', '_')}_secret"


def _common_environment(stage: Stage) -> dict[str, str]:
    return {
        "STAGE": stage.name,
        "POWERTOOLS_SERVICE_NAME": "tiller",
        "POWERTOOLS_METRICS_NAMESPACE": "Tiller",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
