"""Builds the services that talk to the broker, for one invocation."""

from trading.brokerage.models import Direction
from trading.funding.accounts.service import AccountService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.money_flows.ports import Limits
from trading.funding.money_flows.service import MoneyFlowService
from trading.funding.money_flows.store import DynamoFlowStore
from trading.funding.reconciliation.service import ReconciliationService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.clock import SystemClock, current_clock
from trading.platform.settings import settings


def account_service() -> AccountService:
    """Return what opens accounts and follows their status."""
    return AccountService(store=DynamoAccountStore(), broker=drivewealth(), clock=current_clock())


def money_flow_service() -> MoneyFlowService:
    """Return what moves money and follows what becomes of it."""
    return MoneyFlowService(
        store=DynamoFlowStore(),
        banks=LinkedBanks(...),
        broker=drivewealth(),
        limits=limits(),
        clock=current_clock(),
        wall=SystemClock(),
    )


def reconciliation_service() -> ReconciliationService:
    """Return what holds our books against the broker's."""
    return ReconciliationService(
        accounts=DynamoAccountStore(),
        flows=money_flow_service(),
        broker=drivewealth(),
        store=DynamoDiscrepancyStore(),
        clock=current_clock(),
    )


def limits() -> Limits:
    """Return the limits that the stage sets."""
    mine = settings()
    return Limits(
        most_a_day_cents={
            Direction.DEPOSIT: mine.most_deposited_a_day_cents,
            Direction.WITHDRAWAL: mine.most_withdrawn_a_day_cents,
        },
        settled_business_days=mine.settled_business_days,
        linked_days=mine.linked_days,
    )
