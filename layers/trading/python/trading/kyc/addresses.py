"""Addresses in the United States, their territories and their military posts, judged by their form."""

from dataclasses import dataclass

from trading.kyc.fields import FIELDS
from trading.kyc.places import fits


@dataclass(frozen=True)
class Address:
    """Where a person lives."""

    street1: str
    street2: str | None
    city: str
    province: str
    postal_code: str
    country: str

    @property
    def formatted(self) -> str:
        """Return the address in one line."""
        street = ", ".join(filter(None, (self.street1, self.street2)))
        return f"{street}, {self.city}, {self.province} {self.postal_code}, {self.country}"


def judged(address: Address) -> Address | None:
    """Return an address as the form would keep it, or None if the form would not take it."""
    given = {name: value for name, value in vars(address).items() if not _is_left_out(name, value)}
    try:
        kept = {name: FIELDS[f"address_{name}"].check(value) for name, value in given.items()}
    except ValueError:
        return None
    if not fits(kept["province"], kept["country"]):
        return None
    return Address(**{"street2": None, **kept})  # type: ignore[arg-type]  # the checks of addresses return texts


def _is_left_out(name: str, value: str | None) -> bool:
    return name == "street2" and not (value or "").strip()
