"""What the form takes, what it refuses, and what keeps it from being submitted."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.kyc import FORM
from trading.kyc import forms
from trading.kyc.fields import AGREEMENTS, EMPLOYMENT, FIELDS, TAX_ID_VALUE
from trading.platform.bodies import read_json
from trading.platform.errors import InvalidRequest

TODAY = date(2013, 2, 19)
ARABIC_DIGITS = "\u0661\u0662\u0663\u0664\u0665"
FORM_WITHOUT_ID = {name: value for name, value in FORM.items() if name != TAX_ID_VALUE}


def refused(raw: dict[str, Any]) -> dict[str, str]:
    """Return the problems of what must be refused."""
    with pytest.raises(InvalidRequest) as caught:
        forms.read(raw)
    return {problem.field: problem.message for problem in caught.value.problems}


def missing(**changes: Any) -> set[str]:
    form = forms.with_defaults({**FORM_WITHOUT_ID, **changes})
    return {problem.field for problem in forms.missing(form, has_tax_id=True, today=TODAY)}


def test_the_least_that_is_asked_is_enough() -> None:
    filled = forms.read(dict(FORM))

    assert filled.tax_id == "123456789"
    assert TAX_ID_VALUE not in filled.values
    assert missing() == set()


def test_what_has_a_default_need_not_be_told() -> None:
    answers = {name: value for name, value in FORM_WITHOUT_ID.items() if FIELDS[name].default is None}

    assert forms.missing(forms.with_defaults(answers), has_tax_id=True, today=TODAY) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_name", ""),
        ("first_name", "   "),
        ("first_name", 7),
        ("first_name", "A" * 37),
        ("last_name", "Two\nlines"),
        ("last_name", ["Byron"]),
        ("phone_number", "555-0100"),
        ("phone_number", "+0155555501"),
        ("phone_number", "+1555555010012345"),
        ("phone_number", "+" + ARABIC_DIGITS * 3),
        ("email_address", "ada"),
        ("email_address", "ada@example"),
        ("email_address", "ada lovelace@example.com"),
        ("email_address", "ada@" + "a." * 150 + "com"),
        ("country", "US"),
        ("country", "XXX"),
        ("citizenship", "usa"),
        ("address_country", 1),
        ("language", "fr_FR"),
        ("employment_status", "employed"),
        ("employment_status", {}),
        ("employment_type", "MAGIC"),
        ("employment_position", "WIZARD"),
        ("employment_company_name", "x" * 101),
        ("employment_affiliated_with_a_broker", "no"),
        ("investor_profile_experience", "YRS_1"),
        ("investor_profile_annual_income", -1),
        ("investor_profile_annual_income", Decimal("1.5")),
        ("investor_profile_annual_income", Decimal("1E+999999999")),
        ("investor_profile_annual_income", True),
        ("investor_profile_annual_income", "100"),
        ("investor_profile_annual_income", 10**13),
        ("investor_profile_annual_income", int("9" * 4000)),
        ("investor_profile_risk_tolerance", "NONE"),
        ("investor_profile_objectives", "RICH"),
        ("disclosures_rule14b", "true"),
        ("disclosures_rule14b", 1),
        ("disclosures_signed_by", ""),
        ("gender", "M"),
        ("marital_status", "COMPLICATED"),
        ("tax_id_type", "EIN"),
        ("birthdate", "1990-13-01"),
        ("birthdate", "1990-02-30"),
        ("birthdate", "01/02/1990"),
        ("birthdate", "19900102"),
        ("birthdate", 19900102),
        ("address_province", "ZZ"),
        ("address_province", "New York"),
        ("address_postal_code", "1000"),
        ("address_postal_code", "10001-12"),
        ("address_postal_code", ARABIC_DIGITS[:5]),
        ("address_postal_code", 10001),
        ("address_street1", "PO Box 12"),
        ("address_street1", "P.O. Box 12"),
        ("address_street1", "post office box 12"),
        ("address_street2", "POB 12"),
        ("profile_id", 1),
        ("status", "APPROVED"),
        ("disclosures_extended_hours_agreement", True),
        ("disclosures_drivewealth_ira_agreement", True),
        ("", 1),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_refused_by_name(name: str, value: object) -> None:
    assert set(refused({name: value, "address_city": "Troy"})) == {name}


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("first_name", "  Ada ", "Ada"),
        ("last_name", "A" * 36, "A" * 36),
        ("address_street1", "7 Poboxton Road", "7 Poboxton Road"),
        ("address_postal_code", "00000", "00000"),
        ("address_postal_code", "10001-1234", "10001-1234"),
        ("phone_number", "+442071838750", "+442071838750"),
        ("email_address", "ada.byron+news@mail.example.co.uk", "ada.byron+news@mail.example.co.uk"),
        ("investor_profile_annual_income", 0, 0),
        ("investor_profile_annual_income", Decimal("90000.00"), 90_000),
        ("politically_exposed_names", None, None),
        ("citizenship", "CAN", "CAN"),
        ("birthdate", "1900-01-01", "1900-01-01"),
    ],
)
def test_a_value_that_a_field_can_hold_is_kept(name: str, value: object, kept: object) -> None:
    assert forms.read({name: value}).values == {name: kept}


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(refused({"first_name": "", "birthdate": "soon", "shoe_size": 9})) == {
        "first_name",
        "birthdate",
        "shoe_size",
    }


def test_what_was_wrong_is_not_repeated_to_whoever_reads_the_answer() -> None:
    assert "12345678" not in str(refused({TAX_ID_VALUE: "12345678"}))


@pytest.mark.parametrize(
    "value", [None, 123456789, "12345678", "1234567890", "12-34-56789", "12345678a", ARABIC_DIGITS + ARABIC_DIGITS[:4]]
)
def test_a_tax_id_has_nine_digits(value: object) -> None:
    assert set(refused({TAX_ID_VALUE: value})) == {TAX_ID_VALUE}


@pytest.mark.parametrize("value", ["123456789", "123-45-6789", "12-3456789"])
def test_dashes_of_a_tax_id_are_dropped(value: str) -> None:
    assert forms.read({TAX_ID_VALUE: value}).tax_id == "123456789"


@pytest.mark.parametrize("tax_id", ["000123456", "666123456", "900123456", "999999999", "123006789", "123450000"])
def test_numbers_that_are_never_given_out_are_no_ssn(tax_id: str) -> None:
    assert forms.wrong_for_type(tax_id, "SSN") is not None
    assert forms.wrong_for_type(tax_id, "TIN") is None


@pytest.mark.parametrize("kind", ["SSN", "TIN", "other", None])
def test_nine_zeros_are_no_tax_id(kind: str | None) -> None:
    assert forms.wrong_for_type("000000000", kind) is not None
    assert forms.wrong_for_type("123456789", kind) is None


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.required and field.default is None])
def test_a_required_field_that_is_missing_is_named(name: str) -> None:
    assert missing(**{name: None}) == {name}


def test_a_missing_tax_id_is_named() -> None:
    found = forms.missing(forms.with_defaults(FORM_WITHOUT_ID), has_tax_id=False, today=TODAY)

    assert [problem.field for problem in found] == [TAX_ID_VALUE]


@pytest.mark.parametrize("name", AGREEMENTS)
def test_each_of_the_five_disclosures_must_be_agreed_to(name: str) -> None:
    assert missing(**{name: False}) == {name}


@pytest.mark.parametrize("status", ["EMPLOYED", "SELF_EMPLOYED"])
def test_who_is_employed_tells_where(status: str) -> None:
    job = {"employment_company_name": "Mill", "employment_type": "EDUCATION", "employment_position": "WRITER"}

    assert missing(employment_status=status) == set(EMPLOYMENT)
    assert missing(employment_status=status, **job) == set()


@pytest.mark.parametrize("status", ["RETIRED", "STUDENT", "UNEMPLOYED"])
def test_who_is_not_employed_need_not(status: str) -> None:
    assert missing(employment_status=status) == set()


@pytest.mark.parametrize(
    ("born", "is_adult"),
    [("1995-02-19", True), ("1995-02-20", False), ("2013-01-01", False), ("2030-01-01", False), ("1899-12-31", False)],
)
def test_only_adults_may_submit(born: str, is_adult: bool) -> None:
    assert (missing(birthdate=born) == set()) is is_adult


def test_who_was_born_on_a_leap_day_is_of_age_in_march() -> None:
    form = forms.with_defaults({**FORM_WITHOUT_ID, "birthdate": "1996-02-29"})

    assert forms.missing(form, has_tax_id=True, today=date(2014, 2, 28))
    assert not forms.missing(form, has_tax_id=True, today=date(2014, 3, 1))


def test_numbers_arrive_as_bodies_are_read() -> None:
    raw = read_json(json.dumps({"investor_profile_annual_income": 5}).replace("5", "5e2"))

    assert forms.read(raw).values == {"investor_profile_annual_income": 500}
