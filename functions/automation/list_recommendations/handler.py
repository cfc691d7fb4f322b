"""GET /api/portfolios/{portfolio_id}/recommendations: what was recommended, what was taken, and why not the rest."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.day_trading.choices import NotTaken, not_taken
from trading.automation.day_trading.read_wiring import reason_store, signal_store
from trading.automation.day_trading.replies import NotTakenReply, RecommendationList, RecommendationReply
from trading.automation.portfolios.models import Portfolio
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import next_cursor, page_start

app = http_api()


@app.get("/api/portfolios/<portfolio_id>/recommendations")
def list_recommendations(
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> RecommendationList:
    """List the orders that sessions of a portfolio planned, and with a date what it did not plan that day."""
    service = portfolio_service()
    portfolio = service.get(portfolio_key(caller, portfolio_id))
    key = portfolio.key
    scope = f"recommendations:{key.text}:{day}"
    page = service.sessions.positions(key, day=day, after=page_start(caller, scope, cursor), limit=limit)
    left = _not_taken(portfolio, day) if day is not None and cursor is None else ()
    return RecommendationList(
        items=[RecommendationReply.of(position) for position in page.items],
        next_cursor=next_cursor(caller, scope, page),
        not_taken=[NotTakenReply.of(found) for found in left],
    )


def _not_taken(portfolio: Portfolio, day: date) -> tuple[NotTaken, ...]:
    sessions = portfolio_service().sessions
    found = sessions.sessions(portfolio.key, day=day, after=None, limit=1).items
    ordered = {position.symbol for position in sessions.positions(portfolio.key, day=day, after=None, limit=100).items}
    shared = reason_store().beginnings(found).get(day, ())
    session = found[0] if found else None
    planned_by = session.shared_skips if session else None
    best = signal_store().best(planned_by.exchange if planned_by else portfolio.exchange, day)
    return not_taken(session, shared, best, ordered)


lambda_handler = app.lambda_handler
