"""GET /api/portfolios/{portfolio_id}/snapshots: what a portfolio was worth at each close, newest first."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.automation.portfolios.ports import Snapshot
from trading.automation.portfolios.replies import portfolio_key
from trading.automation.portfolios.wiring import portfolio_service
from trading.platform.fields import Day, Dollars, Moment, Number, Reply
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.money import to_dollars
from trading.platform.pages import next_cursor, page_start

app = http_api()


class PricedShare(Reply):
    """The price that a holding was valued at, and the moment it is from."""

    symbol: str
    price: Number
    price_at: Moment


class SnapshotReply(Reply):
    """A day's value at the official closes. `price_at` is the oldest price's moment.

    `total_invested` is the net contributed capital; `missing_closes` names the symbols that are valued at
    their last price, because their close never came.
    """

    date: date
    total_value: Dollars
    total_invested: Dollars
    gain_loss: Dollars
    gain_loss_percent: Number
    price_at: Moment | None
    prices: list[PricedShare]
    missing_closes: list[str]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "SnapshotReply":
        """Return the reply that shows a snapshot."""
        return cls(
            date=snapshot.day,
            total_value=to_dollars(snapshot.total_value_cents),
            total_invested=to_dollars(snapshot.total_invested_cents),
            gain_loss=to_dollars(snapshot.gain_loss_cents),
            gain_loss_percent=snapshot.gain_loss_percent,
            price_at=min((price.price_at for price in snapshot.prices), default=None),
            prices=[
                PricedShare(symbol=price.symbol, price=price.price, price_at=price.price_at)
                for price in snapshot.prices
            ],
            missing_closes=list(snapshot.missing_closes),
        )


class SnapshotList(Reply):
    """A page of snapshots."""

    items: list[SnapshotReply]
    next_cursor: str | None


@app.get("/api/portfolios/<portfolio_id>/snapshots")
def list_snapshots(
    portfolio_id: str,
    caller: Caller,
    day: Annotated[Day | None, Query(alias="date")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> SnapshotList:
    """List a portfolio's snapshots."""
    service = portfolio_service()
    key = service.get(portfolio_key(caller, portfolio_id)).key
    scope = f"snapshots:{key.text}:{day}"
    page = service.store.snapshots(key, day=day, after=page_start(caller, scope, cursor), limit=limit)
    items = [SnapshotReply.of(snapshot) for snapshot in page.items]
    return SnapshotList(items=items, next_cursor=next_cursor(caller, scope, page))


lambda_handler = app.lambda_handler
