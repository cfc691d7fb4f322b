"""Commissions: payment methods, running fees, invoices, charges, and Stripe's webhooks."""

from functools import partial

from infra.catalogue.kinds import BATCH_GET, GET, LIMITED, PUT, QUERY, Function, Route, Schedule
from infra.catalogue.rows import STRIPE_CALL_SECONDS, fan_out, partner_route, read_route, worker

_WRITES = {"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT, "inbox": GET | PUT}

# who charges asks Stripe for the money, and the broker for a person's address
_charging_route = partial(
    partner_route, "billing", partners=("stripe", "drivewealth"), tables=_WRITES, timeout_seconds=STRIPE_CALL_SECONDS
)
_charging_worker = partial(worker, "billing", calls={"stripe": 7, "drivewealth": 3}, tables=_WRITES)

FUNCTIONS = (
    # payment methods
    _charging_route("create_setup_session", "POST", "/api/payment-methods/setup-sessions"),
    _charging_route("add_payment_method", "POST", "/api/payment-methods"),
    read_route("billing", "list_payment_methods", "/api/payment-methods", people=BATCH_GET),
    _charging_route(
        "activate_payment_method",
        "PUT",
        "/api/payment-methods/{payment_method_id}/active",
    ),
    _charging_route("remove_payment_method", "DELETE", "/api/payment-methods/{payment_method_id}"),
    # invoices
    read_route("billing", "list_invoices", "/api/invoices", people=QUERY),
    read_route("billing", "get_invoice", "/api/invoices/{invoice_id}", people=GET | BATCH_GET | QUERY),
    _charging_route("pay_invoice", "POST", "/api/invoices/{invoice_id}/pay", tables=_WRITES | LIMITED),
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
    _charging_worker("apply_stripe_event", "stripe-events"),
    # jobs
    fan_out("billing", "accrue_fees", Schedule(cron="0 20 * * ? *"), "fee-accruals", tables={"people": QUERY}),
    worker("billing", "accrue_fee", "fee-accruals", tables={**_WRITES, "markets": QUERY}),
    fan_out("billing", "create_invoices", Schedule(cron="30 0 * * ? *"), "invoice-creations", tables={"people": QUERY}),
    worker("billing", "create_invoice", "invoice-creations", tables={**_WRITES, "markets": QUERY}),
    fan_out("billing", "charge_invoices", Schedule(cron="0 10 * * ? *"), "invoice-charges", tables={"people": QUERY}),
    _charging_worker("charge_invoice", "invoice-charges", sends_to=("invoice-charges",)),
)
