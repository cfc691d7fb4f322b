"""Every domain event, by its name, gathered from the areas."""

from collections.abc import Iterator, Mapping
from types import ModuleType

import trading.automation.events
import trading.backtest.events
import trading.banking.events
import trading.billing.events
import trading.brokerage.events
import trading.funding.events
import trading.kyc.events
import trading.managed.events
import trading.platform.events
import trading.signals.events
from trading.platform.domain_events import DomainEvent

AREAS = (
    trading.automation.events,
    trading.backtest.events,
    trading.banking.events,
    trading.billing.events,
    trading.brokerage.events,
    trading.funding.events,
    trading.kyc.events,
    trading.managed.events,
    trading.platform.events,
    trading.signals.events,
)


def _records(area: ModuleType) -> Iterator[type[DomainEvent]]:
    """Yield the records of an area; what several of them have in common has no name."""
    for value in vars(area).values():
        if isinstance(value, type) and issubclass(value, DomainEvent) and "name" in vars(value):
            yield value


EVENTS: Mapping[str, type[DomainEvent]] = {record.name: record for area in AREAS for record in _records(area)}
