"""Trading accounts, deposits and withdrawals, and the broker's events about them."""

from functools import partial

from infra.catalogue.kinds import BATCH_GET, CHECK, DELETE, GET, LIMITED, PUT, QUERY, READ, UPDATE, Poll, Schedule
from infra.catalogue.rows import fan_out, partner_route, read_route, worker

BROKER_CALLS = 4
"""To look a payment up, approve it, read it again, and read the account; at night status, two lists and cash."""

_MOVES_MONEY = {
    "people": READ | BATCH_GET | PUT | DELETE | CHECK,
    "ledger": PUT,
    "inbox": GET | PUT,
    "outbox": PUT,
}


_worker = partial(worker, "funding", calls={"drivewealth": BROKER_CALLS}, tables=_MOVES_MONEY)
_ERASES = {"tax-ids": DELETE}
_ERASES_DOCUMENTS = frozenset({"DeleteObject"})

FUNCTIONS = (
    read_route("funding", "get_profile", "/api/profile", people=BATCH_GET),
    # what may be withdrawn is the broker's word, as for a withdrawal, where it comes soon
    partner_route(
        "funding",
        "list_trading_accounts",
        "GET",
        "/api/trading-accounts",
        tables={"people": BATCH_GET},
        partners=("drivewealth",),
    ),
    read_route("funding", "list_money_flows", "/api/money-flows", people=QUERY | BATCH_GET),
    read_route("funding", "get_money_flow", "/api/money-flows/{money_flow_id}", people=GET),
    partner_route(
        "funding",
        "create_deposit",
        "POST",
        "/api/deposits",
        tables={**_MOVES_MONEY, **LIMITED},
        partners=("plaid", "drivewealth"),
    ),
    partner_route(
        "funding",
        "create_withdrawal",
        "POST",
        "/api/withdrawals",
        tables={**_MOVES_MONEY, **LIMITED},
        partners=("drivewealth",),
    ),
    # the broker's events
    worker(
        "funding",
        "route_broker_events",
        "broker-events",
        sends_to=("account-events", "money-flow-events"),
        parks_in=("broker-events",),
    ),
    _worker(
        "apply_account_event",
        "account-events",
        tables=_MOVES_MONEY | _ERASES | {"markets": BATCH_GET | PUT},
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
        tables={"people": QUERY},
    ),
    worker(
        "funding",
        "resolve_outcome",
        "unknown-outcomes",
        calls={"plaid": 2, "drivewealth": BROKER_CALLS, "stripe": 4},
        tables=_MOVES_MONEY | _ERASES | {"people": _MOVES_MONEY["people"] | UPDATE},
        documents=_ERASES_DOCUMENTS,
        sends_to=("kyc-submissions",),
    ),
    fan_out("funding", "reconcile", Schedule(cron="30 3 * * ? *"), "account-reconciliations", tables={"people": QUERY}),
    _worker("reconcile_account", "account-reconciliations"),
)
