"""What lies in the queues of this area."""

from pydantic import BaseModel, ConfigDict


class PushWork(BaseModel):
    """A notification that is to reach one of a person's devices."""

    model_config = ConfigDict(frozen=True)

    owner: str
    notification_id: str
    device_id: str
