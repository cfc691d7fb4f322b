"""GET /api/portfolios/{portfolio_id}/recommendations: what a session's plan recommended, newest day first."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.positions import Position
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day, Dollars, Number, Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.money import CENT, round_price
from trading.platform.pages import next_cursor, page_start
from trading.signals.gate import Edge

app = http_api()


class RecommendationReply(Reply):
    """One order of the plan, with stop and target as they lie around the previous close."""

    symbol: str
    trade_date: date
    rank: int
    status: str
    confidence_score: Number
    predicted_return: Number
    edge: Edge | None
    previous_close: Number
    stop_price: Number
    target_price: Number
    allocation: Dollars
    recommended_shares: Number

    @classmethod
    def of(cls, position: Position) -> "RecommendationReply":
        """Return the reply that shows the plan behind a position."""
        order = position.order
        return cls(
            symbol=order.symbol,
            trade_date=position.trade_date,
            rank=order.rank,
            status=position.status.value,
            confidence_score=round_price(order.confidence),
            predicted_return=order.predicted_return,
            edge=order.edge,
            previous_close=order.reference_price,
            stop_price=round_price(order.reference_price * (1 - order.stop_distance)),
            target_price=round_price(order.reference_price * (1 + order.target_distance)),
            allocation=order.allocation.quantize(CENT),
            recommended_shares=order.shares,
        )


class RecommendationList(Reply):
    """A page of recommendations."""

    items: list[RecommendationReply]
    next_cursor: str | None


@app.get("/api/portfolios/<portfolio_id>/recommendations")
def list_recommendations(
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> RecommendationList:
    """List the orders that sessions of a portfolio planned."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"recommendations:{key.text}:{day}"
    page = service.sessions.positions(key, day=day, after=page_start(caller, scope, cursor), limit=limit)
    items = [RecommendationReply.of(position) for position in page.items]
    return RecommendationList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
