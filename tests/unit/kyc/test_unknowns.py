"""Submissions and documents that are left to a person."""

from datetime import timedelta

import pytest

from tests.support.kyc import KycBench, events_of
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
def bench() -> KycBench:
    return KycBench()


def gone() -> None:
    raise OutcomeUnknown("lost")


def down() -> None:
    raise Unavailable("down")


def never_heard_of() -> None:
    raise Refused("Who?", code="not_found")


def resolve(bench: KycBench, owner: str, decision: Decision, reference: str | None = None) -> str:
    service = KycUnknowns(bench.store, bench.broker, bench.clock)
    return service.resolve(owner, "kyc#record", decided(decision, reference))


def stuck(bench: KycBench, *, arrived: bool = False) -> str:
    """Return a person whose first submission nobody found out about."""
    owner = bench.person()
    (bench.broker.after if arrived else bench.broker.before)["create_user"] = gone
    bench.forms.submit(owner)
    bench.work()
    bench.resolve(owner, A_WEEK)
    bench.broker.before.clear()
    bench.broker.after.clear()
    return owner


def stuck_again(bench: KycBench, *, arrived: bool = False) -> str:
    """Return a person whose second submission, of a corrected form, nobody found out about."""
    owner = bench.submitted()
    bench.decide(owner, KycStatus.INFO_REQUIRED, "SSN_NOT_MATCH")
    bench.decisions.refresh(owner, "event-1")
    (bench.broker.after if arrived else bench.broker.before)["update_user"] = gone
    bench.forms.submit(owner)
    bench.work()
    bench.broker.before["kyc_status"] = down
    bench.resolve(owner, A_WEEK)
    bench.broker.before.clear()
    bench.broker.after.clear()
    return owner


def stuck_documents(bench: KycBench) -> str:
    """Return a person whose document nobody found out about."""
    owner = bench.submitted()
    bench.decide(owner, KycStatus.DOC_REQUIRED)
    bench.decisions.refresh(owner, "event-1")
    bench.broker.before["upload_document"] = gone
    bench.attach(owner)
    bench.work()
    bench.resolve(owner, A_WEEK)
    bench.broker.before.clear()
    return owner


def test_a_submission_that_never_arrived_may_be_submitted_again(bench: KycBench) -> None:
    owner = stuck(bench)
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("PROCESSING", "submission")

    assert resolve(bench, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    assert unknowns_of(owner) == []
    assert [error.code for error in bench.record(owner).errors] == ["NOT_ARRIVED"]
    bench.forms.save(owner, {"first_name": "Augusta"})
    bench.forms.submit(owner)
    bench.work()
    record = bench.record(owner)
    assert (record.status, record.is_sending) == (KycStatus.PROCESSING, False)
    assert len(events_of("kyc_status_changed", owner)) == 3


def test_a_submission_that_arrived_is_taken_over_by_its_user(bench: KycBench) -> None:
    owner = stuck(bench, arrived=True)
    (user_id,) = bench.broker.users

    assert resolve(bench, owner, Decision.ARRIVED, user_id) == "PROCESSING"

    record = bench.record(owner)
    assert (record.user_id, record.is_sending, record.needs_person) == (user_id, False, False)
    assert bench.decisions.identify_owner(user_id) == owner
    bench.decide(owner, KycStatus.APPROVED)
    bench.resolve(owner, timedelta(hours=2))
    assert bench.record(owner).status is KycStatus.APPROVED


def test_an_approval_that_is_taken_over_erases_the_tax_id(bench: KycBench) -> None:
    owner = stuck_again(bench, arrived=True)
    bench.decide(owner, KycStatus.APPROVED)

    assert resolve(bench, owner, Decision.ARRIVED) == "APPROVED"

    assert list(TaxIdRow.scan()) == []


def test_another_persons_user_is_not_taken_over(bench: KycBench) -> None:
    bob = bench.submitted()
    eve = bench.person(email_address="eve@example.com")
    bench.forms.submit(eve)
    bench.work()
    theirs = str(bench.record(eve).user_id)
    owner = stuck(bench)
    before = bench.record(owner)

    for reference in (str(bench.record(bob).user_id), theirs):
        with pytest.raises(Conflict) as refused:
            resolve(bench, owner, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"
    bench.broker.before["kyc_status"] = never_heard_of
    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.ARRIVED, "user-of-nobody")
    assert refused.value.code == "not_at_partner"
    with pytest.raises(InvalidRequest):
        resolve(bench, owner, Decision.ARRIVED)
    assert bench.record(owner) == before


def test_a_corrected_form_that_never_arrived_may_be_submitted_again(bench: KycBench) -> None:
    owner = stuck_again(bench)

    assert resolve(bench, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    assert unknowns_of(owner) == []
    assert bench.record(owner).user_id is not None
    assert not bench.record(owner).is_sending


def test_a_corrected_form_that_the_broker_decided_on_did_arrive(bench: KycBench) -> None:
    owner = stuck_again(bench, arrived=True)
    bench.decide(owner, KycStatus.MANUAL_REVIEW)
    before = bench.record(owner)

    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert bench.record(owner) == before
    assert resolve(bench, owner, Decision.ARRIVED) == "MANUAL_REVIEW"
    assert not bench.record(owner).is_sending


def test_a_decision_about_a_form_that_can_be_sent_no_more_shows_that_it_arrived(bench: KycBench) -> None:
    owner = stuck_again(bench, arrived=True)
    bench.decide(owner, KycStatus.DENIED)

    bench.resolve(owner, timedelta(days=1, hours=1))

    record = bench.record(owner)
    assert (record.status, record.is_sending, record.needs_person) == (KycStatus.DENIED, False, False)
    assert unknowns_of(owner) == []


def test_documents_that_never_arrived_are_ended_and_can_be_handed_in_again(bench: KycBench) -> None:
    owner = stuck_documents(bench)
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("DOC_REQUIRED", "documents")

    assert resolve(bench, owner, Decision.NEVER_ARRIVED) == "DOC_REQUIRED"

    assert [document.status for document in bench.record(owner).documents.values()] == [DocumentStatus.REFUSED]
    assert unknowns_of(owner) == []
    bench.attach(owner)
    bench.work()
    assert len(bench.broker.documents) == 1


def test_documents_that_the_broker_has_are_taken_over_by_their_ids_alone(bench: KycBench) -> None:
    owner = stuck_documents(bench)
    bench.broker.pictures[str(bench.record(owner).user_id)] = ["document-x"]

    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.NEVER_ARRIVED)
    assert refused.value.code == "partner_knows_it"
    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.ARRIVED, "document-y")
    assert refused.value.code == "not_at_partner"

    resolve(bench, owner, Decision.ARRIVED, "document-x")
    assert [document.status for document in bench.record(owner).documents.values()] == [DocumentStatus.SENT]
    assert unknowns_of(owner) == []


def test_a_check_that_the_broker_makes_did_arrive(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.resolve(owner, A_WEEK)

    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"


def test_a_check_whose_user_the_broker_lost_begins_anew(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.resolve(owner, A_WEEK)
    bench.broker.before["kyc_status"] = never_heard_of

    assert resolve(bench, owner, Decision.NEVER_ARRIVED) == "INFO_REQUIRED"

    bench.forms.submit(owner)
    bench.work()
    assert bench.broker.calls["create_user"] == 2


def test_nothing_is_decided_while_the_broker_cannot_be_asked(bench: KycBench) -> None:
    owner = stuck_again(bench)
    before = bench.record(owner)
    bench.broker.before["kyc_status"] = down

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Unavailable):
            resolve(bench, owner, decision)

    assert bench.record(owner) == before


def test_a_second_time_that_a_person_is_needed_is_told_again(bench: KycBench) -> None:
    owner = stuck(bench)
    calls = bench.broker.calls["create_user"]

    resolve(bench, owner, Decision.LOOK_AGAIN)
    assert unknowns_of(owner) == []
    bench.resolve(owner, A_WEEK)

    assert len(events_of("outcome_needs_person", owner)) == 2
    assert len(unknowns_of(owner)) == 1
    assert bench.broker.calls["create_user"] == calls


def test_what_is_not_left_to_a_person_is_not_decided(bench: KycBench) -> None:
    owner = bench.submitted()

    with pytest.raises(Conflict) as refused:
        resolve(bench, owner, Decision.LOOK_AGAIN)

    assert refused.value.code == "already_resolved"
