"""Builds what asks partners, for one invocation: only the partner of the outcome that is settled is loaded."""

from trading.banking.store import DynamoBankStore
from trading.banking.unknowns import BankUnknowns
from trading.billing.wiring import charge_unknowns
from trading.funding.accounts.store import DynamoAccountStore
from trading.funding.accounts.unknowns import AccountUnknowns
from trading.funding.money_flows.store import DynamoFlowStore
from trading.funding.money_flows.unknowns import FlowUnknowns
from trading.kyc.store import DynamoKycStore
from trading.kyc.unknowns import KycUnknowns
from trading.operators.unknowns import UnknownService
from trading.partners.drivewealth.wiring import drivewealth
from trading.platform.clock import current_clock


def unknown_service() -> UnknownService:
    """Return the service of unknown outcomes, whose resolvers go by the first word of their rows' sort keys."""
    clock = current_clock()
    return UnknownService(
        {
            "flow": lambda: FlowUnknowns(DynamoFlowStore(), drivewealth(), clock),
            "kyc": lambda: KycUnknowns(DynamoKycStore(), drivewealth(), clock),
            "account": lambda: AccountUnknowns(DynamoAccountStore(), drivewealth(), clock),
            "invoice": charge_unknowns,
            "bank-account": lambda: BankUnknowns(DynamoBankStore(), drivewealth(), clock),
        },
        clock,
    )
