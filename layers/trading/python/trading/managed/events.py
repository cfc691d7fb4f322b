"""Events of themed portfolios: how a person's orders ended."""

from trading.platform.domain_events import PersonEvent, Subscriber


class OrderEvent(PersonEvent):
    """A reconfiguration of a collection came to an end."""

    version_id: str
    collection_id: str
    source: str
    executed_cents: int
    reason: str = ""


class OrderExecuted(OrderEvent):
    """A person's order was carried out."""

    name = "order_executed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class OrderFailed(OrderEvent):
    """An order could not be carried out."""

    name = "order_failed"
    subscribers = (Subscriber.NOTIFICATIONS,)


class OrderCancelled(OrderEvent):
    """An order was cancelled."""

    name = "order_cancelled"
    subscribers = (Subscriber.NOTIFICATIONS,)


class TtfRebalanced(OrderEvent):
    """A holding was brought back to its weights, without its person's asking."""

    name = "ttf_rebalanced"
    subscribers = (Subscriber.NOTIFICATIONS,)
