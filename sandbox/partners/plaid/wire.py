"""The shapes of Plaid's answers."""

from typing import Any

from sandbox.partners.plaid.simulator import SILENT
from sandbox.partners.plaid.state import Account, Item


def item_json(item: Item) -> dict[str, Any]:
    """Return an item."""
    return {"item_id": item.item_id, "institution_id": item.institution_id}


def account_json(account: Account, item: Item) -> dict[str, Any]:
    """Return an account; a silent bank shows no balance."""
    balance = None if account.balance_cents is None or item.institution == SILENT else account.balance_cents / 100
    subtype = "savings" if "sav" in (account.name or "").lower() else "checking"
    lasting = {"persistent_account_id": account.persistent_id} if account.persistent_id else {}
    return {
        **lasting,
        "account_id": account.account_id,
        "balances": {
            "available": balance,
            "current": balance,
            "iso_currency_code": "USD",
            "limit": None,
            "unofficial_currency_code": None,
        },
        "mask": account.mask,
        "name": account.name,
        "official_name": None,
        "subtype": subtype,
        "type": "depository",
    }
