"""TTF holdings: collections, versions, passes, autopilot runs, what is held."""

from functools import partial

from infra.catalogue.kinds import (
    BATCH_GET,
    BATCH_WRITE,
    GET,
    LIMITED,
    PUT,
    QUERY,
    READ,
    RUNS,
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

_STATE = GET | BATCH_GET | PUT
_CATALOGUE = {"collections": READ, "markets": QUERY | BATCH_GET}
_OWN_RECORDS = {"people": _STATE, "ledger": PUT, "outbox": PUT, "inbox": PUT}
_WRITES = {**_OWN_RECORDS, **TALKS_TO_BROKER}
_REBALANCES = {**_WRITES, "collections": READ, "markets": QUERY | BATCH_GET | PUT}
PARTNER_CALL_SECONDS = 25


def _asks_broker(name: str, method: str, path: str, **tables: frozenset[str]) -> Function:
    return Function(
        area="managed",
        name=name,
        trigger=Route(method=method, path=path, needs_account=True),
        tables={**tables, **TALKS_TO_BROKER},
        keys=USES_TOKENS,
        partners=("drivewealth",),
        timeout_seconds=PARTNER_CALL_SECONDS,
    )


_worker = partial(broker_worker, "managed", calls=4)

_RECONFIGURES = _REBALANCES | {"markets": QUERY | BATCH_GET}

FUNCTIONS = (
    # collections
    read_route("managed", "list_collections", "/api/collections", collections=QUERY),
    read_route(
        "managed",
        "get_collection_weights",
        "/api/collections/{collection_id}/weights",
        collections=GET,
        markets=BATCH_GET,
    ),
    # what people ask for
    Function(
        area="managed",
        name="reconfigure_collection",
        trigger=Route(method="POST", path="/api/collections/{collection_id}/reconfigure"),
        tables={**_RECONFIGURES, **LIMITED},
        keys=USES_TOKENS,
        partners=("drivewealth",),
        sends_to=("account-rebalances",),
        timeout_seconds=PARTNER_CALL_SECONDS,
    ),
    Function(
        area="managed",
        name="cancel_collection_version",
        trigger=Route(method="POST", path="/api/collection-versions/{version_id}/cancel"),
        tables=_OWN_RECORDS,
    ),
    read_route("managed", "list_collection_versions", "/api/collection-versions", people=QUERY | BATCH_GET),
    read_route("managed", "get_collection_version", "/api/collection-versions/{version_id}", people=GET),
    # what they hold
    _asks_broker(
        "get_collection_holdings",
        "GET",
        "/api/collections/{collection_id}/holdings",
        people=BATCH_GET | QUERY,
        collections=GET,
    ),
    _asks_broker("get_managed_portfolio", "GET", "/api/managed-portfolio", people=BATCH_GET | QUERY),
    read_route("managed", "list_account_snapshots", "/api/managed-portfolio/snapshots", people=QUERY),
    # passes and runs
    fan_out(
        "managed",
        "release_versions",
        Schedule(cron="30 9 ? * MON-FRI *"),
        "account-rebalances",
        people=QUERY,
        markets=QUERY,
    ),
    Function(
        area="managed",
        name="poll_autopilot_runs",
        trigger=Schedule(
            cron="* 9-15 ? * MON-FRI *", poll=Poll(table="people", index="by_due", due_prefix="autopilot-")
        ),
        tables={"people": READ | PUT | UPDATE | BATCH_WRITE, "markets": QUERY, "inbox": RUNS, **TALKS_TO_BROKER},
        keys=USES_TOKENS,
        partners=("drivewealth",),
        sends_to=("account-rebalances", "autopilot-events"),
        timeout_seconds=300,
    ),
    _worker("rebalance_account", "account-rebalances", tables=_REBALANCES),
    _worker(
        "apply_autopilot_event",
        "autopilot-events",
        tables=_REBALANCES | {"people": _STATE | QUERY},
        sends_to=("autopilot-events",),
        parks_in=("autopilot-events",),
    ),
    # it asks no partner: a pause holds whoever is away
    Function(area="managed", name="follow_pauses", trigger=Consumer(queue="holding-events"), tables=_OWN_RECORDS),
    Function(
        area="managed",
        name="follow_cash",
        trigger=Consumer(queue="cash-events"),
        tables=_OWN_RECORDS,
        sends_to=("account-rebalances",),
    ),
    # the end of the day
    fan_out(
        "managed",
        "snapshot_accounts",
        Schedule(cron="0 17 ? * MON-FRI *"),
        "account-snapshots",
        people=QUERY,
        markets=QUERY,
    ),
    _worker("snapshot_account", "account-snapshots", tables=_WRITES | {"markets": QUERY}),
)
