"""Not written yet."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer that nothing is here yet."""
    return {"statusCode": 501, "body": "{}"}
