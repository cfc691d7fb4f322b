"""Judging addresses by their form: as the form itself does."""

from dataclasses import replace
from itertools import product

import pytest

from tests.support.funding import NOW
from tests.support.kyc import FORM
from trading.kyc import forms
from trading.kyc.addresses import Address, judged
from trading.kyc.countries import COUNTRIES
from trading.kyc.places import PROVINCES
from trading.platform.clock import trading_date
from trading.platform.errors import InvalidRequest

GOOD = Address("12 Engine Row", None, "Albany", "NY", "12207", "USA")


def problems_of_the_form(address: Address) -> set[str]:
    """Return the fields of an address that the form does not take, at once or when it is submitted."""
    given = {f"address_{name}": value for name, value in vars(address).items() if value is not None}
    try:
        kept = forms.read(given).values
    except InvalidRequest as refused:
        return {problem.field for problem in refused.problems}
    form = forms.with_defaults({**FORM, **kept})
    return {problem.field for problem in forms.missing(form, has_tax_id=True, today=trading_date(NOW))}


def test_an_address_is_written_plainly() -> None:
    given = Address("  12\u00a0 Engine Row ", " Apt 4\u200e ", "Albany", "ny", "12207 ", "us")

    written = judged(given)

    assert written == replace(GOOD, street2="Apt 4")
    assert written is not None
    assert written.formatted == "12 Engine Row, Apt 4, Albany, NY 12207, USA"
    assert problems_of_the_form(given) == set()


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
    assert problems_of_the_form(replace(GOOD, **wrong))


@pytest.mark.parametrize(
    "address",
    [
        Address("PSC 3 Box 4120", None, "APO", "AE", "09021", "USA"),
        Address("Unit 100100 Box 4120", None, "FPO", "AP", "96691", "USA"),
        Address("CMR 450 Box 1", None, "DPO", "AA", "34020", "USA"),
        Address("100 Calle Luna", "Urb Las Gladiolas", "San Juan", "PR", "00926", "USA"),
        Address("100 Calle Luna", None, "San Juan", "PR", "00926", "PRI"),
        Address("1 Chalan San Antonio", None, "Tamuning", "GU", "96913", "USA"),
        Address("1 Main Street", None, "Christiansted", "VI", "00820", "VIR"),
        Address("1 Main Street", None, "Pago Pago", "AS", "96799", "ASM"),
        Address("1 Beach Road", None, "Saipan", "MP", "96950", "MNP"),
    ],
    ids=lambda address: f"{address.province}-{address.country}",
)
def test_soldiers_and_people_of_the_territories_are_people_too(address: Address) -> None:
    assert judged(address) == address
    assert problems_of_the_form(address) == set()


@pytest.mark.parametrize(
    ("province", "country"), [("NY", "PRI"), ("PR", "GUM"), ("AE", "DEU"), ("NY", "CAN"), ("AS", "AUS")]
)
def test_a_province_fits_its_country(province: str, country: str) -> None:
    address = replace(GOOD, province=province, country=country)

    assert judged(address) is None
    assert problems_of_the_form(address) == {"address_province"}


def test_the_form_and_the_judgement_agree_about_every_province_and_country() -> None:
    for province, country in product((*PROVINCES, "ny", "pr", "XX", "N Y"), (*COUNTRIES, "US", "us", "usa", "")):
        address = replace(GOOD, province=province, country=country)

        assert (judged(address) is not None) == (problems_of_the_form(address) == set()), (province, country)
