"""AWS requests, counted where botocore sends them."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the AWS requests of a block, by operation, those to an index apart."""
    seen: Counter[str] = Counter()
    real: Callable[..., Any] = BaseClient._make_api_call

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        seen[f"{operation} {arguments['IndexName']}" if "IndexName" in arguments else operation] += 1
        return real(client, operation, arguments)

    BaseClient._make_api_call = call  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        BaseClient._make_api_call = real  # type: ignore[method-assign]
