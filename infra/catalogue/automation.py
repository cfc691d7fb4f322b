"""Portfolios over HTTP, and the functions of the trading day."""

from collections.abc import Mapping

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
    Consumer,
    Function,
    Poll,
    Route,
    Schedule,
)

_PORTFOLIO = "/api/portfolios/{portfolio_id}"
_WORKER_TABLES = {
    "portfolios": QUERY | GET | PUT | UPDATE | DELETE,
    "ledger": QUERY | PUT,
    "inbox": GET | PUT,
    "outbox": PUT,
}
PARTNER_CALL_SECONDS, ROUTE_SECONDS = 25, 10
QUOTE_CALLS = 2
"""A portfolio has fewer symbols than one request takes; where quotes are not believed, last trades are asked for."""

REFUSED_SYMBOLS = GET | UPDATE
"""What is done to the table `markets` where a symbol makes the provider refuse the symbols beside it."""

SHARED_PRICES = {"prices": BATCH_GET | UPDATE, "markets": QUERY | REFUSED_SYMBOLS}
"""The tables of whoever reads prices that everybody shares, and refreshes those that are stale."""

_JOB_TABLES = {"portfolios": QUERY, "markets": QUERY, "inbox": RUNS}


def _route(
    name: str, method: str, path: str, tables: Mapping[str, frozenset[str]], *, values: bool = False
) -> Function:
    """Return the row of a route; one that `values` portfolios shows them at the latest prices."""
    return Function(
        area="automation",
        name=name,
        trigger=Route(method=method, path=path),
        tables={**tables, **SHARED_PRICES} if values else tables,
        partners=("market-data",) if values else (),
        timeout_seconds=PARTNER_CALL_SECONDS if values else ROUTE_SECONDS,
    )


def _job(
    name: str,
    cron: str,
    queue: str,
    *,
    poll: Poll | None = None,
    reads: str = "",
) -> Function:
    tables, asks_market = _JOB_TABLES | ({reads: READ} if reads else {}), name == "monitor_positions"
    if name == "close_sessions":
        tables |= {"people": GET}
    if asks_market:
        tables |= SHARED_PRICES | {"portfolios": QUERY | PUT, "markets": QUERY | REFUSED_SYMBOLS}
    return Function(
        area="automation",
        name=name,
        trigger=Schedule(cron=cron, poll=poll),
        tables=tables,
        sends_to=(queue,),
        partners=("market-data",) if asks_market else (),
        timeout_seconds=300,
    )


def _worker(
    name: str,
    queue: str,
    *,
    quotes: bool = True,
    signals: frozenset[str] = frozenset(),
    people: frozenset[str] = PUT,
) -> Function:
    """Return the row of a session's worker. The closer depends on no price that others asked for."""
    markets = QUERY | REFUSED_SYMBOLS if quotes else QUERY
    prices = {"prices": SHARED_PRICES["prices"]} if quotes and name != "sweep_portfolio" else {}
    return Function(
        area="automation",
        name=name,
        trigger=Consumer(queue=queue, calls={"market-data": QUOTE_CALLS} if quotes else {}),
        tables=_WORKER_TABLES
        | prices
        | {"markets": markets, "people": people}
        | ({"signals": signals} if signals else {}),
        partners=("market-data",) if quotes else (),
    )


FUNCTIONS = (
    # portfolios, over HTTP
    _route("create_portfolio", "POST", "/api/portfolios", {"portfolios": PUT, "ledger": PUT, "people": GET}),
    _route("list_portfolios", "GET", "/api/portfolios", {"portfolios": QUERY | BATCH_GET, "people": GET}, values=True),
    _route("list_presets", "GET", "/api/portfolios/presets", {}),
    _route("list_exchanges", "GET", "/api/exchanges", {"markets": QUERY}),
    _route("get_portfolio", "GET", _PORTFOLIO, {"portfolios": GET, "people": GET}, values=True),
    _route(
        "replace_portfolio",
        "PUT",
        _PORTFOLIO,
        {"portfolios": READ | PUT | UPDATE | DELETE, "people": GET | PUT},
        values=True,
    ),
    _route(
        "update_portfolio",
        "PATCH",
        _PORTFOLIO,
        {"portfolios": READ | PUT | UPDATE | DELETE, "people": GET | PUT},
        values=True,
    ),
    *(
        _route(
            name,
            method,
            f"{_PORTFOLIO}/stop",
            {"portfolios": QUERY | PUT, "people": GET | PUT, "outbox": PUT},
            values=True,
        )
        for name, method in (("stop_portfolio", "POST"), ("resume_portfolio", "DELETE"))
    ),
    _route("delete_portfolio", "DELETE", _PORTFOLIO, {"portfolios": READ | PUT | UPDATE | DELETE, "people": PUT}),
    _route("get_portfolio_summary", "GET", "/api/portfolio-summary", {"portfolios": QUERY | BATCH_GET}, values=True),
    _route("list_holdings", "GET", f"{_PORTFOLIO}/holdings", {"portfolios": GET}, values=True),
    _route("list_transactions", "GET", f"{_PORTFOLIO}/transactions", {"portfolios": GET, "ledger": QUERY}),
    _route(
        "create_transaction",
        "POST",
        f"{_PORTFOLIO}/transactions",
        {
            "portfolios": READ | PUT | UPDATE,
            "ledger": READ | PUT,
            "markets": GET,
            "inbox": GET | PUT,
            "people": GET | PUT | CHECK,
            **LIMITED,
        },
    ),
    _route("list_positions", "GET", f"{_PORTFOLIO}/positions", {"portfolios": READ}),
    _route("list_snapshots", "GET", f"{_PORTFOLIO}/snapshots", {"portfolios": READ}),
    _route("get_performance", "GET", f"{_PORTFOLIO}/performance", {"portfolios": READ, "markets": QUERY}),
    _route("list_sessions", "GET", f"{_PORTFOLIO}/sessions", {"portfolios": READ, "signals": BATCH_GET}),
    _route(
        "list_session_skips", "GET", f"{_PORTFOLIO}/sessions/{{date}}/skips", {"portfolios": READ, "signals": QUERY}
    ),
    _route(
        "list_recommendations",
        "GET",
        f"{_PORTFOLIO}/recommendations",
        {"portfolios": READ, "signals": GET | BATCH_GET},
    ),
    # the trading day: each job finds the portfolios concerned, each worker does one portfolio's part
    _job("plan_sessions", "15 9 ? * MON-FRI *", "session-plans", reads="signals"),
    _worker("plan_session", "session-plans", quotes=False, signals=READ | BATCH_WRITE),
    _job(
        "open_sessions",
        "30-45 9 ? * MON-FRI *",
        "session-entries",
        poll=Poll(table="portfolios", index="by_enter", due_prefix="enter#"),
    ),
    _worker("open_session", "session-entries", people=GET | PUT | CHECK),
    Function(
        area="automation",
        name="cancel_entries",
        trigger=Consumer(queue="entry-cancellations"),
        tables={"portfolios": QUERY | PUT, "markets": QUERY, "outbox": PUT, "people": GET | PUT},
    ),
    _job(
        "monitor_positions",
        "0/10 9-15 ? * MON-FRI *",
        "position-exits",
        poll=Poll(table="portfolios", index="by_stop"),
    ),
    _worker("exit_positions", "position-exits"),
    _job(
        "close_sessions",
        "* 9-15 ? * MON-FRI *",
        "session-closes",
        poll=Poll(table="portfolios", index="by_close", due_prefix="close#", may_be_early=True),
    ),
    _worker("close_session", "session-closes", people=GET | PUT),
    # the independent closer
    Function(
        area="automation",
        name="sweep_positions",
        trigger=Schedule(
            cron="20,30-40 9 ? * MON-FRI *",
            also=("0/10 10-15 ? * MON-FRI *", "10 16 ? * MON-FRI *"),
            poll=Poll(table="portfolios", index="by_open"),
        ),
        tables=_JOB_TABLES,
        sends_to=("position-sweeps",),
        timeout_seconds=300,
    ),
    _worker("sweep_portfolio", "position-sweeps"),
    # what companies do to shares: before the open, and again when opening prices are known
    Function(
        area="automation",
        name="apply_corporate_actions",
        trigger=Schedule(cron="0 8 * * ? *", also=("31 9 ? * MON-FRI *",)),
        tables={"portfolios": QUERY, "markets": READ | PUT | BATCH_WRITE, "inbox": RUNS},
        sends_to=("corporate-actions",),
        partners=("market-data",),
        timeout_seconds=300,
    ),
    Function(
        area="automation",
        name="apply_corporate_action",
        trigger=Consumer(queue="corporate-actions", calls={"market-data": QUOTE_CALLS}),
        tables={
            "portfolios": READ | PUT | UPDATE | DELETE,
            "ledger": QUERY | PUT,
            "markets": REFUSED_SYMBOLS,
            "outbox": PUT,
            "people": PUT,
        },
        partners=("market-data",),
    ),
    _job("snapshot_portfolios", "0 13,16 ? * MON-FRI *", "portfolio-snapshots"),
    _worker("snapshot_portfolio", "portfolio-snapshots"),
    Function(
        area="automation",
        name="record_index_returns",
        trigger=Schedule(cron="0 18 ? * MON-FRI *"),
        tables={"markets": QUERY | UPDATE | BATCH_WRITE, "inbox": RUNS},
        partners=("market-data",),
        timeout_seconds=60,
    ),
)
