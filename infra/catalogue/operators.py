"""What operators may do. Each change takes a reason and leaves an audit record."""

from collections.abc import Mapping
from typing import Any

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
    Function,
    Route,
)

PARTNER_CALL_SECONDS = 25
_OPERATOR = "/api/operator"
_ASKS_STRIPE: Mapping[str, Any] = {"partners": ("stripe",), "layers": SDK_LAYERS, "timeout_seconds": 28}


def _route(name: str, method: str, path: str) -> Function:
    return Function(
        area="operators",
        name=name,
        trigger=Route(method=method, path=f"{_OPERATOR}/{path}", role="operator"),
        tables={"people": QUERY if method == "GET" else GET | PUT, **({} if method == "GET" else {"outbox": PUT})},
    )


def _about_person(name: str, verb: str) -> Function:
    # A person who never asked for an account is known by a portfolio alone.
    return Function(
        area="operators",
        name=name,
        trigger=Route(method="POST", path=f"{_OPERATOR}/people/{{profile_id}}/{verb}", role="operator"),
        tables={"people": GET | PUT | QUERY, "outbox": PUT, "portfolios": QUERY},
    )


FUNCTIONS = (
    Function(
        area="operators",
        name="get_health",
        trigger=Route(method="GET", path=f"{_OPERATOR}/health", role="operator"),
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
    _about_person("pause_person", "pause"),
    _about_person("resume_person", "resume"),
    _route("list_discrepancies", "GET", "discrepancies"),
    _route("resolve_discrepancy", "POST", "discrepancies/{discrepancy_id}/resolve"),
    Function(
        area="operators",
        name="list_unknowns",
        trigger=Route(method="GET", path=f"{_OPERATOR}/unknowns", role="operator"),
        tables={"people": QUERY | BATCH_GET},
    ),
    # it asks the partner of whatever is settled, and may end, take over or begin it anew
    Function(
        area="operators",
        name="decide_unknown",
        trigger=Route(method="POST", path=f"{_OPERATOR}/unknowns/{{unknown_id}}/resolve", role="operator"),
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
    *(
        Function(
            area="operators",
            name=name,
            trigger=Route(method="POST", path=f"{_OPERATOR}/invoices/{{invoice_id}}/{verb}", role="operator"),
            tables={"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT},
            **more,
        )
        for name, verb, more in (("void_invoice", "void", _ASKS_STRIPE), ("credit_invoice", "credit", {}))
    ),
    _route("list_disputes", "GET", "disputes"),
    _route("list_credit_payouts", "GET", "credit-payouts"),
    Function(
        area="operators",
        name="pay_credit_payout",
        trigger=Route(method="POST", path=f"{_OPERATOR}/credit-payouts/{{payout_id}}/paid", role="operator"),
        tables={"people": GET | BATCH_GET | QUERY | PUT, "ledger": PUT, "outbox": PUT},
    ),
    _route("note_dispute", "POST", "disputes/{dispute_id}/note"),
    Function(
        area="operators",
        name="get_trading_stop",
        trigger=Route(method="GET", path=f"{_OPERATOR}/trading-stop", role="operator"),
        tables={"people": GET},
    ),
    Function(
        area="operators",
        name="put_trading_stop",
        trigger=Route(method="PUT", path=f"{_OPERATOR}/trading-stop", role="operator"),
        tables={"people": GET | PUT, "outbox": PUT},
    ),
    Function(
        area="operators",
        name="put_closure",
        trigger=Route(method="PUT", path=f"{_OPERATOR}/closures/{{exchange}}/{{day}}", role="operator"),
        tables={"people": PUT, "markets": PUT | DELETE},
    ),
    # who holds or trades the instrument is found, and handed to the workers of corporate actions
    Function(
        area="operators",
        name="put_instrument",
        trigger=Route(method="PUT", path=f"{_OPERATOR}/instruments/{{symbol}}", role="operator"),
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
    Function(
        area="operators",
        name="put_collection",
        trigger=Route(method="PUT", path=f"{_OPERATOR}/collections/{{collection_id}}", role="operator"),
        tables={"collections": GET | PUT, "markets": BATCH_GET},
    ),
)
