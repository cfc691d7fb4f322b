"""What lies in the queue of balances."""

from pydantic import BaseModel, ConfigDict


class LinkWork(BaseModel):
    """A person whose banks are to be asked for balances."""

    model_config = ConfigDict(frozen=True)

    owner: str
