"""The error tree: one class per remedy, each with a stable `code`.

    TillerError
    ├── InvalidRequest     400  the request itself is wrong
    ├── Unauthenticated    401  nobody is known to be calling
    ├── Forbidden          403  the caller lacks a role, or signed in too long ago
    ├── NotFound           404  absent, or somebody else's: the two look alike
    ├── Conflict           409  fine, but the state forbids it; `code` says what
    │   └── StaleRecord         somebody else wrote first; read again and retry
    ├── KeyReused          422  an idempotency key came back with another request
    ├── TooManyRequests    429  one caller asks too often; `retry_after` says how long to wait
    └── PartnerError            a company we depend on
        ├── Refused             it said no; nothing happened
        ├── Unavailable         nothing happened, for certain
        │   ├── QueueUnavailable    it was a queue of our own
        │   └── KeysUnusable        our own keys of the partner lack something
        └── OutcomeUnknown      it may have happened; ask before acting again

`platform/problems.py` alone turns these into answers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldProblem:
    """One field of a request and what is wrong with it."""

    field: str
    message: str


class TillerError(Exception):
    """The base of every error that Tiller raises on purpose.

    `detail` is shown to clients, so it never holds another person's data or a secret.
    """

    code = "error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code


class InvalidRequest(TillerError):
    """Raised when the request is wrong whatever the state; names each wrong field."""

    code = "invalid_request"

    def __init__(self, detail: str = "", *, problems: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail or "The request is not valid.")
        self.problems = problems


class Unauthenticated(TillerError):
    """Raised when a request has no verified caller."""

    code = "unauthenticated"


class Forbidden(TillerError):
    """Raised when the caller is known but lacks the role, or the recent sign-in, that the route asks for."""

    code = "forbidden"


class NotFound(TillerError):
    """Raised when a record is absent or belongs to somebody else."""

    code = "not_found"


class Conflict(TillerError):
    """Raised when the state of a record forbids a request that is otherwise fine."""

    code = "conflict"


class StaleRecord(Conflict):
    """Raised when a record changed between reading and writing; a fresh read may succeed."""

    code = "conflict"


class KeyReused(TillerError):
    """Raised when an idempotency key comes back with a different request."""

    code = "idempotency_key_reused"


class TooManyRequests(TillerError):
    """Raised when one caller asks too often; nothing happened. `retry_after` is in seconds."""

    code = "too_many_requests"

    def __init__(self, detail: str = "", *, retry_after: int = 1) -> None:
        super().__init__(detail or "Too many requests; please wait a moment.")
        self.retry_after = retry_after


class PartnerError(TillerError):
    """The base of what goes wrong at a partner."""

    code = "partner_error"


class Refused(PartnerError):
    """Raised when a partner said no: nothing happened, and asking again will not help."""

    code = "refused"


class Unavailable(PartnerError):
    """Raised when nothing happened, for certain: the same call may be made again.

    `retry_after_seconds` is how long the partner asks to be left alone, where it says so.
    """

    code = "unavailable"

    def __init__(self, detail: str = "", *, code: str | None = None, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class QueueUnavailable(Unavailable):
    """Raised when a queue of our own did not take a message: no partner is away."""


class KeysUnusable(Unavailable):
    """Raised when what we hold to be known by at a partner lacks something: the partner was not asked."""

    code = "partner_keys_unusable"


class OutcomeUnknown(PartnerError):
    """Raised when the partner may have acted: look it up before acting again."""

    code = "outcome_unknown"
