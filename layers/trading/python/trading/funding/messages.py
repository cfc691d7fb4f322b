"""What lies in the queues of this area."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trading.platform.errors import InvalidRequest

EVENT_ID = r"^[\x21-\x7e]{1,200}$"


class BrokerEvent(BaseModel):
    """The envelope of a broker's event. Its time has nanoseconds and orders nothing, so it stays text."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=EVENT_ID)
    type: str = Field(pattern=r"^[A-Za-z_-]{1,50}\.[A-Za-z_.-]{1,50}$")
    timestamp: str = Field(max_length=50)
    payload: Mapping[str, Any]

    @property
    def family(self) -> str:
        """Return what the event is about, e.g. `deposits`."""
        return self.type.partition(".")[0]

    @classmethod
    def read(cls, text: str) -> "BrokerEvent":
        """Read an event, its amounts exactly.

        Raises:
            InvalidRequest: if the text is no such envelope.
        """
        try:
            return cls.model_validate(json.loads(text, parse_float=Decimal, parse_constant=str))
        except (ValueError, RecursionError, ArithmeticError):
            raise InvalidRequest("The message is no event.") from None


class RecordWork(BaseModel):
    """A person's record whose lookup is due."""

    model_config = ConfigDict(frozen=True)

    pk: str
    sk: str


class AccountWork(BaseModel):
    """A person's account."""

    model_config = ConfigDict(frozen=True)

    owner: str
