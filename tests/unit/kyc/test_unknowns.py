"""Submissions and documents that are left to a person."""

from datetime import timedelta

import pytest

from tests.support.kyc import KycHarness, events_of
from tests.support.unknowns import decided, unknowns_of
from trading.brokerage.models import KycStatus
from trading.kyc.pictures import DocumentStatus
from trading.kyc.store import TaxIdRow
from trading.kyc.unknowns import KycUnknowns
from trading.platform.errors import Conflict, InvalidRequest, OutcomeUnknown, Refused, Unavailable
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")
A_WEEK = timedelta(days=8)


@pytest.fixture
def harness() -> KycHarness:
    return KycHarness()


def gone() -> None:
    raise OutcomeUnknown("lost")


def down() -> None:
    raise Unavailable("down")


def never_heard_of() -> None:
    raise Refused("Who?", code="not_found")


def resolve(harness: KycHarness, owner: str, decision: Decision, reference: str | None = None) -> str:
    service = KycUnknowns(harness.store, harness.broker, harness.clock)
    return service.resolve(owner, "kyc#record", decided(decision, reference))


def stuck(harness: KycHarness, *, arrived: bool = False) -> str:
    """Return a person whose first submission nobody found out about."""
    owner = harness.person()
    (harness.broker.after if arrived else harness.broker.before)["create_user"] = gone
    harness.forms.submit(owner)
    harness.work()
    harness.resolve(owner, A_WEEK)
    harness.broker.before.clear()
    harness.broker.after.clear()
    return owner


def stuck_again(harness: KycHarness, *, arrived: bool = False) -> str:
    """Return a person whose second submission, of a corrected form, nobody found out about."""
    owner = harness.submitted()
    harness.decide(owner, KycStatus.INFO_REQUIRED, "SSN_NOT_MATCH")
    harness.decisions.refresh(owner, "event-1")
    (harness.broker.after if arrived else harness.broker.before)["update_user"] = gone
    harness.forms.submit(owner)
    harness.work()
    harness.broker.before["kyc_status"] = down
    harness.resolve(owner, A_WEEK)
    harness.broker.before.clear()
    harness.broker.after.clear()
    return owner


def stuck_documents(harness: KycHarness) -> str:
    """Return a person whose document nobody found out about."""
    owner = harness.submitted()
    harness.decide(owner, KycStatus.DOC_REQUIRED)
    harness.decisions.refresh(owner, "event-1")
    harness.broker.before["upload_document"] = gone
    harness.attach(owner)
    harness.work()
    harness.resolve(owner, A_WEEK)
    harness.broker.before.clear()
    return owner


def test_a_submission_that_never_arrived_may_be_submitted_again(harness: KycHarness) -> None:
    owner = stuck(harness)
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("PROCESSING", "submission")

    assert resolve(harness, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    assert unknowns_of(owner) == []
    assert [error.code for error in harness.record(owner).errors] == ["NOT_ARRIVED"]
    harness.forms.save(owner, {"first_name": "Augusta"})
    harness.forms.submit(owner)
    harness.work()
    record = harness.record(owner)
    assert (record.status, record.is_sending) == (KycStatus.PROCESSING, False)
    assert len(events_of("kyc_status_changed", owner)) == 3


def test_a_submission_that_arrived_is_taken_over_by_its_user(harness: KycHarness) -> None:
    owner = stuck(harness, arrived=True)
    (user_id,) = harness.broker.users

    assert resolve(harness, owner, Decision.ARRIVED, user_id) == "PROCESSING"

    record = harness.record(owner)
    assert (record.user_id, record.is_sending, record.needs_person) == (user_id, False, False)
    assert harness.decisions.identify_owner(user_id) == owner
    harness.decide(owner, KycStatus.APPROVED)
    harness.resolve(owner, timedelta(hours=2))
    assert harness.record(owner).status is KycStatus.APPROVED


def test_an_approval_that_is_taken_over_erases_the_tax_id(harness: KycHarness) -> None:
    owner = stuck_again(harness, arrived=True)
    harness.decide(owner, KycStatus.APPROVED)

    assert resolve(harness, owner, Decision.ARRIVED) == "APPROVED"

    assert list(TaxIdRow.scan()) == []


def test_another_persons_user_is_not_taken_over(harness: KycHarness) -> None:
    bob = harness.submitted()
    eve = harness.person(email_address="eve@example.com")
    harness.forms.submit(eve)
    harness.work()
    theirs = str(harness.record(eve).user_id)
    owner = stuck(harness)
    before = harness.record(owner)

    for reference in (str(harness.record(bob).user_id), theirs):
        with pytest.raises(Conflict) as refused:
            resolve(harness, owner, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"
    harness.broker.before["kyc_status"] = never_heard_of
    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.ARRIVED, "user-of-nobody")
    assert refused.value.code == "not_at_partner"
    with pytest.raises(InvalidRequest):
        resolve(harness, owner, Decision.ARRIVED)
    assert harness.record(owner) == before


def test_a_corrected_form_that_never_arrived_may_be_submitted_again(harness: KycHarness) -> None:
    owner = stuck_again(harness)

    assert resolve(harness, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    assert unknowns_of(owner) == []
    assert harness.record(owner).user_id is not None
    assert not harness.record(owner).is_sending


def test_a_corrected_form_that_the_broker_decided_on_did_arrive(harness: KycHarness) -> None:
    owner = stuck_again(harness, arrived=True)
    harness.decide(owner, KycStatus.MANUAL_REVIEW)
    before = harness.record(owner)

    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert harness.record(owner) == before
    assert resolve(harness, owner, Decision.ARRIVED) == "MANUAL_REVIEW"
    assert not harness.record(owner).is_sending


def test_a_decision_about_a_form_that_can_be_sent_no_more_shows_that_it_arrived(harness: KycHarness) -> None:
    owner = stuck_again(harness, arrived=True)
    harness.decide(owner, KycStatus.DENIED)

    harness.resolve(owner, timedelta(days=1, hours=1))

    record = harness.record(owner)
    assert (record.status, record.is_sending, record.needs_person) == (KycStatus.DENIED, False, False)
    assert unknowns_of(owner) == []


def test_documents_that_never_arrived_are_ended_and_can_be_handed_in_again(harness: KycHarness) -> None:
    owner = stuck_documents(harness)
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("DOC_REQUIRED", "documents")

    assert resolve(harness, owner, Decision.NEVER_ARRIVED) == "DOC_REQUIRED"

    assert [document.status for document in harness.record(owner).documents.values()] == [DocumentStatus.REFUSED]
    assert unknowns_of(owner) == []
    harness.attach(owner)
    harness.work()
    assert len(harness.broker.documents) == 1


def test_documents_that_the_broker_has_are_taken_over_by_their_ids_alone(harness: KycHarness) -> None:
    owner = stuck_documents(harness)
    harness.broker.pictures[str(harness.record(owner).user_id)] = ["document-x"]

    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.NEVER_ARRIVED)
    assert refused.value.code == "partner_knows_it"
    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.ARRIVED, "document-y")
    assert refused.value.code == "not_at_partner"

    resolve(harness, owner, Decision.ARRIVED, "document-x")
    assert [document.status for document in harness.record(owner).documents.values()] == [DocumentStatus.SENT]
    assert unknowns_of(owner) == []


def test_a_check_that_the_broker_makes_did_arrive(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.resolve(owner, A_WEEK)

    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"


def test_a_check_whose_user_the_broker_lost_begins_anew(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.resolve(owner, A_WEEK)
    harness.broker.before["kyc_status"] = never_heard_of

    assert resolve(harness, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    harness.forms.submit(owner)
    harness.work()
    assert harness.broker.calls["create_user"] == 2


def test_nothing_is_decided_while_the_broker_cannot_be_asked(harness: KycHarness) -> None:
    owner = stuck_again(harness)
    before = harness.record(owner)
    harness.broker.before["kyc_status"] = down

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Unavailable):
            resolve(harness, owner, decision)

    assert harness.record(owner) == before


def test_a_second_time_that_a_person_is_needed_is_told_again(harness: KycHarness) -> None:
    owner = stuck(harness)
    calls = harness.broker.calls["create_user"]

    resolve(harness, owner, Decision.LOOK_AGAIN)
    assert unknowns_of(owner) == []
    harness.resolve(owner, A_WEEK)

    assert len(events_of("outcome_needs_person", owner)) == 2
    assert len(unknowns_of(owner)) == 1
    assert harness.broker.calls["create_user"] == calls


def test_what_is_not_left_to_a_person_is_not_decided(harness: KycHarness) -> None:
    owner = harness.submitted()

    with pytest.raises(Conflict) as refused:
        resolve(harness, owner, Decision.LOOK_AGAIN)

    assert refused.value.code == "already_resolved"
