"""What Plaid's answers say, in the words of banking: where their wire format ends.

Each raises TypeError, KeyError or ValueError on an answer that is not of its form; the client takes
that as an outcome that it does not know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trading.brokerage.banks import Institution, LinkedAccount, LinkToken
from trading.platform.money import to_cents

Json = Mapping[str, Any]
SOME_BANK = "Your bank"


def nothing(raw: Json) -> None:
    """Require an answer that is an object and says nothing."""
    raw.keys()


def link_token(raw: Json) -> LinkToken:
    """Return the token that an app opens Plaid's screen with."""
    expiration = datetime.fromisoformat(text(raw["expiration"]).replace("Z", "+00:00"))
    return LinkToken(text(raw["link_token"]), expiration.astimezone(UTC))


def institution(raw: Json) -> Institution:
    """Return the bank of an item; where Plaid names none, its name says so."""
    item = raw["item"]
    name = text_or_none(item.get("institution_name"))
    return Institution(text_or_none(item.get("institution_id")) or "", name or SOME_BANK)


def accounts(raw: Json) -> tuple[LinkedAccount, ...]:
    """Return the accounts of an item."""
    return tuple(map(_account, raw["accounts"]))


def _account(raw: Json) -> LinkedAccount:
    """Return an account; only its id must be there."""
    balances = raw.get("balances") or {}
    return LinkedAccount(
        account_id=text(raw["account_id"]),
        name=text_or_none(raw.get("name")) or "",
        official_name=text_or_none(raw.get("official_name")),
        mask=text_or_none(raw.get("mask")),
        available_cents=_cents(balances.get("available")),
        current_cents=_cents(balances.get("current")),
        currency=text(balances.get("iso_currency_code") or balances.get("unofficial_currency_code") or "USD"),
        persistent_id=text_or_none(raw.get("persistent_account_id")),
    )


def text(value: object) -> str:
    """Return a text that is there."""
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value


def text_or_none(value: object) -> str | None:
    """Return a text, or None where there is none or an empty one."""
    return None if value is None or value == "" else text(value)


def _cents(amount: object) -> int | None:
    if amount is None:
        return None
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal):
        raise TypeError("not an amount")
    return to_cents(Decimal(amount))
