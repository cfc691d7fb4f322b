"""What differs between stages, as values: no construct asks which stage it is in."""

from collections.abc import Mapping
from dataclasses import dataclass

LOCAL_VISIBILITY_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One deployment of Tiller.

    `visibility_seconds` overrides the visibility of queues, which otherwise follows from the timeout
    of their consumer. `clock_parameter` makes time virtual; only `local` has it. `built` stages load
    the layers that `make layers` compiled for Lambda, the other one loads our code as it stands and
    finds the dependencies in the machine's own environment.
    """

    name: str
    issuer: str
    audience: str
    market_data_url: str
    market_data_feed: str
    market_data_exchanges: str
    schedules_enabled: bool = True
    has_distribution: bool = True
    built: bool = True
    protected: bool = True
    visibility_seconds: int | None = None
    clock_parameter: str | None = None

    @property
    def prefix(self) -> str:
        """Return what the names of the stage's resources begin with."""
        return f"tiller-{self.name}"


def stage_from(context: Mapping[str, object]) -> Stage:
    """Return the stage that the context names: `stage` is local (the default), dev or prod.

    `firebase_project` tells a deployed stage's identity provider. `sandbox_url` tells local where
    the front answers; `issuer` where its tokens come from, if not from there.

    Raises:
        ValueError: if there is no such stage.
    """
    name = str(context.get("stage", "local"))
    if name == "local":
        return _local(context)
    if name in {"dev", "prod"}:
        return _deployed(name, str(context.get("firebase_project", f"tiller-{name}")))
    raise ValueError(f"there is no stage {name!r}; there are local, dev and prod")


def _deployed(name: str, project: str) -> Stage:
    return Stage(
        name=name,
        issuer=f"https://securetoken.google.com/{project}",
        audience=project,
        market_data_url="https://data.alpaca.markets",
        market_data_feed="sip" if name == "prod" else "iex",
        market_data_exchanges="NASDAQ,NYSE",
    )


def _local(context: Mapping[str, object]) -> Stage:
    front = context.get("sandbox_url", "http://127.0.0.1:8080")
    return Stage(
        name="local",
        issuer=str(context.get("issuer", f"{front}/sandbox/oidc")),
        audience="tiller-local",
        market_data_url=str(context.get("market_data_url", f"{front}/sandbox/partners/market-data")),
        market_data_feed="sip",
        market_data_exchanges="TSE,NASDAQ,NYSE",
        schedules_enabled=False,
        has_distribution=False,
        built=False,
        protected=False,
        visibility_seconds=LOCAL_VISIBILITY_SECONDS,
        clock_parameter="/tiller/local/clock",
    )
