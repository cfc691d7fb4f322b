"""Events of identity checks."""

from trading.platform.domain_events import PersonEvent, Subscriber


class KycStatusChanged(PersonEvent):
    """An identity check has another status."""

    name = "kyc_status_changed"
    subscribers = (Subscriber.NOTIFICATIONS,)

    status: str
