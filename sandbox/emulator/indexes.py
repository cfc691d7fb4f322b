"""What lies in sparse indexes, found for many at once, and without a scan of their tables for each.

The timekeeper asks after every run what has work; as requests to DynamoDB that was a fifth of all.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

INDEXES_ROUTE = "/_sandbox/indexes"
HEADERS = [(b"content-type", b"application/json")]


def with_indexes(app: Any, account: str, region: str) -> Any:  # noqa: ANN401 - an ASGI application
    """Answer the route: for each index asked for, the earliest of its entries."""
    from ministack.services import dynamodb  # type: ignore[import-untyped]  # noqa: PLC0415 - in the emulator alone

    def find_all(wanted: list[dict[str, Any]]) -> list[int | None]:
        return [earliest(dynamodb._tables.get_scoped(account, region, index["table"]), index) for index in wanted]

    async def answering(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        if scope["type"] != "http" or scope["path"] != INDEXES_ROUTE:
            await app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = json.dumps(await asyncio.to_thread(find_all, json.loads(body))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": answer})

    return answering


def earliest(table: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> int | None:
    """Return the least number that an index has as range key under a prefix of its hash key, None if there is none.

    Where `prefix` is null any entry counts, as 0. Other threads may write meanwhile.
    """
    entries = _entries(table or {"items": {}}, wanted["hash_key"], wanted["range_key"])
    if wanted["prefix"] is None:
        return next((0 for _ in entries), None)
    due = (int(item[wanted["range_key"]]["N"]) for item in entries if _starts(item, wanted))
    return min(due, default=None)


def _entries(table: Mapping[str, Any], *keys: str) -> Iterator[Mapping[str, Any]]:
    for partition in list(table["items"].values()):
        for item in list(partition.values()):
            if all(key in item for key in keys):
                yield item


def _starts(item: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return str(item[wanted["hash_key"]]["S"]).startswith(wanted["prefix"])
