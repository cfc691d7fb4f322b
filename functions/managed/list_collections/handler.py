"""GET /api/collections: all themed portfolios (TTFs)."""

from trading.managed.read_wiring import collections
from trading.managed.replies import CollectionList, CollectionReply
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/collections")
def list_collections(caller: Caller) -> CollectionList:
    """List TTFs."""
    del caller
    return CollectionList(items=[CollectionReply.of(collection) for collection in collections().list_all()])


lambda_handler = app.lambda_handler
