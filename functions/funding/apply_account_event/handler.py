"""Queue account-events: follow a person's identity check and account at the broker, and what happens to holdings."""

from collections.abc import Callable

from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.errors import ForeignEvent
from trading.funding.messages import BrokerEvent
from trading.funding.wiring import onboarding
from trading.managed.wiring import action_service
from trading.markets.store import DynamoSecurities
from trading.partners.drivewealth.events import instrument_of, transaction_of
from trading.platform.errors import InvalidRequest
from trading.platform.queue import park, text_worker


def prepare() -> Callable[[str], object]:
    """Return the follower of one event; what is none of ours is parked."""
    people, actions, accounts, securities = onboarding(), action_service(), DynamoAccountStore(), DynamoSecurities()

    def follow(event: BrokerEvent) -> None:
        if event.family == "transactions":
            transaction = transaction_of(event.payload)
            if transaction is not None:
                actions.record(accounts.owner_of(transaction.account_id), transaction)
        elif event.family == "instruments":
            symbol, is_active = instrument_of(event.payload)
            securities.set_active(symbol, active=is_active)
        else:
            people.apply(event)

    def apply(text: str) -> None:
        try:
            follow(BrokerEvent.read(text))
        except (InvalidRequest, ForeignEvent):
            park("account-events", text)

    return apply


lambda_handler = text_worker(prepare)
