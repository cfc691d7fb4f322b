"""Events that any area may publish."""

from trading.platform.domain_events import PersonEvent


class OutcomeNeedsPerson(PersonEvent):
    """Nobody could find out what became of a request to a partner; the ids say of which."""

    name = "outcome_needs_person"

    record: str | None = None
    status: str | None = None
    money_flow_id: str | None = None
    trading_account_id: str | None = None
    amount_cents: int | None = None
    invoice_id: str | None = None
    period: str | None = None
    payment_id: str | None = None
    funding_account_id: str | None = None
    removal_id: str | None = None
