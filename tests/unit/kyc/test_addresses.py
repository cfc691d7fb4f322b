"""Judging addresses by their form."""

from dataclasses import replace

import pytest

from trading.kyc.addresses import Address, judged

GOOD = Address("12 Engine Row", None, "Albany", "NY", "12207", "USA")


def test_an_address_is_written_plainly() -> None:
    told = Address("  12  Engine Row ", " Apt 4 ", "Albany", "ny", "12207 ", "us")

    written = judged(told)

    assert written == replace(GOOD, street2="Apt 4")
    assert written is not None
    assert written.formatted == "12 Engine Row, Apt 4, Albany, NY 12207, USA"


def test_a_second_line_of_nothing_is_none() -> None:
    assert judged(replace(GOOD, street2="  ")) == GOOD


@pytest.mark.parametrize(
    "wrong",
    [
        {"street1": "PO Box 12"},
        {"street1": "   "},
        {"street2": "P.O. Box 12"},
        {"city": " "},
        {"province": "XX"},
        {"postal_code": "1220"},
        {"country": "CAN"},
        {"country": ""},
    ],
)
def test_what_cannot_be_an_address_is_none(wrong: dict[str, str]) -> None:
    assert judged(replace(GOOD, **wrong)) is None
