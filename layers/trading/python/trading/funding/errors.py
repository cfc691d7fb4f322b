"""What keeps a step from being written, apart from a stale record."""

from trading.platform.errors import NotFound, TillerError


class AlreadyHandled(TillerError):
    """Raised when an event of the broker was handled before: there is nothing left to do."""

    code = "already_handled"


class NotLinked(NotFound):
    """Raised when a bank account is not linked any more at the moment of writing."""


class ForeignEvent(TillerError):
    """Raised when an event of the broker concerns nothing of ours."""

    code = "foreign_event"
