"""What differs between stages, as values: no construct asks which stage it is in."""

from collections.abc import Mapping
from dataclasses import dataclass

from trading.platform.settings import Settings

RETRY_SECONDS, LOCAL_RETRY_SECONDS = (60, 180, 540, 1620), (5,)
EXCHANGES = ("NASDAQ", "NYSE")
_DRIVEWEALTH = {"dev": "https://bo-api.drivewealth.io", "prod": "https://bo-api.drivewealth.com"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One deployment of Tiller.

    `settings` are what its functions get to know; without a `plaid_webhook_url` there, it is the API's own.
    `broker_queue_arn` names the broker's queue; without it one of ours takes its place.
    A message that is worked on stays invisible for `visibility_factor` times the timeout of its consumer.
    Only `local` has virtual time. `built` stages load the layers that `make layers` compiled for Lambda,
    the other one loads our code as it is and finds the dependencies in the machine's own environment.
    """

    name: str
    issuer: str
    audience: str
    settings: Settings
    broker_queue_arn: str | None = None
    schedules_enabled: bool = True
    has_distribution: bool = True
    built: bool = True
    protected: bool = True
    visibility_factor: int = 6

    @property
    def prefix(self) -> str:
        """Return what the names of the stage's resources begin with."""
        return f"tiller-{self.name}"


def stage_from(context: Mapping[str, object]) -> Stage:
    """Return the stage that the context names: `stage` is local (the default), dev or prod.

    `firebase_project` names a deployed stage's identity provider, `drivewealth_url` and
    `broker_queue_arn` what its broker gave us, `redirect_hosts` where apps may return to.
    `sandbox_url` says where the front answers; `issuer` where its tokens come from, if not from
    there.

    Raises:
        ValueError: if there is no such stage.
    """
    name = str(context.get("stage", "local"))
    if name == "local":
        return _local(context)
    if name in {"dev", "prod"}:
        return _deployed(name, context)
    raise ValueError(f"there is no stage {name!r}; there are local, dev and prod")


def _deployed(name: str, context: Mapping[str, object]) -> Stage:
    project = str(context.get("firebase_project", f"tiller-{name}"))
    queue = context.get("broker_queue_arn")
    return Stage(
        name=name,
        issuer=f"https://securetoken.google.com/{project}",
        audience=project,
        settings=Settings(
            market_data_url="https://data.alpaca.markets",
            market_data_feed="sip" if name == "prod" else "iex",
            market_data_exchanges=EXCHANGES,
            # Both hosts are as the broker's public pages show them; to be confirmed when it lets us in.
            drivewealth_url=str(context.get("drivewealth_url", _DRIVEWEALTH[name])),
            plaid_url="https://production.plaid.com" if name == "prod" else "https://sandbox.plaid.com",
            stripe_url="https://api.stripe.com",
            stripe_livemode=name == "prod",
            firebase_url="https://fcm.googleapis.com",
            redirect_hosts=tuple(str(context.get("redirect_hosts", "app.example.com")).split(",")),
            retry_seconds=RETRY_SECONDS,
        ),
        broker_queue_arn=str(queue) if queue else None,
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
        visibility_factor=1,
    )
