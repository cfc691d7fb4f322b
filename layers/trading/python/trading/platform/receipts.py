"""Receipts: the guard of requests that carry an idempotency key.

A receipt belongs to caller, operation and key. It is written in the transaction of what the request
did, so there is one effect for one key, and it names the record that answers a replay. A request
that was refused before it did anything leaves none.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from trading.platform.errors import KeyReused
from trading.platform.ids import derived_id


@dataclass(frozen=True)
class Receipt:
    """Proof that a request was carried out: a digest of the request, and what it made."""

    receipt_id: str
    digest: str
    reference: str


@dataclass(frozen=True)
class RequestKey:
    """An idempotency key with what it belongs to and the request that it came with."""

    caller: str
    operation: str
    key: str
    digest: str

    @classmethod
    def of(cls, caller: str, operation: str, key: str, request: Mapping[str, object]) -> "RequestKey":
        """Return the key of a request; `request` holds its path parameters and body, as JSON values."""
        text = json.dumps(request, sort_keys=True, default=str)
        return cls(caller, operation, key, hashlib.sha256(text.encode()).hexdigest())

    @property
    def receipt_id(self) -> str:
        """Return the id under which the receipt is found again."""
        return derived_id("receipt", self.caller, self.operation, self.key)

    def receipt(self, reference: str) -> Receipt:
        """Return the receipt for what the request made."""
        return Receipt(self.receipt_id, self.digest, reference)

    def matches(self, receipt: Receipt) -> bool:
        """Say whether a receipt is this request's.

        Raises:
            KeyReused: if the key was used for another request.
        """
        if receipt.digest != self.digest:
            raise KeyReused("The Idempotency-Key was used for a different request.")
        return True


class Receipts(Protocol):
    """The receipts that were written."""

    def find(self, receipt_id: str) -> Receipt | None:
        """Return a receipt, strongly consistent, or None."""
        ...
