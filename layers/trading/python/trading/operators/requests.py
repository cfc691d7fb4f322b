"""What operators' routes take: reasons, and ids as their paths name them."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from trading.brokerage.halts import HaltStrength
from trading.managed.replies import COLLECTION_ID
from trading.platform.errors import FieldProblem, InvalidRequest, NotFound
from trading.platform.fields import Request

_MAX_SUBJECT = 128
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class ReasonBody(Request):
    """Why an operator does something."""

    reason: Reason


class PauseBody(ReasonBody):
    """Why a person is paused, and how much of their trading: by default nobody buys for them."""

    strength: HaltStrength = Field(default=HaltStrength.REDUCE_ONLY, strict=False)


def person(profile_id: str) -> str:
    """Return a path's profile id. Raises NotFound if nobody can have it."""
    if not profile_id.isprintable() or len(profile_id) > _MAX_SUBJECT:
        raise NotFound("There is no such person.")
    return profile_id


def collection_id_in(text: str) -> str:
    """Return a path's collection id. Raises InvalidRequest if no collection may have it."""
    if not re.fullmatch(COLLECTION_ID, text):
        raise InvalidRequest(problems=(FieldProblem("collection_id", "must be letters, digits, - and _, at most 64"),))
    return text


def record_id(text: str) -> str:
    """Return a path's record id. Raises NotFound if no record can have it."""
    if not text.isascii() or not text.isprintable() or len(text) > _MAX_SUBJECT:
        raise NotFound("There is no such record.")
    return text
