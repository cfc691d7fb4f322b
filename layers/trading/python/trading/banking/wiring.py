"""Builds the services of bank links and funding accounts, for one invocation.

Who only lists accounts loads no partner's client: those are imported where they are needed.
"""

from trading.banking.balances import BalanceService
from trading.banking.links import LinkService
from trading.banking.ports import BankStore, MoneyInFlight
from trading.banking.removals import RemovalService
from trading.banking.renewal import RenewalService
from trading.banking.service import FundingAccountService
from trading.banking.store import DynamoBankStore
from trading.platform.clock import SystemClock, current_clock


def bank_store() -> BankStore:
    """Return the store of links and accounts."""
    return DynamoBankStore()


def link_service() -> LinkService:
    """Return the service of bank links."""
    from trading.partners.plaid.client import plaid  # noqa: PLC0415 - see above

    return LinkService(store=DynamoBankStore(), data=plaid(), clock=current_clock())


def renewal_service() -> RenewalService:
    """Return the service that registers funding accounts anew."""
    from trading.partners.drivewealth.wiring import drivewealth  # noqa: PLC0415 - see above
    from trading.partners.plaid.client import plaid  # noqa: PLC0415 - see above

    return RenewalService(store=DynamoBankStore(), data=plaid(), broker=drivewealth(), clock=current_clock())


def removal_service(money: MoneyInFlight) -> RemovalService:
    """Return the service that ends items that no link has; `money` knows what is in flight."""
    from trading.partners.drivewealth.wiring import drivewealth  # noqa: PLC0415 - see above
    from trading.partners.plaid.client import plaid  # noqa: PLC0415 - see above

    return RemovalService(
        store=DynamoBankStore(), data=plaid(), broker=drivewealth(), money=money, clock=current_clock()
    )


def balance_service() -> BalanceService:
    """Return the service of balances."""
    links = link_service()
    return BalanceService(store=links.store, data=links.data, clock=links.clock, wall=SystemClock())


def funding_account_service(money: MoneyInFlight) -> FundingAccountService:
    """Return the service of funding accounts; `money` knows what is in flight."""
    from trading.partners.drivewealth.wiring import drivewealth  # noqa: PLC0415 - see above
    from trading.partners.plaid.client import plaid  # noqa: PLC0415 - see above

    return FundingAccountService(
        store=DynamoBankStore(), data=plaid(), broker=drivewealth(), money=money, clock=current_clock()
    )
