"""The broker's words and numbers, all of them, in ours."""

from typing import Any

import pytest

from trading.brokerage.models import AccountStatus, KycStatus, PaymentStatus
from trading.partners.drivewealth.kyc_errors import ERRORS, UNKNOWN, kyc_errors
from trading.partners.drivewealth.statuses import KYC_SENTENCES, account_status, kyc_status, payment_status

PENDING, APPROVED, FAILED = PaymentStatus.PENDING, PaymentStatus.APPROVED, PaymentStatus.FAILED
PAYMENTS = [
    ("Started", 0, PENDING),
    ("Pending", 1, PENDING),
    ("Successful", 2, PaymentStatus.SUCCESSFUL),
    ("Failed", 3, FAILED),
    ("Other", 4, PENDING),
    ("Returned", 5, PaymentStatus.RETURNED),
    ("RIA_Pending", 11, PaymentStatus.AWAITING_ADVISOR),
    ("RIA_Approved", 12, APPROVED),
    ("RIA_Rejected", 13, FAILED),
    ("Approved", 14, APPROVED),
    ("Rejected", 15, FAILED),
    ("On Hold", 16, PENDING),
    ("Processing", 17, PENDING),
]
KNOWN_NUMBERS = {number for _, number, _ in PAYMENTS}


@pytest.mark.parametrize(("name", "number", "expected"), PAYMENTS)
def test_a_payment_status_is_known_by_name_number_or_both(name: str, number: int, expected: PaymentStatus) -> None:
    spellings = {name, name.upper(), name.lower(), name.replace(" ", "_"), name.replace("_", " "), f" {name} "}

    assert {payment_status(spelling, None) for spelling in spellings} == {expected}
    assert {payment_status(spelling, number) for spelling in spellings} == {expected}
    assert {payment_status(absent, number) for absent in (None, "", " ")} == {expected}


@pytest.mark.parametrize("number", sorted(set(range(-3, 40)) - KNOWN_NUMBERS))
def test_a_number_that_is_not_in_the_table_means_nothing(number: int) -> None:
    assert payment_status(None, number) is None
    assert payment_status("Successful", number) is None


@pytest.mark.parametrize("name", ["Unknown", "Settled", "Success", "null", "RIA", "2"])
def test_a_name_that_is_not_in_the_table_means_nothing(name: str) -> None:
    assert payment_status(name, None) is None
    assert payment_status(name, 2) is None


@pytest.mark.parametrize("number", [True, False, "2", 2.0, [], {}])
def test_what_is_no_whole_number_means_nothing(number: Any) -> None:
    assert payment_status(None, number) is None
    assert payment_status("Successful", number) is None


def test_a_payment_without_a_status_means_nothing() -> None:
    assert payment_status(None, None) is None
    assert payment_status(7, None) is None


@pytest.mark.parametrize(("name", "number", "expected"), PAYMENTS)
def test_a_name_and_a_number_that_disagree_mean_nothing(name: str, number: int, expected: PaymentStatus) -> None:
    others = [other for other_name, other, status in PAYMENTS if status is not expected and other_name != name]

    assert {payment_status(name, other) for other in others} == {None}
    assert number not in others


@pytest.mark.parametrize("status", KycStatus)
@pytest.mark.parametrize("form", ["KYC_{}", "{}", "kyc_{}", " KYC_{} "])
def test_every_kyc_status_is_known(status: KycStatus, form: str) -> None:
    assert kyc_status(form.format(status.value), has_errors=False) is status


@pytest.mark.parametrize("status", KycStatus)
def test_a_review_with_errors_waits_for_the_person_and_no_other_status_changes(status: KycStatus) -> None:
    expected = KycStatus.INFO_REQUIRED if status is KycStatus.MANUAL_REVIEW else status

    assert kyc_status(f"KYC_{status.value}", has_errors=True) is expected


@pytest.mark.parametrize("name", ["", "KYC_", "KYC_KYC_APPROVED", "KYC_FROZEN", "UNKNOWN", "__members__"])
@pytest.mark.parametrize("has_errors", [True, False])
def test_an_unknown_kyc_status_means_nothing(name: str, has_errors: bool) -> None:
    assert kyc_status(name, has_errors=has_errors) is None


def test_every_kyc_status_has_a_sentence() -> None:
    assert set(KYC_SENTENCES) == {*KycStatus, None}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, AccountStatus.PENDING),
        (2, AccountStatus.OPEN),
        (3, AccountStatus.OPEN_NO_NEW_TRADES),
        (4, AccountStatus.FROZEN),
        (9, AccountStatus.CLOSED),
    ],
)
def test_an_account_status_is_known_by_name_or_number(number: int, expected: AccountStatus) -> None:
    assert account_status(number) is expected
    assert account_status(expected.value) is expected
    assert account_status(expected.value.title().replace("_", " ")) is expected


@pytest.mark.parametrize("value", [None, "", "MERGED", 0, 5, -1, True, 2.0, []])
def test_an_unknown_account_status_means_nothing(value: Any) -> None:
    assert account_status(value) is None


def test_every_finding_of_the_identity_check_is_told_by_code_and_by_name() -> None:
    codes = [*range(1, 13), 50, *range(101, 105), *range(106, 112), 801, 802]
    assert set(ERRORS) == {*(f"K{code:03}" for code in codes), "U999"}
    assert len({error.code for error in ERRORS.values()}) == len(ERRORS)

    for code, error in ERRORS.items():
        assert kyc_errors([{"code": code, "description": "theirs"}]) == (error,)
        assert kyc_errors([error.code]) == (error,)
        assert kyc_errors([error.code.lower()]) == (error,)
        assert error.description.endswith(".")


def test_a_name_that_is_too_long_is_no_dead_bank_token() -> None:
    assert [error.code for error in kyc_errors(["K110"])] == ["INVALID_NAME_TOO_LONG"]


@pytest.mark.parametrize("value", ["U999", "UNKNOWN", "K999", "SOMETHING_NEW", "", None, 7, {}, {"code": None}, []])
def test_an_unknown_finding_is_told_in_general_words(value: Any) -> None:
    assert kyc_errors([value]) == (UNKNOWN,)


def test_findings_keep_their_order_and_come_once() -> None:
    found = ["SSN_NOT_MATCH", {"code": "K102"}, "K001", "new", "newer"]

    assert [error.code for error in kyc_errors(found)] == ["SSN_NOT_MATCH", "AGE_VALIDATION", "UNKNOWN"]


@pytest.mark.parametrize("value", [None, [], {}, "K001", 7])
def test_no_list_is_no_finding(value: Any) -> None:
    assert kyc_errors(value) == ()
