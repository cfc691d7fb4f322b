"""Trading accounts, deposits and withdrawals, and the broker's events about them."""

from dataclasses import replace
from typing import Any

from infra.catalogue.kinds import (
    BATCH_GET,
    CHECK,
    DELETE,
    GET,
    LIMITED,
    PUT,
    QUERY,
    READ,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    UPDATE,
    USES_TOKENS,
    Consumer,
    Function,
    Poll,
    Route,
    Schedule,
    broker_worker,
    fan_out,
    read_route,
)

PARTNER_CALL_SECONDS = 25
BROKER_CALLS = 4
"""To look a payment up, approve it, read it again, and read the account; at night status, two lists and cash."""

_MOVES_MONEY = {
    "people": READ | BATCH_GET | PUT | DELETE | CHECK,
    "ledger": PUT,
    "inbox": GET | PUT,
    "outbox": PUT,
    **TALKS_TO_BROKER,
}


def _worker(name: str, queue: str, **more: Any) -> Function:  # noqa: ANN401 - fields of the row
    tables = _MOVES_MONEY | more.pop("tables", {})
    return broker_worker("funding", name, queue, calls=BROKER_CALLS, tables=tables, **more)


_ERASES = {"tax-ids": DELETE}
_ERASES_DOCUMENTS = frozenset({"DeleteObject"})

FUNCTIONS = (
    read_route("funding", "get_profile", "/api/profile", people=BATCH_GET),
    # what may be withdrawn is the broker's word, as for a withdrawal, where it comes soon
    Function(
        area="funding",
        name="list_trading_accounts",
        trigger=Route(method="GET", path="/api/trading-accounts"),
        tables={"people": BATCH_GET, **TALKS_TO_BROKER},
        keys=USES_TOKENS,
        partners=("drivewealth",),
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    read_route("funding", "list_money_flows", "/api/money-flows", people=QUERY | BATCH_GET),
    read_route("funding", "get_money_flow", "/api/money-flows/{money_flow_id}", people=GET),
    Function(
        area="funding",
        name="create_deposit",
        trigger=Route(method="POST", path="/api/deposits"),
        tables={**_MOVES_MONEY, **LIMITED},
        keys=USES_TOKENS,
        partners=("plaid", "drivewealth"),
        layers=SDK_LAYERS,
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    Function(
        area="funding",
        name="create_withdrawal",
        trigger=Route(method="POST", path="/api/withdrawals"),
        tables={**_MOVES_MONEY, **LIMITED},
        keys=USES_TOKENS,
        partners=("drivewealth",),
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    # the broker's events
    Function(
        area="funding",
        name="route_broker_events",
        trigger=Consumer(queue="broker-events"),
        sends_to=("account-events", "money-flow-events"),
        parks_in=("broker-events",),
    ),
    _worker(
        "apply_account_event",
        "account-events",
        tables=_ERASES | {"markets": BATCH_GET | PUT},
        parks_in=("account-events",),
        documents=_ERASES_DOCUMENTS,
    ),
    _worker("apply_money_flow_event", "money-flow-events", parks_in=("money-flow-events",)),
    # what is not settled yet
    fan_out(
        "funding",
        "resolve_unknown",
        Schedule(cron="0/5 * * * ? *", poll=Poll(table="people", index="by_due", due_prefix="resolve#")),
        "unknown-outcomes",
        people=QUERY,
    ),
    replace(
        _worker(
            "resolve_outcome",
            "unknown-outcomes",
            tables=_ERASES | {"people": _MOVES_MONEY["people"] | UPDATE},
            documents=_ERASES_DOCUMENTS,
            sends_to=("kyc-submissions",),
            layers=SDK_LAYERS,
        ),
        trigger=Consumer(queue="unknown-outcomes", calls={"plaid": 2, "drivewealth": BROKER_CALLS, "stripe": 4}),
        partners=("plaid", "drivewealth", "stripe"),
    ),
    fan_out("funding", "reconcile", Schedule(cron="30 3 * * ? *"), "account-reconciliations", people=QUERY),
    _worker("reconcile_account", "account-reconciliations"),
)
