"""GET /api/collection-versions: the caller's reconfigurations, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from trading.managed.read_wiring import versions
from trading.managed.replies import VersionList, VersionReply
from trading.managed.versions.models import VersionStatus
from trading.platform import cursors
from trading.platform.http import DEFAULT_LIMIT, Caller, CursorParam, Limit, http_api
from trading.platform.pages import page_start

app = http_api()


@app.get("/api/collection-versions")
def list_collection_versions(
    caller: Caller,
    collection_id: Annotated[str | None, Query(max_length=64)] = None,
    status: Annotated[VersionStatus | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: CursorParam = None,
) -> VersionList:
    """List versions, all or those of a collection or status."""
    scope = f"versions:{collection_id}:{status}"
    after = page_start(caller, scope, cursor)
    page = versions().versions(caller, collection_id=collection_id, status=status, after=after, limit=limit)
    following = cursors.encode(caller, scope, page.next_after) if page.next_after else None
    return VersionList(items=[VersionReply.of(version) for version in page.versions], next_cursor=following)


lambda_handler = app.lambda_handler
