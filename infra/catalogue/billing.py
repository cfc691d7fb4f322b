"""Commissions: payment methods, running fees, invoices, charges, and Stripe's webhooks."""

from typing import Any

from infra.catalogue.kinds import (
    BATCH_GET,
    GET,
    LIMITED,
    PUT,
    QUERY,
    RUNS,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    USES_TOKENS,
    Consumer,
    Function,
    Route,
    Schedule,
)

PARTNER_CALL_SECONDS = 28
_WRITES = {"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT, "inbox": GET | PUT}
_CHARGES = {**_WRITES, **TALKS_TO_BROKER}


def _read(name: str, path: str, people: frozenset[str]) -> Function:
    return Function(area="billing", name=name, trigger=Route(method="GET", path=path), tables={"people": people})


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


def _fan_out(name: str, cron: str, queue: str) -> Function:
    return Function(
        area="billing",
        name=name,
        trigger=Schedule(cron=cron),
        tables={"people": QUERY, "inbox": RUNS},
        sends_to=(queue,),
        timeout_seconds=300,
    )


FUNCTIONS = (
    # payment methods
    _asks_stripe("create_setup_session", "POST", "/api/payment-methods/setup-sessions"),
    _asks_stripe("add_payment_method", "POST", "/api/payment-methods"),
    _read("list_payment_methods", "/api/payment-methods", BATCH_GET),
    _asks_stripe(
        "activate_payment_method",
        "PUT",
        "/api/payment-methods/{payment_method_id}/active",
    ),
    _asks_stripe("remove_payment_method", "DELETE", "/api/payment-methods/{payment_method_id}"),
    # invoices
    _read("list_invoices", "/api/invoices", QUERY),
    _read("get_invoice", "/api/invoices/{invoice_id}", GET | BATCH_GET | QUERY),
    _asks_stripe("pay_invoice", "POST", "/api/invoices/{invoice_id}/pay", tables=LIMITED),
    _read("list_commission_payments", "/api/commission-payments", QUERY),
    _read("get_fee_accrual", "/api/fees/accrual", QUERY | BATCH_GET),
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
    _fan_out("accrue_fees", "0 20 * * ? *", "fee-accruals"),
    Function(
        area="billing",
        name="accrue_fee",
        trigger=Consumer(queue="fee-accruals"),
        tables={**_WRITES, "markets": QUERY},
    ),
    _fan_out("create_invoices", "30 0 * * ? *", "invoice-creations"),
    Function(
        area="billing",
        name="create_invoice",
        trigger=Consumer(queue="invoice-creations"),
        tables={**_WRITES, "markets": QUERY},
    ),
    _fan_out("charge_invoices", "0 10 * * ? *", "invoice-charges"),
    _charging("charge_invoice", "invoice-charges", sends_to=("invoice-charges",)),
)
