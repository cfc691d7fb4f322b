"""What recommendations came to in DynamoDB, beside them: a row per strategy and day.

pk                      sk
live#NASDAQ#baseline    2013-02-19
"""

from trading.markets.models import Exchange
from trading.platform.documents import dump, load
from trading.platform.expiry import LIVE_DAYS_KEPT_FOR, expiry
from trading.signals.models import LiveDay, Source
from trading.signals.store import SignalRow

MAX_DAYS = 252


class DynamoLiveStore:
    """What each strategy's recommendations came to, by day."""

    def days(self, exchange: Exchange, strategy: Source) -> tuple[LiveDay, ...]:
        """Return the latest days of a strategy, newest first, at most a year. One request."""
        rows = SignalRow.query(
            _partition(exchange, strategy), scan_index_forward=False, limit=MAX_DAYS, consistent_read=True
        )
        return tuple(load(LiveDay, str(row.document)) for row in rows)

    def save(self, exchange: Exchange, strategy: Source, day: LiveDay) -> None:
        """Write a day; again the same."""
        row = SignalRow(_partition(exchange, strategy), day.trade_date.isoformat(), document=dump(day))
        row.expires_at = expiry(LIVE_DAYS_KEPT_FOR)
        row.save()


def _partition(exchange: Exchange, strategy: Source) -> str:
    return f"live#{exchange.code}#{strategy}"
