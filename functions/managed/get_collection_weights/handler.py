"""GET /api/collections/{collection_id}/weights: what a TTF recommends now."""

from trading.managed.read_wiring import catalogue
from trading.managed.replies import CollectionWeights, WeightReply
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/collections/<collection_id>/weights")
def get_collection_weights(collection_id: str, caller: Caller) -> CollectionWeights:
    """Return a TTF's weights."""
    del caller
    service = catalogue()
    service.require(collection_id)
    found = service.find_recommended(collection_id)
    weights = sorted(found.weights.items()) if found else []
    return CollectionWeights(
        collection_id=collection_id,
        effective_on=found.effective_on if found else None,
        weights=[WeightReply(symbol=symbol, weight=weight) for symbol, weight in weights],
    )


lambda_handler = app.lambda_handler
