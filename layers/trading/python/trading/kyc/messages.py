"""The queue of what is to be sent to the broker."""

from pydantic import BaseModel, ConfigDict

from trading.platform.queue import send_all


class KycWork(BaseModel):
    """A person whose form or documents wait to be sent."""

    model_config = ConfigDict(frozen=True)

    owner: str


class QueuedSubmissions:
    """The queue `kyc-submissions`."""

    def send(self, owner: str) -> None:
        """Have a person's form and documents sent."""
        send_all("kyc-submissions", [KycWork(owner=owner)])
