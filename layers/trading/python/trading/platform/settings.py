"""What the environment tells a function, read once.

The CDK app writes these variables from the catalogue. Modules are loaded without them, too (to
describe the API), so nothing is demanded before it is used. Secrets are here by name only.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Self

from pydantic import BaseModel, ConfigDict

_TABLE, _QUEUE = "TABLE_", "QUEUE_"


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
            market_data_exchanges=tuple(filter(None, environment.get("MARKET_DATA_EXCHANGES", "").split(","))),
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


@cache
def settings() -> Settings:
    """Return this process's settings."""
    return Settings.read(os.environ)


def _with_prefix(environment: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in environment.items() if name.startswith(prefix)}


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
