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

    @property
    def formatted(self) -> str:
        """Return the address in one line."""
        street = ", ".join(filter(None, (self.street1, self.street2)))
        return f"{street}, {self.city}, {self.province} {self.postal_code}, {self.country}"


_COUNTRY = "USA"
_NAMES_OF_IT = frozenset({"US", _COUNTRY})


def judged(address: Address) -> Address | None:
    """Return an address as it is written, or None if it cannot be one: no such state, no ZIP code, a PO box."""
    written = Address(
        street1=_plain(address.street1),
        street2=_plain(address.street2 or "") or None,
        city=_plain(address.city),
        province=_plain(address.province).upper(),
        postal_code=_plain(address.postal_code),
        country=_plain(address.country).upper(),
    )
    try:
        for name in ("street1", "city", "province", "postal_code"):
            FIELDS[f"address_{name}"].check(getattr(written, name))
        if written.street2 is not None:
            FIELDS["address_street2"].check(written.street2)
    except ValueError:
        return None
    return replace(written, country=_COUNTRY) if written.country in _NAMES_OF_IT else None


def _plain(text: str) -> str:
    return " ".join(text.split())
