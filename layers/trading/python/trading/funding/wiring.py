"""Builds the services that talk to the broker, for one invocation."""

from trading.banking.service import FundingAccountService
from trading.banking.wiring import balance_service, bank_store, funding_account_service, removal_service
from trading.brokerage.models import Direction
from trading.funding.accounts.service import AccountService
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.banks import AccountMoney, LinkedBanks
from trading.funding.money_flows.ports import Limits
from trading.funding.money_flows.service import MoneyFlowService
from trading.funding.money_flows.store import DynamoFlowStore
from trading.funding.onboarding import Onboarding
from trading.funding.reconciliation.service import ReconciliationService
from trading.funding.reconciliation.store import DynamoDiscrepancyStore
from trading.funding.resolver import Resolver
from trading.kyc.wiring import decision_service
from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.clock import SystemClock, current_clock
from trading.platform.settings import settings


def account_service() -> AccountService:
    """Return the account service."""
    return AccountService(store=DynamoAccountStore(), broker=drivewealth(), clock=current_clock())


def money_flow_service(*, asks_banks: bool = False) -> MoneyFlowService:
    """Return the service of money flows; only deposits ask banks for their balance."""
    clock = current_clock()
    return MoneyFlowService(
        store=DynamoFlowStore(),
        banks=LinkedBanks(bank_store(), clock, balance_service() if asks_banks else None),
        broker=drivewealth(),
        limits=limits(),
        clock=clock,
        wall=SystemClock(),
    )


def funding_accounts() -> FundingAccountService:
    """Return the service of funding accounts."""
    return funding_account_service(AccountMoney(DynamoAccountStore()))


def onboarding() -> Onboarding:
    """Return the onboarding."""
    return Onboarding(identity=decision_service(), accounts=account_service())


def resolver() -> Resolver:
    """Return the resolver."""
    return Resolver(
        identity=onboarding(),
        accounts=account_service(),
        banks=funding_accounts(),
        items=removal_service(AccountMoney(DynamoAccountStore())),
        flows=money_flow_service(),
    )


def reconciliation_service() -> ReconciliationService:
    """Return the reconciliation service."""
    return ReconciliationService(
        accounts=DynamoAccountStore(),
        statuses=account_service(),
        flows=money_flow_service(),
        broker=drivewealth(),
        store=DynamoDiscrepancyStore(),
        clock=current_clock(),
    )


def limits() -> Limits:
    """Return the limits that the stage sets."""
    mine = settings()
    return Limits(
        max_a_day_cents={
            Direction.DEPOSIT: mine.max_deposited_a_day_cents,
            Direction.WITHDRAWAL: mine.max_withdrawn_a_day_cents,
        },
        settled_business_days=mine.settled_business_days,
        linked_days=mine.linked_days,
    )
