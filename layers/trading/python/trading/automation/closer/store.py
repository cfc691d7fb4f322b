"""Open positions in DynamoDB, by the index of what is not over; read and written apart from the session code."""

from datetime import date

from trading.automation.closer.models import OpenPosition
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.positions import Change, PortfolioState, Position
from trading.automation.portfolios.rows import (
    RECORD,
    Row,
    owner_of,
    partition,
    position_sk,
    put_change,
    session_sk,
    shard_key,
)
from trading.automation.portfolios.sessions import Session
from trading.markets.models import Exchange
from trading.platform.documents import load
from trading.platform.shards import SHARDS
from trading.platform.sources import Sources, index_source
from trading.platform.tables import Transaction


class DynamoOpenPositions:
    """Every position that is pending, open or closing."""

    def of(self, exchange: Exchange) -> Sources[OpenPosition]:
        """Return the positions of an exchange that are not over, shard by shard, oldest day first."""
        keys = (shard_key("open", exchange, number) for number in range(SHARDS))
        return Sources(tuple(index_source(key, Row.by_open, _position) for key in keys))

    def load(self, key: PortfolioKey, since: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since a day, strongly consistent."""
        span = Row.sk.between(position_sk(since), session_sk(since))
        rows = list(Row.query(partition(key), span, consistent_read=True))
        record = next((load(Portfolio, row.document) for row in rows if row.sk == RECORD), None)
        if record is None:
            return None
        positions = tuple(load(Position, row.document) for row in rows if row.sk.startswith("position#"))
        sessions = tuple(load(Session, row.document) for row in rows if row.sk.startswith("session#"))
        return PortfolioState(record, positions, sessions)

    def commit(self, change: Change) -> None:
        """Write one position's move with its journal entry in one transaction."""
        transaction = Transaction()
        put_change(transaction, change)
        transaction.commit()


def _position(row: Row) -> OpenPosition:
    return OpenPosition(owner_of(row.pk), date.fromisoformat(str(row.sk).split("#")[1]))
