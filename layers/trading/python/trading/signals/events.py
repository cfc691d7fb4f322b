"""Events of signals: what everybody who trades by them should know."""

from trading.platform.domain_events import DomainEvent


class GateChanged(DomainEvent):
    """A strategy's verdict changed: from now on portfolios trade by it, or no longer do."""

    name = "gate_changed"

    exchange: str
    strategy: str
    model: str
    verdict: str
    because: tuple[str, ...] = ()
