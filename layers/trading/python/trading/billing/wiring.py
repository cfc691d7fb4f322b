"""Builds what asks Stripe or the broker, for one invocation."""

from trading.billing.charging.rails import CardRail, CashRail, Rails
from trading.billing.charging.service import ChargeService
from trading.billing.charging.unknowns import ChargeUnknowns
from trading.billing.charging.withdrawals import ChargeWithdrawal, InvoiceVoiding
from trading.billing.disputes.service import DisputeService, DisputeWatch
from trading.billing.disputes.store import DynamoDisputeStore
from trading.billing.payment_methods.service import PaymentMethodService
from trading.billing.read_wiring import invoice_corrections, rules
from trading.billing.refunds import RefundService
from trading.billing.store import DynamoBillingStore
from trading.billing.stripe_events import StripeEvents
from trading.brokerage.halt_rows import is_money_halted
from trading.partners.drivewealth.wiring import drivewealth
from trading.partners.stripe.client import card_processor
from trading.platform.clock import current_clock
from trading.platform.inbox import DynamoReceipts


def charge_service(methods: PaymentMethodService | None = None) -> ChargeService:
    """Return the charge service; `methods` follows what is missing at Stripe."""
    methods = methods or payment_method_service()
    return ChargeService(
        store=DynamoBillingStore(),
        rails=Rails(
            CardRail(card_processor(), methods.follow_missing),
            CashRail(drivewealth(), is_money_halted),
        ),
        receipts=DynamoReceipts(),
        clock=current_clock(),
        is_halted=is_money_halted,
    )


def charge_unknowns() -> ChargeUnknowns:
    """Return the unknown charges."""
    rails = Rails(CardRail(card_processor()), CashRail(drivewealth(), is_money_halted))
    return ChargeUnknowns(DynamoBillingStore(), rails, current_clock())


def charge_withdrawal() -> ChargeWithdrawal:
    """Return the withdrawal of charges."""
    return ChargeWithdrawal(DynamoBillingStore(), CardRail(card_processor()), current_clock())


def invoice_voiding() -> InvoiceVoiding:
    """Return the voiding of invoices."""
    return InvoiceVoiding(invoice_corrections(), charge_withdrawal())


def payment_method_service() -> PaymentMethodService:
    """Return the service of payment methods."""
    return PaymentMethodService(
        store=DynamoBillingStore(),
        processor=card_processor(),
        rules=rules(),
        clock=current_clock(),
        withdraw=charge_withdrawal().withdraw,
    )


def dispute_watch() -> DisputeWatch:
    """Return the watch over open disputes."""
    store, clock = DynamoDisputeStore(), current_clock()
    service = DisputeService(DynamoBillingStore(), store, card_processor(), clock)
    return DisputeWatch(store, service, clock)


def stripe_events() -> StripeEvents:
    """Return the service of Stripe's webhooks."""
    store, processor, clock = DynamoBillingStore(), card_processor(), current_clock()
    methods = payment_method_service()
    return StripeEvents(
        store=store,
        processor=processor,
        methods=methods,
        charges=charge_service(methods),
        disputes=DisputeService(store, DynamoDisputeStore(), processor, clock),
        refunds=RefundService(store, processor, clock),
        clock=clock,
    )
