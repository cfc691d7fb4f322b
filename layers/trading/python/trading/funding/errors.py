"""What keeps a step from being written, apart from a stale record."""

from trading.platform.errors import Conflict, NotFound, TillerError


class AlreadyHandled(TillerError):
    """Raised when an event of the broker was handled before: there is nothing left to do."""

    code = "already_handled"


class NotLinked(NotFound):
    """Raised when a bank account is not linked any more at the moment of writing."""


class MoneyHalted(Conflict):
    """Raised when money is stopped for everybody at the moment of marking a submission."""

    code = "trading_paused"


class ForeignEvent(TillerError):
    """Raised when an event of the broker concerns nothing of ours."""

    code = "foreign_event"


class DisagreeingEvent(ForeignEvent):
    """Raised when an event names our money flow but another account, currency, direction or amount."""

    code = "disagreeing_event"
