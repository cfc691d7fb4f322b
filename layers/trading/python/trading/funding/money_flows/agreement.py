"""Whether a payment of the broker is the one that a money flow asked for."""

from datetime import datetime

from trading.brokerage.models import BrokerPayment
from trading.funding.accounts.models import TradingAccount
from trading.funding.money_flows.models import MoneyFlow

CURRENCY = "USD"


def disagreement(account: TradingAccount, flow: MoneyFlow, payment: BrokerPayment) -> str | None:
    """Return the first field in which a payment is another than its flow asked for; None where they agree.

    What the source does not name is taken to agree.
    """
    named = (
        ("direction", payment.direction is flow.direction),
        ("payment", flow.payment_id in {None, payment.payment_id}),
        ("account", payment.account_id in {None, account.broker_account_id}),
        ("currency", payment.currency in {None, CURRENCY}),
        ("amount", payment.cents in {0, flow.cents}),
    )
    return next((field for field, agrees in named if not agrees), None)


def observed(account: TradingAccount, flow: MoneyFlow, payment: BrokerPayment, at: datetime) -> MoneyFlow:
    """Return a flow after its payment was read at the broker; what disagrees moves nothing."""
    field = disagreement(account, flow, payment)
    return flow.with_payment(payment, at) if field is None else flow.disputed(payment, field)
