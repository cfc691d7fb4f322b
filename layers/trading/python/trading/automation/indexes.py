"""What the indexes over everybody's portfolios find, page by page."""

from typing import Any

from pynamodb.expressions.condition import Condition

from trading.automation.portfolios.models import PortfolioKey
from trading.automation.rows import Row, directory, owner_of, shard_key
from trading.markets.models import Exchange
from trading.platform.shards import SHARDS
from trading.platform.sources import Sources, index_source


def portfolios_of(
    index: Any,  # noqa: ANN401 - any index of a portfolio's rows
    kind: str,
    exchange: Exchange,
    condition: Condition | None = None,
) -> Sources[PortfolioKey]:
    """Return the portfolios of an exchange that an index holds, shard by shard."""
    keys = (shard_key(kind, exchange, number) for number in range(SHARDS))
    return Sources(tuple(index_source(key, index, lambda row: owner_of(row.pk), condition) for key in keys))


def has_portfolio(owner: str) -> bool:
    """Say whether a person has any portfolio, strongly consistent."""
    return any(True for _ in Row.query(directory(owner), limit=1, consistent_read=True))
