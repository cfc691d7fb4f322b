"""GET /api/portfolios/{portfolio_id}/positions: day-trading positions, newest day first."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.positions import Position, PositionStatus
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day, Dollars, Moment, Number, Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.money import round_price, to_dollars
from trading.platform.pages import next_cursor, page_start
from trading.signals.gate import Edge

app = http_api()


class PositionReply(Reply):
    """One order of a session and what became of it. `pnl` is there once the position is closed.

    `price_at` and `price_from` say what its latest fill was decided by: the moment of that price, and
    whether it was a `quote`, the last `trade` in its place, or given by `hand`.
    """

    symbol: str
    trade_date: date
    status: str
    rank: int
    shares: Number
    entry_price: Number | None
    exit_price: Number | None
    target_price: Number | None
    stop_price: Number | None
    exit_reason: str | None
    skip_reason: str | None
    confidence_score: Number
    predicted_return: Number
    edge: Edge | None
    pnl: Dollars | None
    opened_at: Moment | None
    closed_at: Moment | None
    price_at: Moment | None
    price_from: str | None

    @classmethod
    def of(cls, position: Position) -> "PositionReply":
        """Return the reply that shows a position."""
        is_closed = position.status is PositionStatus.CLOSED
        return cls(
            symbol=position.symbol,
            trade_date=position.trade_date,
            status=position.status.value,
            rank=position.order.rank,
            shares=position.shares,
            entry_price=position.entry_price,
            exit_price=position.exit_price,
            target_price=position.target_price,
            stop_price=position.stop_price,
            exit_reason=position.exit_reason.value if position.exit_reason else None,
            skip_reason=position.skip.value if position.skip else None,
            confidence_score=round_price(position.order.confidence),
            predicted_return=position.order.predicted_return,
            edge=position.order.edge,
            pnl=to_dollars(position.proceeds_cents - position.cost_cents) if is_closed else None,
            opened_at=position.opened_at,
            closed_at=position.closed_at,
            price_at=position.price_at,
            price_from=position.price_from.value if position.price_from else None,
        )


class PositionList(Reply):
    """A page of positions."""

    items: list[PositionReply]
    next_cursor: str | None


@app.get("/api/portfolios/<portfolio_id>/positions")
def list_positions(  # noqa: PLR0913, PLR0917 - a list's filters
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    status: Annotated[PositionStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> PositionList:
    """List a portfolio's positions, of a day or a status."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"positions:{key.text}:{day}:{status}"
    page = service.sessions.positions(key, day=day, status=status, after=page_start(caller, scope, cursor), limit=limit)
    items = [PositionReply.of(position) for position in page.items]
    return PositionList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
