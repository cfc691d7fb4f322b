"""What lies in the queues of this area."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """An event of any area, as the outbox carries it."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: str
    payload: Mapping[str, str | int]


class PushWork(BaseModel):
    """A notice that is to reach one of a person's devices."""

    model_config = ConfigDict(frozen=True)

    owner: str
    notice_id: str
    device_id: str
