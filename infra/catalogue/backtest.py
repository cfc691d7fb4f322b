"""Back-tests and replays, and the tapes that they run on."""

from infra.catalogue.automation import SHARED_PRICES
from infra.catalogue.kinds import (
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
from infra.catalogue.rows import route

ONE_VCPU_MB = 1_769
"""From here on a function has a whole processor."""

OWN_SECONDS = 190
"""What trading the days may take when market data took its longest; else it has that time, too."""

MAX_BAR_PAGES = 50
"""Bars of 250,000 days of symbols, 10,000 on a page, adjusted and raw."""

SHOWN = frozenset({"GetObject"})
"""Of whoever gives out URLs of documents: these may do what he may."""

FUNCTIONS = (
    Function(
        area="backtest",
        name="replay_portfolio",
        trigger=Route(method="POST", path="/api/portfolios/{portfolio_id}/replay"),
        tables={"portfolios": READ, "ledger": READ, "signals": READ, "markets": QUERY | GET | UPDATE, **LIMITED},
        partners=("market-data",),
        memory_mb=1_792,
        timeout_seconds=28,
    ),
    Function(
        area="backtest",
        name="record_tapes",
        trigger=Schedule(
            cron="30-45 9 ? * MON-FRI *",
            also=("50 9 ? * MON-FRI *", "0/10 10-15 ? * MON-FRI *"),
            poll=Poll(table="portfolios", index="by_close"),
        ),
        tables={"signals": READ | PUT, **SHARED_PRICES, "markets": QUERY | GET | UPDATE, "inbox": RUNS},
        partners=("market-data",),
        timeout_seconds=50,
    ),
    route(
        "backtest",
        "create_backtest",
        "POST",
        "/api/backtests",
        tables={"backtests": GET | PUT, "inbox": GET | PUT, "outbox": PUT, **LIMITED},
    ),
    route("backtest", "list_backtests", "GET", "/api/backtests", tables={"backtests": QUERY}, results=SHOWN),
    route("backtest", "get_backtest", "GET", "/api/backtests/{backtest_id}", tables={"backtests": GET}, results=SHOWN),
    route(
        "backtest",
        "delete_backtest",
        "DELETE",
        "/api/backtests/{backtest_id}",
        tables={"backtests": GET | PUT | DELETE},
        results=frozenset({"DeleteObject"}),
    ),
    Function(
        area="backtest",
        name="run_backtest",
        trigger=Consumer(
            queue="backtest-runs",
            calls={"market-data": MAX_BAR_PAGES},
            own_seconds=OWN_SECONDS,
            batch_limit=1,
            max_concurrency=2,
        ),
        layers=("base", "signals"),
        tables={"backtests": GET | PUT | UPDATE, "signals": GET, "markets": QUERY | GET | UPDATE},
        models=frozenset({"GetObject"}),
        results=frozenset({"PutObject", "DeleteObject"}),
        partners=("market-data",),
        memory_mb=ONE_VCPU_MB,
    ),
)
