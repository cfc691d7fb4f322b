"""GET /api/collections/{collection_id}/holdings: what the caller holds of a TTF, and what it gained."""

from trading.managed.holdings.replies import FundReply
from trading.managed.read_wiring import catalogue
from trading.managed.wiring import holdings_service
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/collections/<collection_id>/holdings")
def get_collection_holdings(collection_id: str, caller: Caller) -> FundReply:
    """Return what is held of a TTF; of one that is not held, nothing."""
    catalogue().require(collection_id)
    return FundReply.of(holdings_service().fund(caller, collection_id))


lambda_handler = app.lambda_handler
