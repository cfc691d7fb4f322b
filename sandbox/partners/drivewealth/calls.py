"""What a call of the simulated broker's API is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MOUNTED_AT = "/sandbox/partners/drivewealth/back-office"
BASE = "base"
"""Under this name an act finds, beside the ids of the path, the address that the API was asked at."""

Ids = Mapping[str, str]
Body = Mapping[str, Any]
Act = Callable[[Ids, Body], Any]


@dataclass(frozen=True)
class Call:
    """One call of the API: the operation by which faults and idempotency keys name it, and what it does."""

    method: str
    path: str
    operation: str
    act: Act
