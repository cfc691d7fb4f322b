"""Not built yet."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
    """Do nothing yet."""
    return {"batchItemFailures": []}
