"""What operators may do. Each change takes a reason and leaves an audit record."""

from infra.catalogue.kinds import (
    BATCH_GET,
    BATCH_WRITE,
    DELETE,
    GET,
    PUT,
    QUERY,
    READ,
    SCAN,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    USES_TOKENS,
)
from infra.catalogue.rows import PARTNER_CALL_SECONDS, STRIPE_CALL_SECONDS, operator_route

_CHANGES = {"people": GET | PUT, "outbox": PUT}
_CHANGES_PERSON = {"people": GET | PUT | QUERY, "outbox": PUT, "portfolios": QUERY}
"""A person who never asked for an account is known by a portfolio alone."""

_CHANGES_INVOICE = {"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT}

FUNCTIONS = (
    operator_route(
        "get_health",
        "GET",
        "health",
        tables={
            "inbox": QUERY | BATCH_GET,
            "outbox": SCAN | QUERY,
            "deferred-messages": QUERY,
            "portfolios": QUERY,
            "signals": READ,
            "markets": QUERY,
        },
        settings=("jobs", "market_data_exchanges", "signal_strategy"),
        timeout_seconds=25,
    ),
    operator_route("pause_person", "POST", "people/{profile_id}/pause", tables=_CHANGES_PERSON),
    operator_route("resume_person", "POST", "people/{profile_id}/resume", tables=_CHANGES_PERSON),
    operator_route("list_discrepancies", "GET", "discrepancies", tables={"people": QUERY}),
    operator_route("resolve_discrepancy", "POST", "discrepancies/{discrepancy_id}/resolve", tables=_CHANGES),
    operator_route("list_unknowns", "GET", "unknowns", tables={"people": QUERY | BATCH_GET}),
    # it asks the partner of whatever is settled, and may end, take over or begin it anew
    operator_route(
        "decide_unknown",
        "POST",
        "unknowns/{unknown_id}/resolve",
        tables={
            "people": READ | BATCH_GET | PUT | DELETE,
            "ledger": PUT,
            "tax-ids": DELETE,
            "outbox": PUT,
            **TALKS_TO_BROKER,
        },
        keys=USES_TOKENS,
        partners=("drivewealth", "stripe"),
        layers=SDK_LAYERS,
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    operator_route(
        "void_invoice",
        "POST",
        "invoices/{invoice_id}/void",
        tables=_CHANGES_INVOICE,
        partners=("stripe",),
        layers=SDK_LAYERS,
        timeout_seconds=STRIPE_CALL_SECONDS,
    ),
    operator_route("credit_invoice", "POST", "invoices/{invoice_id}/credit", tables=_CHANGES_INVOICE),
    operator_route("list_disputes", "GET", "disputes", tables={"people": QUERY}),
    operator_route("list_credit_payouts", "GET", "credit-payouts", tables={"people": QUERY}),
    operator_route("pay_credit_payout", "POST", "credit-payouts/{payout_id}/paid", tables=_CHANGES_INVOICE),
    operator_route("note_dispute", "POST", "disputes/{dispute_id}/note", tables=_CHANGES),
    operator_route(
        "list_restrictions",
        "GET",
        "restrictions",
        tables={"people": GET | QUERY | BATCH_GET, "portfolios": QUERY | BATCH_GET},
    ),
    operator_route("get_trading_stop", "GET", "trading-stop", tables={"people": GET}),
    operator_route("put_trading_stop", "PUT", "trading-stop", tables=_CHANGES),
    operator_route(
        "put_closure",
        "PUT",
        "closures/{exchange}/{day}",
        tables={"people": PUT, "markets": PUT | DELETE},
    ),
    # who holds or trades the instrument is found, and handed to the workers of corporate actions
    operator_route(
        "put_instrument",
        "PUT",
        "instruments/{symbol}",
        tables={
            "people": PUT,
            "markets": GET | PUT,
            "signals": READ | PUT | BATCH_WRITE,
            "portfolios": QUERY,
            "prices": BATCH_WRITE,
        },
        sends_to=("corporate-actions",),
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    operator_route(
        "put_collection",
        "PUT",
        "collections/{collection_id}",
        tables={"collections": GET | PUT, "markets": BATCH_GET},
    ),
)
