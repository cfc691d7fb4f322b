"""Events of linked banks."""

from trading.platform.domain_events import PersonEvent, Subscriber


class BankNeedsReauth(PersonEvent):
    """A person must sign in at their bank again."""

    name = "bank_needs_reauth"
    subscribers = (Subscriber.NOTIFICATIONS,)

    bank_link_id: str
    institution_name: str
