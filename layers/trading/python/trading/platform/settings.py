"""The settings of a function, read once from its environment.

The CDK app writes these variables from the catalogue. Modules are loaded without them, too (to
describe the API), so nothing is demanded before it is used. Secrets are here by name only.
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Self

from pydantic import BaseModel, ConfigDict

_TABLE, _QUEUE, _KEY = "TABLE_", "QUEUE_", "KMS_KEY_"


class Settings(BaseModel):
    """The variables of one function."""

    model_config = ConfigDict(frozen=True)

    region: str
    tables: Mapping[str, str]
    queues: Mapping[str, str]
    clock_parameter: str | None
    cursor_secret: str | None
    market_data_url: str
    market_data_secret: str
    market_data_feed: str
    market_data_exchanges: tuple[str, ...]
    max_quote_spread: Decimal
    keys: Mapping[str, str]
    documents_bucket: str
    drivewealth_url: str
    drivewealth_secret: str
    plaid_url: str
    plaid_secret: str
    plaid_webhook_url: str
    stripe_url: str
    stripe_secret: str
    stripe_livemode: bool
    firebase_url: str
    firebase_secret: str
    commission_rate: Decimal
    commission_min_cents: int
    commission_exempt_cents: int
    invoice_due_days: int
    redirect_hosts: tuple[str, ...]
    max_deposited_a_day_cents: int
    max_withdrawn_a_day_cents: int
    settled_business_days: int
    linked_days: int
    sign_in_seconds: int
    message_budget_seconds: int | None
    retry_seconds: tuple[int, ...]

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that environment variables hold."""
        return cls(
            region=environment.get("AWS_REGION", "us-east-1"),
            tables=_with_prefix(environment, _TABLE),
            queues=_with_prefix(environment, _QUEUE),
            clock_parameter=environment.get("CLOCK_PARAMETER"),
            cursor_secret=environment.get("CURSOR_SECRET"),
            market_data_url=environment.get("MARKET_DATA_URL", ""),
            market_data_secret=environment.get("MARKET_DATA_SECRET", ""),
            market_data_feed=environment.get("MARKET_DATA_FEED", "iex"),
            market_data_exchanges=_words(environment.get("MARKET_DATA_EXCHANGES", "")),
            max_quote_spread=Decimal(environment.get("MAX_QUOTE_SPREAD", "0.02")),
            keys=_with_prefix(environment, _KEY),
            documents_bucket=environment.get("DOCUMENTS_BUCKET", ""),
            drivewealth_url=environment.get("DRIVEWEALTH_URL", ""),
            drivewealth_secret=environment.get("DRIVEWEALTH_SECRET", ""),
            plaid_url=environment.get("PLAID_URL", ""),
            plaid_secret=environment.get("PLAID_SECRET", ""),
            plaid_webhook_url=environment.get("PLAID_WEBHOOK_URL", ""),
            stripe_url=environment.get("STRIPE_URL", ""),
            stripe_secret=environment.get("STRIPE_SECRET", ""),
            stripe_livemode=environment.get("STRIPE_LIVEMODE") == "true",
            firebase_url=environment.get("FIREBASE_URL", ""),
            firebase_secret=environment.get("FIREBASE_SECRET", ""),
            commission_rate=Decimal(environment.get("COMMISSION_RATE", "0.0096")),
            commission_min_cents=int(environment.get("COMMISSION_MIN_CENTS", 0)),
            commission_exempt_cents=int(environment.get("COMMISSION_EXEMPT_CENTS", 100_00)),
            invoice_due_days=int(environment.get("INVOICE_DUE_DAYS", 7)),
            redirect_hosts=_words(environment.get("REDIRECT_HOSTS", "")),
            max_deposited_a_day_cents=int(environment.get("MAX_DEPOSITED_A_DAY_CENTS", 50_000_00)),
            max_withdrawn_a_day_cents=int(environment.get("MAX_WITHDRAWN_A_DAY_CENTS", 50_000_00)),
            settled_business_days=int(environment.get("SETTLED_BUSINESS_DAYS", 5)),
            linked_days=int(environment.get("LINKED_DAYS", 10)),
            sign_in_seconds=int(environment.get("SIGN_IN_SECONDS", 900)),
            retry_seconds=tuple(map(int, _words(environment.get("RETRY_SECONDS", "")))),
            message_budget_seconds=int(environment.get("MESSAGE_BUDGET_SECONDS", 0)) or None,
        )

    def table(self, name: str) -> str:
        """Return a table's name in this stage; where the environment has none, the catalogue's own."""
        return self.tables.get(_variable(name), name)

    def queue_url(self, name: str) -> str:
        """Return a queue's URL.

        Raises:
            LookupError: if the function may not send to the queue.
        """
        return self.queues[_variable(name)]

    def key(self, name: str) -> str:
        """Return the ARN of an encryption key.

        Raises:
            LookupError: if the function may not use the key.
        """
        return self.keys[_variable(name)]


@cache
def settings() -> Settings:
    """Return this process's settings."""
    return Settings.read(os.environ)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _with_prefix(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in environment.items() if name.startswith(prefix)}


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
