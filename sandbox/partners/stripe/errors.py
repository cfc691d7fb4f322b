"""What Stripe answers when it says no."""

from collections.abc import Mapping
from typing import Any

INVALID, CARD, IDEMPOTENCY, API = "invalid_request_error", "card_error", "idempotency_error", "api_error"


class StripeError(Exception):
    """Raised when Stripe refuses: an HTTP status and the fields of its error.

    `is_kept` says whether an idempotency key remembers it; a request that never began is not remembered.
    """

    def __init__(self, status: int, kind: str, message: str, *, is_kept: bool = True, **fields: object) -> None:
        super().__init__(message)
        self.status, self.kind, self.is_kept = status, kind, is_kept
        self.fields: Mapping[str, object] = {name: value for name, value in fields.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"error": {"type": self.kind, "message": str(self), **self.fields}}


class AlreadyDoneError(ValueError):
    """Raised when the control plane is asked for what has happened already, or can no longer happen."""


def missing(kind: str, their_id: object, param: str = "id") -> StripeError:
    """Return the error of an object that is not there: 404 where the path names it, 400 where a parameter does."""
    return StripeError(
        404 if param == "id" else 400, INVALID, f"No such {kind}: '{their_id}'", code="resource_missing", param=param
    )


def invalid(param: str, message: str, code: str | None = None) -> StripeError:
    """Return the error of a parameter that does not do; no key remembers it."""
    return StripeError(400, INVALID, message, is_kept=False, code=code, param=param)
