"""The settings of a function, read once from its environment.

Each setting is declared here alone, with its type and default; its variable is its name in capitals.
The CDK app holds a stage's settings in the same model and writes the variables from it. Modules are
loaded without them, too (to describe the API), so nothing is demanded before it is used. Secrets are
here by name only.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _words(value: object) -> object:
    return tuple(filter(None, value.split(","))) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_words)]


class Settings(BaseModel):
    """The settings of one function, or of a stage.

    `max_*_a_day_cents` bound what a person moves in a day, `max_quote_spread` is how far bid and ask may
    lie apart, as a share of their middle, `index_symbols` what the portfolios of an exchange are compared
    with, the `commission_*` what is taken of a worth in a year,
    `invoice_due_days` when after the 1st that is due; `settled_business_days` and `linked_days` say how
    long withdrawals to a bank account wait. A message that failed comes again after the first of
    `retry_seconds`, then after the second, and so on. `clock_parameter` makes time virtual. `training_years`
    is the length of the history that models are trained on. `signal_strategy`
    says whose recommendations are published, `signal_gate` whether portfolios trade by those that are not proven.
    `jobs` names everything that a schedule fires.
    """

    model_config = ConfigDict(frozen=True, alias_generator=str.upper, populate_by_name=True)

    region: str = Field(default="us-east-1", alias="AWS_REGION")
    tables: Mapping[str, str] = {}
    queues: Mapping[str, str] = {}
    keys: Mapping[str, str] = {}
    clock_parameter: str | None = None
    cursor_secret: str | None = None
    origin_secret: str | None = None
    market_data_url: str = ""
    market_data_secret: str = ""
    market_data_feed: str = "iex"
    market_data_exchanges: Words = ()
    max_quote_spread: Decimal = Decimal("0.02")
    index_symbols: Words = ("NASDAQ=QQQ", "NYSE=SPY", "TSE=XIC")
    documents_bucket: str = ""
    models_bucket: str = ""
    results_bucket: str = ""
    drivewealth_url: str = ""
    drivewealth_secret: str = ""
    plaid_url: str = ""
    plaid_secret: str = ""
    plaid_webhook_url: str = ""
    stripe_url: str = ""
    stripe_secret: str = ""
    stripe_livemode: bool = False
    firebase_url: str = ""
    firebase_secret: str = ""
    commission_rate: Decimal = Decimal("0.0096")
    commission_min_cents: int = 0
    commission_exempt_cents: int = 100_00
    invoice_due_days: int = 7
    redirect_hosts: Words = ()
    max_deposited_a_day_cents: int = 50_000_00
    max_withdrawn_a_day_cents: int = 50_000_00
    settled_business_days: int = 5
    linked_days: int = 10
    sign_in_seconds: int = 900
    signal_gate: str = Field(default="enforced", pattern="^(enforced|advisory)$")
    training_years: int = Field(default=7, ge=4)
    signal_strategy: str = Field(default="baseline", pattern="^(baseline|model)$")
    jobs: Words = ()
    message_budget_seconds: int | None = None
    retry_seconds: Numbers = ()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that environment variables hold."""
        granted = {kind: _of_kind(environment, kind) for kind in ("TABLE", "QUEUE", "KMS_KEY")}
        resources = {"TABLES": granted["TABLE"], "QUEUES": granted["QUEUE"], "KEYS": granted["KMS_KEY"]}
        return cls.model_validate({**environment, **resources})

    def variables(self, *names: str) -> dict[str, str]:
        """Return the environment variables of some settings, by their names here."""
        return variables(**{name: getattr(self, name) for name in names})

    def table(self, name: str) -> str:
        """Return a table's name in this stage; where the environment has none, the catalogue's own."""
        return self.tables.get(_key(name), name)

    def queue_url(self, name: str) -> str:
        """Return a queue's URL.

        Raises:
            LookupError: if the function may not send to the queue.
        """
        return self.queues[_key(name)]

    def key(self, name: str) -> str:
        """Return the ARN of an encryption key.

        Raises:
            LookupError: if the function may not use the key.
        """
        return self.keys[_key(name)]


@cache
def settings() -> Settings:
    """Return this process's settings."""
    return Settings.read(os.environ)


def variables(**values: object) -> dict[str, str]:
    """Return the environment variables that hold these settings.

    Raises:
        LookupError: if there is no such setting.
    """
    return {str(Settings.model_fields[name].alias): _text(value) for name, value in values.items()}


def variable(kind: str, name: str) -> str:
    """Return the variable of a table, a queue or an encryption key: its kind, then its name in the catalogue."""
    return f"{kind}_{_key(name)}"


def _key(name: str) -> str:
    return name.upper().replace("-", "_")


def _of_kind(environment: Mapping[str, str], kind: str) -> dict[str, str]:
    prefix = f"{kind}_"
    return {name.removeprefix(prefix): value for name, value in environment.items() if name.startswith(prefix)}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
