"""POST /api/collection-versions/{version_id}/cancel: cancel a reconfiguration that still waits."""

from trading.managed.read_wiring import cancellation_service
from trading.managed.replies import VersionReply
from trading.platform.errors import NotFound
from trading.platform.http import Caller, http_api
from trading.platform.ids import is_id

app = http_api()


@app.post("/api/collection-versions/<version_id>/cancel")
def cancel_collection_version(version_id: str, caller: Caller) -> VersionReply:
    """Cancel a version."""
    if not is_id(version_id):
        raise NotFound("There is no such version.")
    return VersionReply.of(cancellation_service().cancel(caller, version_id))


lambda_handler = app.lambda_handler
