"""What differs between stages, as values: no construct asks which stage it is in.

A stage that is deployed has its settings in `stages/<name>.toml`, and no others: nobody's project, host or queue is
taken for granted. `stages/example.toml` shows every setting. The stage of this machine, `local`, has no file: it
follows from where the sandbox answers.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationError

from trading.platform.settings import Settings

Model = TypeVar("Model", bound=BaseModel)

LOCAL = "local"
STAGES = Path(__file__).parent.parent / "stages"
RETRY_SECONDS, LOCAL_RETRY_SECONDS = (60, 180, 540, 1620), (5,)
EXCHANGES = ("NASDAQ", "NYSE")
STAGE_TAG, AREA_TAG = "tiller-stage", "tiller-area"
"""The tags by which costs are taken apart."""

FIREWALL_REGION = "us-east-1"
"""Where AWS has the firewalls and the certificates of CloudFront."""


REQUIRED_SETTINGS = frozenset(
    {
        "drivewealth_url",
        "firebase_url",
        "market_data_exchanges",
        "market_data_feed",
        "market_data_url",
        "plaid_url",
        "redirect_hosts",
        "stripe_livemode",
        "stripe_url",
    }
)
_OF_STACKS = frozenset(
    {
        "clock_parameter",
        "documents_bucket",
        "jobs",
        "keys",
        "message_budget_seconds",
        "models_bucket",
        "queues",
        "region",
        "results_bucket",
        "tables",
    }
)
STAGE_SETTINGS = frozenset(name for name in Settings.model_fields if not name.endswith("_secret")) - _OF_STACKS
"""The settings that a stage's file may hold; the others are what its stacks alone know."""


class StageRefused(ValueError):
    """A stage cannot be built: there is none of that name, or its settings are not all there. Says so in a sentence."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Domain(_Part):
    """The API's own name, and the certificates for it: the distribution's, and that of the stage's region."""

    name: Annotated[str, Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$")]
    certificate_arn: Annotated[str, Field(pattern=rf"^arn:aws:acm:{FIREWALL_REGION}:\d{{12}}:certificate/")]
    regional_certificate_arn: Annotated[str, Field(pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/")]


class StageFile(_Part):
    """What `stages/<name>.toml` says; `settings` are what functions get to know, by their names in `Settings`."""

    firebase_project: Annotated[str, Field(min_length=1)]
    alarm_emails: Annotated[tuple[EmailStr, ...], Field(min_length=1)]
    broker_queue_arn: Annotated[str, Field(pattern=r"^arn:aws:sqs:[a-z0-9-]+:\d{12}:")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    account: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    monthly_budget_usd: Annotated[int, Field(gt=0)]
    domain: Domain | None = None
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One deployment of Tiller.

    `settings` are what its functions get to know; without a `plaid_webhook_url` there, it is the API's own.
    `broker_queue_arn` names the broker's queue; without it one of ours takes its place.
    A message that is worked on stays invisible for `visibility_factor` times the timeout of its consumer.
    `tags` are on everything that it has, alarms go to `alarm_emails`, and what exceeds `monthly_budget_usd`.
    With a `domain` the API answers under that alone.
    Only `local` has virtual time, and no function there has alarms of its own, for its machine is no measure.
    `built` stages load the layers that `make layers` compiled for Lambda,
    the other one loads our code as it is and finds the dependencies in the machine's own environment.
    """

    name: str
    issuer: str
    audience: str
    settings: Settings
    account: str | None = None
    region: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    alarm_emails: tuple[str, ...] = ()
    monthly_budget_usd: int | None = None
    domain: Domain | None = None
    broker_queue_arn: str | None = None
    schedules_enabled: bool = True
    has_distribution: bool = True
    built: bool = True
    protected: bool = True
    watches_functions: bool = True
    visibility_factor: int = 6

    @property
    def prefix(self) -> str:
        """Return what the names of the stage's resources begin with."""
        return f"tiller-{self.name}"


def stage_from(context: Mapping[str, object], folder: Path = STAGES) -> Stage:
    """Return the stage that the context names as `stage`: `local`, or one with a file in the folder.

    For `local`, `sandbox_url` says where the front answers; `issuer` where its tokens come from, if not from there.

    Raises:
        StageRefused: if no stage is named, there is none of that name, or its settings are not all there.
    """
    name = str(context.get("stage", ""))
    if name == LOCAL:
        return _local(context)
    found = sorted(file.stem for file in folder.glob("*.toml"))
    if name not in found:
        asked = f"There is no stage {name!r}" if name else "No stage is named"
        raise StageRefused(f"{asked}: there are {', '.join(found)}, and {LOCAL}.")
    return _deployed(name, *_read(folder / f"{name}.toml"))


def _read(file: Path) -> tuple[StageFile, Settings]:
    """Return what a stage's file says, its settings apart; all that is wrong with it is said at once."""
    try:
        given = tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as error:
        raise StageRefused(f"stages/{file.name} cannot be read: {error}.") from None
    table = given.get("settings")
    items = table.items() if isinstance(table, dict) else ()
    named = {key: tuple(value) if isinstance(value, list) else value for key, value in items}
    wrong = [f"settings.{key}" for key in sorted(set(named) - STAGE_SETTINGS)]
    wrong += [f"settings.{key}" for key in sorted(REQUIRED_SETTINGS) if named.get(key) in (None, "", ())]
    stage, refused = _validated(StageFile, given)
    settings, refused_settings = _validated(Settings, {"retry_seconds": RETRY_SECONDS, **named})
    wrong += refused + [f"settings.{key.lower()}" for key in refused_settings]
    if stage is None or settings is None or wrong:
        where = f"stages/{file.name} does not say, or not as stages/example.toml shows it"
        raise StageRefused(f"Stage {file.stem} cannot be built, since {where}: {', '.join(dict.fromkeys(wrong))}.")
    return stage, settings


def _validated(model: type[Model], values: Mapping[str, object]) -> tuple[Model | None, list[str]]:
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, [".".join(map(str, place["loc"])) for place in error.errors()]


def _deployed(name: str, given: StageFile, settings: Settings) -> Stage:
    if given.broker_queue_arn.split(":")[3] != given.region:
        raise StageRefused(f"Stage {name} lies in {given.region}: broker_queue_arn names a queue of another region.")
    return Stage(
        name=name,
        issuer=f"https://securetoken.google.com/{given.firebase_project}",
        audience=given.firebase_project,
        settings=settings,
        account=given.account,
        region=given.region,
        tags={STAGE_TAG: name},
        alarm_emails=given.alarm_emails,
        monthly_budget_usd=given.monthly_budget_usd,
        domain=given.domain,
        broker_queue_arn=given.broker_queue_arn,
    )


def _local(context: Mapping[str, object]) -> Stage:
    front = context.get("sandbox_url", "http://127.0.0.1:8080")
    partners = f"{front}/sandbox/partners"
    return Stage(
        name="local",
        issuer=str(context.get("issuer", f"{front}/sandbox/oidc")),
        audience="tiller-local",
        settings=Settings(
            market_data_url=str(context.get("market_data_url", f"{partners}/market-data")),
            market_data_feed="sip",
            market_data_exchanges=EXCHANGES,
            drivewealth_url=f"{partners}/drivewealth",
            plaid_url=f"{partners}/plaid",
            plaid_webhook_url=f"{front}/webhooks/plaid",
            stripe_url=f"{partners}/stripe",
            firebase_url=f"{partners}/firebase",
            redirect_hosts=("app.example.com", "127.0.0.1", "localhost"),
            settled_business_days=0,
            linked_days=0,
            retry_seconds=LOCAL_RETRY_SECONDS,
            clock_parameter="/tiller/local/clock",
            training_years=5,
            signal_gate=str(context.get("signal_gate", "advisory")),
            signal_strategy=str(context.get("signal_strategy", "baseline")),
        ),
        schedules_enabled=False,
        has_distribution=False,
        built=False,
        protected=False,
        watches_functions=False,
        visibility_factor=1,
    )
