"""GET /api/collection-versions/{version_id}: one reconfiguration of the caller's."""

from trading.managed.read_wiring import versions
from trading.managed.replies import VersionReply
from trading.platform.errors import NotFound
from trading.platform.http import Caller, http_api
from trading.platform.ids import is_id

app = http_api()


@app.get("/api/collection-versions/<version_id>")
def get_collection_version(version_id: str, caller: Caller) -> VersionReply:
    """Return a version."""
    version = versions().version(caller, version_id) if is_id(version_id) else None
    if version is None:
        raise NotFound("There is no such version.")
    return VersionReply.of(version)


lambda_handler = app.lambda_handler
