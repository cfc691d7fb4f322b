"""What a rebalance counts for alarms."""

from collections.abc import Sequence

from trading.managed.versions.models import Version
from trading.platform.observability import count, logger


def count_against_orders(versions: Sequence[Version]) -> None:
    """Count, for an alarm, versions that the broker executed the other way round."""
    for version in versions:
        count("ExecutionsAgainstOrders")
        logger.error("executed against the order", code="executed_against_order", version_id=version.version_id)
