"""Addresses in the United States, judged by their form."""

from dataclasses import dataclass, replace

from trading.kyc.fields import FIELDS


@dataclass(frozen=True)
class Address:
    """Where a person lives."""

    street1: str
    street2: str | None
    city: str
    province: str
    postal_code: str
    country: str


def judged(address: Address) -> Address | None:
    """Return an address as it is written, or None if it cannot be one: no such state, no ZIP code, a PO box."""
    told = {name: value.strip() if isinstance(value, str) else value for name, value in vars(address).items()}
    written = replace(Address(**told), province=told["province"].upper(), country=told["country"].upper())
    try:
        for name in ("street1", "city", "province", "postal_code"):
            FIELDS[f"address_{name}"].check(getattr(written, name))
    except ValueError:
        return None
    return written if written.country in {"USA", "US"} else None
