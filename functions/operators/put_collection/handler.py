"""PUT /api/operator/collections/{collection_id}: add a TTF or change it, with weights from a day on."""

from typing import Annotated

from pydantic import Field

from trading.managed.collections.models import Collection
from trading.managed.read_wiring import catalogue_changes
from trading.managed.replies import CollectionReply, Weights
from trading.managed.versions.rules import checked_weights
from trading.operators.requests import Reason, collection_id_in
from trading.platform.audit import Audit
from trading.platform.fields import Changes, Day
from trading.platform.http import OperatorCaller, http_api

app = http_api()


class CollectionBody(Changes):
    """A TTF as it shall be; its weights count from `effective_on`, which is today if it is not given."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=2000)] = ""
    weights: Weights
    effective_on: Day | None = None
    reason: Reason


@app.put("/api/operator/collections/<collection_id>")
def put_collection(collection_id: str, request: CollectionBody, operator: OperatorCaller) -> CollectionReply:
    """Add or change a TTF."""
    wanted = Collection(collection_id_in(collection_id), request.name, request.description, ())
    weights = checked_weights([(weight.symbol, weight.weight) for weight in request.weights])
    audit = Audit(operator, request.reason)
    return CollectionReply.of(catalogue_changes().put(wanted, weights, request.effective_on, audit))


lambda_handler = app.lambda_handler
