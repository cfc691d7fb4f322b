"""Back-tests and replays, and the tapes that they run on."""

from infra.catalogue.automation import SHARED_PRICES
from infra.catalogue.kinds import GET, LIMITED, PUT, QUERY, READ, RUNS, UPDATE, Function, Poll, Route, Schedule

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
)
