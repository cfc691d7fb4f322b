"""POST /api/collections/{collection_id}/reconfigure: buy, sell or re-weight a TTF, or see what that would do."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header

from trading.managed.replies import PlanReply, ReconfigureBody, VersionReply
from trading.managed.wiring import dry_run, version_service
from trading.platform.http import Caller, http_api, replayable

app = http_api()

OptionalKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=16, max_length=64)]


@app.post("/api/collections/<collection_id>/reconfigure", status_code=202)
def reconfigure_collection(
    collection_id: str, request: ReconfigureBody, caller: Caller, key: OptionalKey = None
) -> Response[VersionReply | PlanReply]:
    """Accept a reconfiguration, once per key; a dry run answers the plan, does nothing and needs no key."""
    wanted = request.to_request(caller, collection_id, key)
    if request.dry_run:
        plan, asked = dry_run().plan(wanted)
        return Response(status_code=200, content_type="application/json", body=PlanReply.of(plan, asked))
    version, replayed = version_service().reconfigure(wanted)
    return replayable(VersionReply.of(version), status=202, replayed=replayed)


lambda_handler = app.lambda_handler
