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
    RUNS,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    UPDATE,
    USES_TOKENS,
    Consumer,
    Function,
    Poll,
    Route,
    Schedule,
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


def _read(name: str, path: str, people: frozenset[str]) -> Function:
    return Function(area="funding", name=name, trigger=Route(method="GET", path=path), tables={"people": people})


def _worker(name: str, queue: str, **more: Any) -> Function:  # noqa: ANN401 - fields of the row
    tables = _MOVES_MONEY | more.pop("tables", {})
    return Function(
        area="funding",
        name=name,
        trigger=Consumer(queue=queue, calls={"drivewealth": BROKER_CALLS}),
        tables=tables,
        keys=USES_TOKENS,
        partners=("drivewealth",),
        **more,
    )


_ERASES = {"tax-ids": DELETE}
_ERASES_DOCUMENTS = frozenset({"DeleteObject"})

FUNCTIONS = (
    _read("get_profile", "/api/profile", BATCH_GET),
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
    _read("list_money_flows", "/api/money-flows", QUERY | BATCH_GET),
    _read("get_money_flow", "/api/money-flows/{money_flow_id}", GET),
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
    Function(
        area="funding",
        name="resolve_unknown",
        trigger=Schedule(cron="0/5 * * * ? *", poll=Poll(table="people", index="by_due", due_prefix="resolve#")),
        tables={"people": QUERY, "inbox": RUNS},
        sends_to=("unknown-outcomes",),
        timeout_seconds=300,
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
    Function(
        area="funding",
        name="reconcile",
        trigger=Schedule(cron="30 3 * * ? *"),
        tables={"people": QUERY, "inbox": RUNS},
        sends_to=("account-reconciliations",),
        timeout_seconds=300,
    ),
    _worker("reconcile_account", "account-reconciliations"),
)
