"""What operators are answered about instruments and closures."""

from datetime import date

from trading.markets.models import Instrument
from trading.platform.fields import Moment, Reply


class ClosureReply(Reply):
    """The session that is left of the day; without one, both moments are null."""

    exchange: int
    date: date
    opens_at: Moment | None
    closes_at: Moment | None


class InstrumentReply(Reply):
    """The instrument as it is now, and how many portfolios were found that a new symbol concerns."""

    symbol: str
    exchange: int
    active: bool
    concerned: int

    @classmethod
    def of(cls, instrument: Instrument, concerned: int) -> "InstrumentReply":
        """Describe an instrument."""
        return cls(
            symbol=instrument.symbol, exchange=instrument.exchange.value, active=instrument.active, concerned=concerned
        )
