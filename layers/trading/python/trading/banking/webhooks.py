"""What Plaid's webhooks mean for a bank link. Who sends them is verified before."""

from collections.abc import Mapping
from typing import Any

from trading.banking.links import LinkService

BROKEN = frozenset({"ITEM_LOGIN_REQUIRED", "ITEM_LOCKED", "ACCESS_NOT_GRANTED"})
"""Errors of an item that only a new sign-in mends."""

REVOKED = frozenset({"USER_PERMISSION_REVOKED", "ITEM_NOT_FOUND"})
"""The codes and errors of an item that is gone: only a sign-in from the start brings its bank back."""

NEEDS_REAUTH = frozenset({"PENDING_EXPIRATION", "PENDING_DISCONNECT"})
REPAIRED = frozenset({"LOGIN_REPAIRED"})
ACCOUNT_CODES = frozenset(
    {("ITEM", "USER_ACCOUNT_REVOKED"), ("AUTH", "DEFAULT_UPDATE"), ("AUTH", "VERIFICATION_EXPIRED")}
)
"""The codes of accounts that are gone, or whose numbers are dead: they must be registered anew."""

MAX_ID_LENGTH = 200


def apply(links: LinkService, body: Mapping[str, Any]) -> int:
    """Apply a webhook; return how many links it concerned."""
    item_id, kind, code = body.get("item_id"), str(body.get("webhook_type")), str(body.get("webhook_code"))
    if not _is_id(item_id):
        return 0
    if (kind, code) in ACCOUNT_CODES:
        return links.mark_accounts(str(item_id), _account_ids(body))
    return _apply_to_item(links, str(item_id), code, _error_code(body)) if kind == "ITEM" else 0


def _apply_to_item(links: LinkService, item_id: str, code: str, error_code: str) -> int:
    if code in REVOKED or (code == "ERROR" and error_code in REVOKED):
        return links.mark_item(item_id, needs_reauth=True, revoked=True)
    if code in NEEDS_REAUTH or (code == "ERROR" and error_code in BROKEN):
        return links.mark_item(item_id, needs_reauth=True)
    if code in REPAIRED:
        return links.mark_item(item_id, needs_reauth=False)
    return 0


def _error_code(body: Mapping[str, Any]) -> str:
    error = body.get("error")
    return str(error.get("error_code")) if isinstance(error, Mapping) else ""


def _account_ids(body: Mapping[str, Any]) -> frozenset[str]:
    """Return the accounts that a webhook names, alone or as the keys of what changed in them."""
    changed = body.get("account_ids_with_updated_auth")
    named = [body.get("account_id"), *(changed if isinstance(changed, Mapping | list) else ())]
    return frozenset(str(account_id) for account_id in named if _is_id(account_id))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH
