"""What lies in the queue of balances."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class LinkWork(BaseModel):
    """A person whose banks are to be asked for balances, as they are since a moment."""

    model_config = ConfigDict(frozen=True)

    owner: str
    asked_at: datetime
