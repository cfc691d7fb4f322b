"""What Plaid's webhooks mean for a bank link. Who sends them is verified before."""

from collections.abc import Mapping
from typing import Any

from trading.banking.links import LinkService

BROKEN = frozenset({"ITEM_LOGIN_REQUIRED", "ITEM_LOCKED", "USER_PERMISSION_REVOKED", "ACCESS_NOT_GRANTED"})
"""Errors of an item that only a new sign-in mends."""

NEEDS_REAUTH = frozenset({"PENDING_EXPIRATION", "PENDING_DISCONNECT", "USER_PERMISSION_REVOKED"})
REPAIRED = frozenset({"LOGIN_REPAIRED"})
LONGEST_ITEM_ID = 200


def apply(links: LinkService, body: Mapping[str, Any]) -> int:
    """Apply a webhook; return how many links it concerned."""
    item_id, code = body.get("item_id"), str(body.get("webhook_code"))
    if body.get("webhook_type") != "ITEM" or not isinstance(item_id, str) or not 0 < len(item_id) <= LONGEST_ITEM_ID:
        return 0
    error = body.get("error")
    error_code = str(error.get("error_code")) if isinstance(error, Mapping) else ""
    if code in NEEDS_REAUTH or (code == "ERROR" and error_code in BROKEN):
        return links.mark_item(item_id, needs_reauth=True)
    if code in REPAIRED:
        return links.mark_item(item_id, needs_reauth=False)
    return 0
