"""Portfolios over HTTP, and the functions of the trading day."""

from functools import partial

from infra.catalogue.kinds import (
    BATCH_GET,
    BATCH_WRITE,
    CHECK,
    DELETE,
    GET,
    LIMITED,
    PUT,
    QUERY,
    READ,
    RUNS,
    UPDATE,
    Function,
    Poll,
    Schedule,
)
from infra.catalogue.rows import fan_out, partner_route, route, worker

_PORTFOLIO = "/api/portfolios/{portfolio_id}"
_TRADES = {
    "portfolios": QUERY | GET | PUT | UPDATE | DELETE,
    "ledger": QUERY | PUT,
    "inbox": GET | PUT,
    "outbox": PUT,
}
QUOTE_CALLS = 2
"""A portfolio has fewer symbols than one request takes; where quotes are not believed, last trades are asked for."""

REFUSED_SYMBOLS = GET | UPDATE
"""What is done to the table `markets` where a symbol makes the provider refuse the symbols beside it."""

SHARED_PRICES = {"prices": BATCH_GET | UPDATE, "markets": QUERY | REFUSED_SYMBOLS}
"""The tables of whoever reads prices that everybody shares, and refreshes those that are stale."""

_QUOTES = {"market-data": QUOTE_CALLS}
_LISTS = {"portfolios": QUERY, "markets": QUERY}
_UPDATES = {"portfolios": READ | PUT | UPDATE | DELETE, "people": GET | PUT, **SHARED_PRICES}
_STOPS = {"portfolios": QUERY | PUT, "people": GET | PUT, "outbox": PUT, **SHARED_PRICES}

_route = partial(route, "automation")
_worker = partial(worker, "automation")
_priced_route = partial(partner_route, "automation", partners=("market-data",))

FUNCTIONS = (
    # portfolios, over HTTP
    _route("create_portfolio", "POST", "/api/portfolios", tables={"portfolios": PUT, "ledger": PUT, "people": GET}),
    _priced_route(
        "list_portfolios",
        "GET",
        "/api/portfolios",
        tables={"portfolios": QUERY | BATCH_GET, "people": GET, **SHARED_PRICES},
    ),
    _route("list_presets", "GET", "/api/portfolios/presets"),
    _route("list_exchanges", "GET", "/api/exchanges", tables={"markets": QUERY}),
    _priced_route("get_portfolio", "GET", _PORTFOLIO, tables={"portfolios": GET, "people": GET, **SHARED_PRICES}),
    _priced_route("replace_portfolio", "PUT", _PORTFOLIO, tables=_UPDATES),
    _priced_route("update_portfolio", "PATCH", _PORTFOLIO, tables=_UPDATES),
    *(
        _priced_route(
            name,
            method,
            f"{_PORTFOLIO}/stop",
            tables=_STOPS,
        )
        for name, method in (("stop_portfolio", "POST"), ("resume_portfolio", "DELETE"))
    ),
    _route(
        "delete_portfolio", "DELETE", _PORTFOLIO, tables={"portfolios": READ | PUT | UPDATE | DELETE, "people": PUT}
    ),
    _priced_route(
        "get_portfolio_summary",
        "GET",
        "/api/portfolio-summary",
        tables={"portfolios": QUERY | BATCH_GET, **SHARED_PRICES},
    ),
    _priced_route("list_holdings", "GET", f"{_PORTFOLIO}/holdings", tables={"portfolios": GET, **SHARED_PRICES}),
    _route("list_transactions", "GET", f"{_PORTFOLIO}/transactions", tables={"portfolios": GET, "ledger": QUERY}),
    _route(
        "create_transaction",
        "POST",
        f"{_PORTFOLIO}/transactions",
        tables={
            "portfolios": READ | PUT | UPDATE,
            "ledger": READ | PUT,
            "markets": GET,
            "inbox": GET | PUT,
            "people": GET | PUT | CHECK,
            **LIMITED,
        },
    ),
    _route("list_positions", "GET", f"{_PORTFOLIO}/positions", tables={"portfolios": READ}),
    _route("list_snapshots", "GET", f"{_PORTFOLIO}/snapshots", tables={"portfolios": READ}),
    _route("get_performance", "GET", f"{_PORTFOLIO}/performance", tables={"portfolios": READ, "markets": QUERY}),
    _route(
        "list_sessions",
        "GET",
        f"{_PORTFOLIO}/sessions",
        tables={"portfolios": READ, "people": GET, "signals": BATCH_GET},
    ),
    _route(
        "list_session_skips",
        "GET",
        f"{_PORTFOLIO}/sessions/{{date}}/skips",
        tables={"portfolios": READ, "signals": QUERY},
    ),
    _route(
        "list_recommendations",
        "GET",
        f"{_PORTFOLIO}/recommendations",
        tables={"portfolios": READ, "signals": GET | BATCH_GET},
    ),
    # the trading day: each job finds the portfolios concerned, each worker does one portfolio's part
    fan_out(
        "automation",
        "plan_sessions",
        Schedule(cron="15 9 ? * MON-FRI *"),
        "session-plans",
        tables=_LISTS | {"signals": READ},
    ),
    _worker(
        "plan_session",
        "session-plans",
        tables=_TRADES | {"markets": QUERY, "people": PUT, "signals": READ | BATCH_WRITE},
    ),
    fan_out(
        "automation",
        "open_sessions",
        Schedule(cron="30-45 9 ? * MON-FRI *", poll=Poll(table="portfolios", index="by_enter", due_prefix="enter#")),
        "session-entries",
        tables=_LISTS,
    ),
    _worker(
        "open_session",
        "session-entries",
        calls=_QUOTES,
        tables=_TRADES | SHARED_PRICES | {"people": GET | PUT | CHECK},
    ),
    _worker(
        "cancel_entries",
        "entry-cancellations",
        tables={"portfolios": QUERY | PUT, "markets": QUERY, "outbox": PUT, "people": GET | PUT},
    ),
    fan_out(
        "automation",
        "monitor_positions",
        Schedule(cron="0/10 9-15 ? * MON-FRI *", poll=Poll(table="portfolios", index="by_stop")),
        "position-exits",
        partners=("market-data",),
        tables=SHARED_PRICES | {"portfolios": QUERY | PUT},
    ),
    _worker("exit_positions", "position-exits", calls=_QUOTES, tables=_TRADES | SHARED_PRICES | {"people": PUT}),
    fan_out(
        "automation",
        "close_sessions",
        Schedule(
            cron="* 9-15 ? * MON-FRI *",
            poll=Poll(table="portfolios", index="by_close", due_prefix="close#", may_be_early=True),
        ),
        "session-closes",
        tables=_LISTS | {"people": GET},
    ),
    _worker("close_session", "session-closes", calls=_QUOTES, tables=_TRADES | SHARED_PRICES | {"people": GET | PUT}),
    # the independent closer, which depends on no price that others asked for
    fan_out(
        "automation",
        "sweep_positions",
        Schedule(
            cron="20,30-40 9 ? * MON-FRI *",
            also=("0/10 10-15 ? * MON-FRI *", "10 16 ? * MON-FRI *"),
            poll=Poll(table="portfolios", index="by_open"),
        ),
        "position-sweeps",
        tables=_LISTS,
    ),
    _worker(
        "sweep_portfolio",
        "position-sweeps",
        calls=_QUOTES,
        tables=_TRADES | {"markets": QUERY | REFUSED_SYMBOLS, "people": PUT},
    ),
    # what companies do to shares: before the open, and again when opening prices are known
    fan_out(
        "automation",
        "apply_corporate_actions",
        Schedule(cron="0 8 * * ? *", also=("31 9 ? * MON-FRI *",)),
        "corporate-actions",
        partners=("market-data",),
        tables={"portfolios": QUERY, "markets": READ | PUT | BATCH_WRITE},
    ),
    _worker(
        "apply_corporate_action",
        "corporate-actions",
        calls=_QUOTES,
        tables={
            "portfolios": READ | PUT | UPDATE | DELETE,
            "ledger": QUERY | PUT,
            "markets": REFUSED_SYMBOLS,
            "outbox": PUT,
            "people": PUT,
        },
    ),
    fan_out(
        "automation",
        "snapshot_portfolios",
        Schedule(cron="0 13,16 ? * MON-FRI *"),
        "portfolio-snapshots",
        tables=_LISTS,
    ),
    _worker(
        "snapshot_portfolio",
        "portfolio-snapshots",
        calls=_QUOTES,
        tables=_TRADES | SHARED_PRICES | {"people": PUT},
    ),
    Function(
        area="automation",
        name="record_index_returns",
        trigger=Schedule(cron="0 18 ? * MON-FRI *"),
        tables={"markets": QUERY | UPDATE | BATCH_WRITE, "inbox": RUNS},
        partners=("market-data",),
        timeout_seconds=60,
    ),
)
