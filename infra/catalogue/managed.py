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
    Function,
    Poll,
    Schedule,
)
from infra.catalogue.rows import fan_out, partner_route, read_route, route, worker

_STATE = GET | BATCH_GET | PUT
_CATALOGUE = {"collections": READ, "markets": QUERY | BATCH_GET}
_OWN_RECORDS = {"people": _STATE, "ledger": PUT, "outbox": PUT, "inbox": PUT}
_REBALANCES = {**_OWN_RECORDS, "collections": READ, "markets": QUERY | BATCH_GET | PUT}
_RECONFIGURES = _REBALANCES | {"markets": QUERY | BATCH_GET}

_worker = partial(worker, "managed", calls={"drivewealth": 4})
_holdings_route = partial(partner_route, "managed", partners=("drivewealth",), needs_account=True)

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
    partner_route(
        "managed",
        "reconfigure_collection",
        "POST",
        "/api/collections/{collection_id}/reconfigure",
        tables={**_RECONFIGURES, **LIMITED},
        partners=("drivewealth",),
        sends_to=("account-rebalances",),
    ),
    route(
        "managed",
        "cancel_collection_version",
        "POST",
        "/api/collection-versions/{version_id}/cancel",
        tables=_OWN_RECORDS,
    ),
    read_route("managed", "list_collection_versions", "/api/collection-versions", people=QUERY | BATCH_GET),
    read_route("managed", "get_collection_version", "/api/collection-versions/{version_id}", people=GET),
    # what they hold
    _holdings_route(
        "get_collection_holdings",
        "GET",
        "/api/collections/{collection_id}/holdings",
        tables={"people": BATCH_GET | QUERY, "collections": GET},
    ),
    _holdings_route("get_managed_portfolio", "GET", "/api/managed-portfolio", tables={"people": BATCH_GET | QUERY}),
    read_route("managed", "list_account_snapshots", "/api/managed-portfolio/snapshots", people=QUERY),
    # passes and runs
    fan_out(
        "managed",
        "release_versions",
        Schedule(cron="30 9 ? * MON-FRI *"),
        "account-rebalances",
        tables={"people": QUERY, "markets": QUERY},
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
    worker("managed", "follow_pauses", "holding-events", tables=_OWN_RECORDS),
    worker(
        "managed",
        "follow_cash",
        "cash-events",
        tables=_OWN_RECORDS,
        sends_to=("account-rebalances",),
    ),
    # the end of the day
    fan_out(
        "managed",
        "snapshot_accounts",
        Schedule(cron="0 17 ? * MON-FRI *"),
        "account-snapshots",
        tables={"people": QUERY, "markets": QUERY},
    ),
    _worker("snapshot_account", "account-snapshots", tables=_OWN_RECORDS | {"markets": QUERY}),
)
