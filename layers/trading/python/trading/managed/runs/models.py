"""Autopilot runs: one asks the broker to trade for every account that is ready.

    collecting ──> sending ──> open ──> done

A run is written with the accounts that it wants before it claims them, and with those that it got
before the broker is asked. So whoever finds it unfinished goes on with it, under the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from trading.brokerage.portfolios import RunClass


class RunState(StrEnum):
    """What a run is at, as far as we are concerned."""

    COLLECTING = "collecting"
    SENDING = "sending"
    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Run:
    """A run. `accounts` are the broker's account ids by owner, `version_ids` what it carries out.

    `raw_status`, `rank` and `run_class` are what the broker last said; they never go back. `roll_id` names
    the rows that owners, accounts and versions lie in. One that `sells_only` goes out whatever is halted.
    """

    run_id: str
    owners: tuple[str, ...]
    created_at: datetime
    accounts: Mapping[str, str] = field(default_factory=dict)
    version_ids: tuple[str, ...] = ()
    state: RunState = RunState.COLLECTING
    broker_run_id: str | None = None
    raw_status: str = ""
    rank: int = -1
    run_class: RunClass = RunClass.PENDING
    finished_at: datetime | None = None
    due_at: datetime | None = None
    sells_only: bool = False
    roll_id: str = ""
    version: int = 0
