"""The states, districts, territories and military posts that the United States deliver mail to (USPS codes)."""

from collections.abc import Mapping

_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY"
)
_MILITARY = "AA AE AP"
_TERRITORIES: Mapping[str, str] = {"PR": "PRI", "GU": "GUM", "VI": "VIR", "AS": "ASM", "MP": "MNP"}
"""Territories by their codes as states; each is also a country of its own in ISO 3166."""

PROVINCES = (*_STATES.split(), *_TERRITORIES, *_MILITARY.split())


def fits(province: object, country: object) -> bool:
    """Say whether a province lies in a country."""
    return province in PROVINCES and country in {"USA", _TERRITORIES.get(str(province))}
