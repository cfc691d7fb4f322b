"""Commissions: payment methods, running fees, invoices, charges, and Stripe's webhooks."""

from typing import Any

from infra.catalogue.kinds import (
    BATCH_GET,
    GET,
    LIMITED,
    PUT,
    QUERY,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    USES_TOKENS,
    Consumer,
    Function,
    Route,
    Schedule,
    fan_out,
    read_route,
)

PARTNER_CALL_SECONDS = 28
_WRITES = {"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT, "inbox": GET | PUT}
_CHARGES = {**_WRITES, **TALKS_TO_BROKER}


def _asks_stripe(name: str, method: str, path: str, **more: Any) -> Function:  # noqa: ANN401 - fields of the row
    return Function(
        area="billing",
        name=name,
        trigger=Route(method=method, path=path),
        tables={**_CHARGES, **more.pop("tables", {})},
        keys=USES_TOKENS,
        partners=("stripe", "drivewealth"),
        layers=SDK_LAYERS,
        timeout_seconds=PARTNER_CALL_SECONDS,
        **more,
    )


def _charging(name: str, queue: str, **more: Any) -> Function:  # noqa: ANN401 - fields of the row
    return Function(
        area="billing",
        name=name,
        trigger=Consumer(queue=queue, calls={"stripe": 7, "drivewealth": 3}),
        tables=_CHARGES,
        keys=USES_TOKENS,
        partners=("stripe", "drivewealth"),
        layers=SDK_LAYERS,
        **more,
    )


FUNCTIONS = (
    # payment methods
    _asks_stripe("create_setup_session", "POST", "/api/payment-methods/setup-sessions"),
    _asks_stripe("add_payment_method", "POST", "/api/payment-methods"),
    read_route("billing", "list_payment_methods", "/api/payment-methods", people=BATCH_GET),
    _asks_stripe(
        "activate_payment_method",
        "PUT",
        "/api/payment-methods/{payment_method_id}/active",
    ),
    _asks_stripe("remove_payment_method", "DELETE", "/api/payment-methods/{payment_method_id}"),
    # invoices
    read_route("billing", "list_invoices", "/api/invoices", people=QUERY),
    read_route("billing", "get_invoice", "/api/invoices/{invoice_id}", people=GET | BATCH_GET | QUERY),
    _asks_stripe("pay_invoice", "POST", "/api/invoices/{invoice_id}/pay", tables=LIMITED),
    read_route("billing", "list_commission_payments", "/api/commission-payments", people=QUERY),
    read_route("billing", "get_fee_accrual", "/api/fees/accrual", people=QUERY | BATCH_GET),
    # what Stripe tells
    Function(
        area="billing",
        name="receive_stripe_webhook",
        trigger=Route(method="POST", path="/webhooks/stripe", public=True),
        partners=("stripe",),
        sends_to=("stripe-events",),
    ),
    _charging("apply_stripe_event", "stripe-events"),
    # jobs
    fan_out("billing", "accrue_fees", Schedule(cron="0 20 * * ? *"), "fee-accruals", people=QUERY),
    Function(
        area="billing",
        name="accrue_fee",
        trigger=Consumer(queue="fee-accruals"),
        tables={**_WRITES, "markets": QUERY},
    ),
    fan_out("billing", "create_invoices", Schedule(cron="30 0 * * ? *"), "invoice-creations", people=QUERY),
    Function(
        area="billing",
        name="create_invoice",
        trigger=Consumer(queue="invoice-creations"),
        tables={**_WRITES, "markets": QUERY},
    ),
    fan_out("billing", "charge_invoices", Schedule(cron="0 10 * * ? *"), "invoice-charges", people=QUERY),
    _charging("charge_invoice", "invoice-charges", sends_to=("invoice-charges",)),
)
