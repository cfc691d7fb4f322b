"""What differs between stages, as values: no construct asks which stage it is in."""

from collections.abc import Mapping
from dataclasses import dataclass

LOCAL_RETRY_SECONDS = "5"
_DRIVEWEALTH = {"dev": "https://bo-api.drivewealth.io", "prod": "https://bo-api.drivewealth.com"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One deployment of Tiller.

    `plaid_webhook_url` is the API's own if not given. `broker_queue_arn` names the broker's queue;
    without it one of ours takes its place. `max_*_a_day_cents` bound what a person moves in a day,
    `max_quote_spread` is how far bid and ask may lie apart, as a share of their middle,
    the `commission_*` what is taken of a worth in a year, `invoice_due_days` when after the 1st that is due,
    `settled_business_days` and `linked_days` say how long withdrawals to a bank account wait.
    A message that is worked on stays invisible for `visibility_factor` times the timeout of its consumer;
    one that failed comes again after the first of `retry_seconds`, then after the second, and so on.
    `clock_parameter` makes time virtual; only `local` has it. `built` stages load the layers that
    `make layers` compiled for Lambda, the other one loads our code as it is and finds the
    dependencies in the machine's own environment.
    """

    name: str
    issuer: str
    audience: str
    market_data_url: str
    market_data_feed: str
    market_data_exchanges: str
    drivewealth_url: str
    plaid_url: str
    stripe_url: str
    firebase_url: str
    redirect_hosts: str
    plaid_webhook_url: str | None = None
    broker_queue_arn: str | None = None
    max_deposited_a_day_cents: int = 50_000_00
    max_withdrawn_a_day_cents: int = 50_000_00
    max_quote_spread: str = "0.02"
    stripe_livemode: bool = False
    commission_rate: str = "0.0096"
    commission_min_cents: int = 0
    commission_exempt_cents: int = 100_00
    invoice_due_days: int = 7
    settled_business_days: int = 5
    linked_days: int = 10
    schedules_enabled: bool = True
    has_distribution: bool = True
    built: bool = True
    protected: bool = True
    visibility_factor: int = 6
    retry_seconds: str = "60,180,540,1620"
    clock_parameter: str | None = None

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
        market_data_url="https://data.alpaca.markets",
        market_data_feed="sip" if name == "prod" else "iex",
        market_data_exchanges="NASDAQ,NYSE",
        # Both hosts are as the broker's public pages show them; to be confirmed when it lets us in.
        drivewealth_url=str(context.get("drivewealth_url", _DRIVEWEALTH[name])),
        plaid_url="https://production.plaid.com" if name == "prod" else "https://sandbox.plaid.com",
        stripe_url="https://api.stripe.com",
        firebase_url="https://fcm.googleapis.com",
        stripe_livemode=name == "prod",
        redirect_hosts=str(context.get("redirect_hosts", "app.example.com")),
        broker_queue_arn=str(queue) if queue else None,
    )


def _local(context: Mapping[str, object]) -> Stage:
    front = context.get("sandbox_url", "http://127.0.0.1:8080")
    return Stage(
        name="local",
        issuer=str(context.get("issuer", f"{front}/sandbox/oidc")),
        audience="tiller-local",
        market_data_url=str(context.get("market_data_url", f"{front}/sandbox/partners/market-data")),
        market_data_feed="sip",
        market_data_exchanges="NASDAQ,NYSE",
        drivewealth_url=f"{front}/sandbox/partners/drivewealth",
        plaid_url=f"{front}/sandbox/partners/plaid",
        plaid_webhook_url=f"{front}/webhooks/plaid",
        stripe_url=f"{front}/sandbox/partners/stripe",
        firebase_url=f"{front}/sandbox/partners/firebase",
        redirect_hosts="app.example.com,127.0.0.1,localhost",
        settled_business_days=0,
        linked_days=0,
        schedules_enabled=False,
        has_distribution=False,
        built=False,
        protected=False,
        visibility_factor=1,
        retry_seconds=LOCAL_RETRY_SECONDS,
        clock_parameter="/tiller/local/clock",
    )
