"""Keeping the form and submitting it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.crashes import cut_in
from tests.support.kyc import FORM, TAX_ID, KycHarness, everything_stored
from trading.brokerage.models import KycStatus
from trading.kyc.models import KycRecord
from trading.kyc.store import TaxIdRow
from trading.platform.errors import Conflict, InvalidRequest
from trading.platform.vault import TAX_IDS

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness() -> KycHarness:
    return KycHarness()


def approved(harness: KycHarness) -> str:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.APPROVED)
    harness.decisions.refresh(owner)
    return owner


def test_a_form_is_kept_part_by_part(harness: KycHarness) -> None:
    for name, value in FORM.items():
        assert harness.forms.record("ada").status is KycStatus.NOT_READY
        harness.forms.save("ada", {name: value})

    assert harness.forms.record("ada").status is KycStatus.READY


def test_null_clears_a_field(harness: KycHarness) -> None:
    owner = harness.person(politically_exposed_names="A minister", language="es_ES")

    record = harness.forms.save(owner, {"politically_exposed_names": None, "first_name": None, "language": None})

    assert "politically_exposed_names" not in record.form
    assert record.status is KycStatus.NOT_READY


def test_nothing_is_kept_of_a_request_with_a_wrong_field(harness: KycHarness) -> None:
    with pytest.raises(InvalidRequest):
        harness.forms.save("ada", {"first_name": "Ada", "last_name": 1})

    assert harness.store.find("ada") is None


def test_the_tax_id_lies_sealed_for_its_owner_alone(harness: KycHarness) -> None:
    owner = harness.person()

    (row,) = TaxIdRow.scan()
    assert harness.tax_ids.open(owner) == TAX_ID
    assert harness.record(owner).tax_id_last4 == "6789"
    assert TAX_ID not in everything_stored()
    assert "123-45-6789" not in everything_stored()
    with pytest.raises(Exception, match="InvalidCiphertext"):
        TAX_IDS.open(bytes(row.ciphertext), owner="eve", purpose="tax-id")


def test_an_ssn_must_be_possible_whichever_comes_first_id_or_type(harness: KycHarness) -> None:
    harness.forms.save("ada", {"tax_id_type": "SSN"})
    with pytest.raises(InvalidRequest):
        harness.forms.save("ada", {"tax_id_value": "912-34-5678"})

    owner = harness.person(tax_id_value="912-34-5678", tax_id_type="TIN")
    harness.forms.save(owner, {"tax_id_type": "SSN"})
    with pytest.raises(InvalidRequest) as refused:
        harness.forms.submit(owner)
    assert [problem.field for problem in refused.value.problems] == ["tax_id_value"]


def test_a_submission_names_everything_that_is_missing(harness: KycHarness) -> None:
    harness.forms.save("ada", {"first_name": "Ada", "disclosures_rule14b": False, "birthdate": "2012-01-01"})

    with pytest.raises(InvalidRequest) as refused:
        harness.forms.submit("ada")

    named = {problem.field for problem in refused.value.problems}
    assert {"last_name", "tax_id_value", "birthdate", "disclosures_rule14b"} <= named
    assert "first_name" not in named
    assert harness.queue.owners == []


def test_a_birthday_counts_in_new_york(harness: KycHarness) -> None:
    owner = harness.person(birthdate="1995-02-19")
    harness.clock.moment = datetime(2013, 2, 19, 4, 59, tzinfo=UTC)  # still the 18th there
    with pytest.raises(InvalidRequest):
        harness.forms.submit(owner)

    harness.clock.moment += timedelta(minutes=1)

    assert harness.forms.submit(owner).status is KycStatus.PROCESSING


def test_a_second_submission_answers_like_the_first(harness: KycHarness) -> None:
    owner = harness.person()
    first = harness.forms.submit(owner)
    harness.clock.pass_by(timedelta(minutes=1))
    assert harness.forms.submit(owner) == first

    harness.work()
    harness.clock.pass_by(timedelta(minutes=1))
    again = harness.forms.submit(owner)

    assert (again.status, again.updated_at) == (first.status, first.updated_at)
    assert again.submission is not None
    assert first.submission is not None
    assert again.submission.attempt_id == first.submission.attempt_id
    assert harness.queue.owners == []


def test_of_two_submissions_at_once_there_is_one(harness: KycHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = harness.person()
    rivals: list[KycRecord] = []
    cut_in(monkeypatch, lambda: rivals.append(harness.forms.submit(owner)))

    mine = harness.forms.submit(owner)

    assert [mine.submission] == [rival.submission for rival in rivals]


def test_a_person_in_review_is_not_submitted_again(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.MANUAL_REVIEW)
    harness.decisions.refresh(owner)

    assert harness.forms.submit(owner).status is KycStatus.MANUAL_REVIEW
    assert harness.queue.owners == []


@pytest.mark.parametrize("status", ["INFO_REQUIRED", "DOC_REQUIRED", "DENIED"])
def test_who_must_correct_something_submits_anew(harness: KycHarness, status: str) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus(status), "SSN_NOT_MATCH")
    harness.decisions.refresh(owner)
    first = harness.record(owner).submission

    record = harness.forms.submit(owner)

    assert record.status is KycStatus.PROCESSING
    assert record.errors == ()
    assert record.submission != first


def test_nothing_is_changed_or_submitted_after_an_approval(harness: KycHarness) -> None:
    owner = approved(harness)

    with pytest.raises(Conflict) as edited:
        harness.forms.save(owner, {"first_name": "Eve"})
    with pytest.raises(Conflict) as submitted:
        harness.forms.submit(owner)

    assert edited.value.code == submitted.value.code == "kyc_locked"


def test_an_approval_that_overtakes_an_edit_wins(harness: KycHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.APPROVED)
    cut_in(monkeypatch, lambda: harness.decisions.refresh(owner))

    with pytest.raises(Conflict) as refused:
        harness.forms.save(owner, {"tax_id_value": "987-65-4321", "tax_id_type": "TIN"})

    assert refused.value.code == "kyc_locked"
    assert list(TaxIdRow.scan()) == []


def test_a_form_on_its_way_is_not_changed_under_its_key(harness: KycHarness) -> None:
    owner = harness.person()
    harness.forms.submit(owner)

    with pytest.raises(Conflict) as refused:
        harness.forms.save(owner, {"first_name": "Augusta"})

    assert refused.value.code == "kyc_processing"
    harness.work()
    assert harness.forms.save(owner, {"first_name": "Augusta"}).form["first_name"] == "Augusta"
