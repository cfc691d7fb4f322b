"""Opening prices of one invocation; one that is not to be had now is simply not there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from trading.markets.corporate_actions.ports import Announcements
from trading.markets.models import Exchange
from trading.platform.errors import PartnerError
from trading.platform.observability import count, logger


@dataclass(frozen=True)
class OpeningState:
    """Asks for each opening price once."""

    announcements: Callable[[], Announcements]
    _known: dict[tuple[Exchange, str, date], Decimal | None] = field(default_factory=dict)

    def of(self, exchange: Exchange, symbol: str, day: date) -> Decimal | None:
        """Return the price at which a symbol opened, on a day or the next session, if it is known by now."""
        place = (exchange, symbol, day)
        if place not in self._known:
            self._known[place] = self._ask(exchange, symbol, day)
        return self._known[place]

    def _ask(self, exchange: Exchange, symbol: str, day: date) -> Decimal | None:
        try:
            return self.announcements().opening_prices(exchange, (symbol,), day).get(symbol)
        except PartnerError as error:
            logger.warning("corporate actions not to be had", code=error.code)
            count("CorporateActionsUnavailable")
            return None
