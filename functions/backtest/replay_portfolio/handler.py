"""POST /api/portfolios/{portfolio_id}/replay: the last days again, under settings that are not saved yet."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from trading.automation.portfolios.replies import AutomationFields, portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.automation.rails.setting_fields import RailChanges
from trading.backtest.replay import MAX_DAYS, WantedReplay
from trading.backtest.replies import ReplayReply
from trading.backtest.wiring import replay_service
from trading.platform.clock import SystemClock
from trading.platform.fields import Request
from trading.platform.http import Caller, http_api
from trading.platform.limits import RateLimit, admit

app = http_api()

REPLAYS = RateLimit("replay", burst=10, interval_ms=6_000)


class ReplayRequest(Request):
    """How many closed sessions to trade again, and what to change; what is not given is the portfolio's own."""

    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = 20
    settings: AutomationFields = AutomationFields()
    rails: RailChanges = RailChanges.model_construct()


UNCHANGED = ReplayRequest()


@app.post("/api/portfolios/<portfolio_id>/replay")
def replay_portfolio(
    portfolio_id: str, caller: Caller, request: Annotated[ReplayRequest, Body()] = UNCHANGED
) -> ReplayReply:
    """Replay a portfolio's last days; nothing is written."""
    admit(caller, SystemClock(), REPLAYS)
    portfolio = portfolio_service().get(portfolio_key(caller, portfolio_id))
    wanted = WantedReplay(
        request.days,
        request.settings.edit().settings(portfolio.settings),
        portfolio.rails.with_changes(request.rails.changes()),
    )
    return ReplayReply.of(replay_service().replay(portfolio, wanted))


lambda_handler = app.lambda_handler
