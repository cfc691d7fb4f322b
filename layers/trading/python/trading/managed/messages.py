"""What lies in the queues of this area."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from trading.platform.ids import derived_id


class RebalanceWork(BaseModel):
    """A person whose account is to be rebalanced."""

    model_config = ConfigDict(frozen=True)

    owner: str


class RunUpdated(BaseModel):
    """A run's status at the broker, as polling found it."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    status: str


class AccountFinished(BaseModel):
    """An account whose run has ended; `is_failed` says that it was not carried out for this account."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    owner: str
    is_failed: bool


class AutopilotEvent(BaseModel):
    """The envelope of what lies in `autopilot-events`."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=200)
    type: Literal["autopilot.run.updated", "autopilot.account.finished"]
    timestamp: str = Field(max_length=50)
    payload: RunUpdated | AccountFinished

    @classmethod
    def of(cls, payload: RunUpdated | AccountFinished, timestamp: str) -> "AutopilotEvent":
        """Return the event about a payload; the same payload always has the same id."""
        is_run = isinstance(payload, RunUpdated)
        subject = payload.status if isinstance(payload, RunUpdated) else payload.owner
        return cls(
            id=derived_id("autopilot-event", payload.run_id, subject),
            type="autopilot.run.updated" if is_run else "autopilot.account.finished",
            timestamp=timestamp,
            payload=payload,
        )


class SnapshotWork(BaseModel):
    """A person whose account's worth is written down for a day."""

    model_config = ConfigDict(frozen=True)

    owner: str
    day: date
