"""Following the broker's word: events, lookups, and what an approval leads to."""

import json
from datetime import timedelta

import pytest

from tests.support.kyc import KycHarness, events_of, files
from tests.support.unknowns import unknowns_of
from trading.brokerage.models import KycError, KycStatus
from trading.kyc.ports import KycChange
from trading.kyc.store import TaxIdRow
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.inbox import InboxRow
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness() -> KycHarness:
    return KycHarness()


def statuses_published(owner: str) -> list[str]:
    return sorted(json.loads(body)["payload"]["status"] for body in events_of("kyc_status_changed", owner))


def down() -> None:
    raise Unavailable("down")


def test_an_event_has_the_decision_read_at_the_broker(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.DENIED, "SSN_NOT_MATCH")

    record = harness.decisions.refresh(owner, "event-1")

    assert record is not None
    assert record.status is KycStatus.DENIED
    assert [error.code for error in record.errors] == ["SSN_NOT_MATCH"]
    assert statuses_published(owner) == ["DENIED", "PROCESSING"]


def test_the_same_event_again_changes_nothing(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.DENIED)
    once = harness.decisions.refresh(owner, "event-1")

    assert harness.decisions.refresh(owner, "event-1") == once
    assert harness.decisions.refresh(owner, "event-2") == once
    assert statuses_published(owner) == ["DENIED", "PROCESSING"]


def test_an_event_is_marked_as_handled_with_its_effect(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.DENIED)
    harness.decisions.refresh(owner, "event-1")
    harness.decide(owner, KycStatus.APPROVED)

    assert InboxRow.count("event#event-1") == 1
    assert harness.decisions.refresh(owner, "event-1") == harness.record(owner)
    assert harness.record(owner).status is KycStatus.DENIED


def test_a_late_answer_of_the_broker_changes_nothing(harness: KycHarness) -> None:
    owner = harness.submitted()
    early = harness.clock.now()
    harness.decide(owner, KycStatus.APPROVED)
    harness.decisions.refresh(owner, "event-1")
    harness.decide(owner, KycStatus.DENIED, at=early)

    record = harness.decisions.refresh(owner, "event-2")

    assert record is not None
    assert record.status is KycStatus.APPROVED


def test_a_new_sort_of_errors_is_kept_but_no_change_of_status_is_told(harness: KycHarness) -> None:
    owner = harness.submitted()
    for number, code in enumerate(["DOB_NOT_MATCH", "NAME_NOT_MATCH"]):
        harness.decide(owner, KycStatus.INFO_REQUIRED, code)
        harness.decisions.refresh(owner, f"event-{number}")

    assert [error.code for error in harness.record(owner).errors] == ["NAME_NOT_MATCH"]
    assert statuses_published(owner) == ["INFO_REQUIRED", "PROCESSING"]
    assert events_of("broker_status_unknown", owner) == []


def test_an_unknown_status_is_told_once_and_leaves_the_record(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, None, raw_status="KYC_ODD")

    for number in range(3):
        harness.decisions.refresh(owner, f"event-{number}")

    assert harness.record(owner).status is KycStatus.PROCESSING
    (body,) = events_of("broker_status_unknown", owner)
    assert json.loads(body)["payload"]["raw_status"] == "KYC_ODD"


def test_a_status_that_is_odd_twice_is_told_twice(harness: KycHarness) -> None:
    owner = harness.submitted()
    for number, status in enumerate([None, KycStatus.INFO_REQUIRED, None]):
        harness.decide(owner, status, raw_status="KYC_ODD")
        harness.decisions.refresh(owner, f"event-{number}")

    assert len(events_of("broker_status_unknown", owner)) == 2


def test_an_approval_erases_the_tax_id_at_once_and_the_files_when_it_is_settled(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.attach(owner)
    harness.work()
    harness.upload(owner)
    harness.decide(owner, KycStatus.APPROVED)

    harness.decisions.refresh(owner, "event-1")
    assert [row.pk for row in TaxIdRow.scan()] == []
    assert len(files()) == 2
    harness.decisions.settle(owner)

    assert files() == []
    record = harness.record(owner)
    assert (record.is_settled, record.to_erase, record.due_at) == (True, (), None)
    assert record.tax_id_last4 == "6789"


def test_an_approved_person_is_looked_at_until_the_account_is_being_opened(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.APPROVED)
    harness.decisions.refresh(owner, "event-1")

    row = PersonRow.get(partition(owner), "kyc#record")
    assert row.due_at == int((harness.clock.now() + timedelta(minutes=1)).timestamp())
    assert str(row.due_key).startswith("resolve#")
    harness.clock.pass_by(timedelta(minutes=1))
    record = harness.decisions.resume(owner)

    assert record is not None
    assert record.status is KycStatus.APPROVED
    assert record.due_at == harness.clock.now() + timedelta(minutes=5)
    harness.decisions.settle(owner)
    assert PersonRow.get(partition(owner), "kyc#record").due_key is None


def test_settling_waits_for_an_approval(harness: KycHarness) -> None:
    owner = harness.submitted()

    harness.decisions.settle(owner)

    assert not harness.record(owner).is_settled


def test_whose_a_user_is_is_known_once_the_form_arrived(harness: KycHarness) -> None:
    owner = harness.submitted()

    assert harness.decisions.identify_owner(str(harness.record(owner).user_id)) == owner
    assert harness.decisions.identify_owner("somebody") is None


def lose_the_answer(harness: KycHarness) -> str:
    """Return a person whose user the broker made without answering."""

    def gone() -> None:
        raise OutcomeUnknown("lost")

    owner = harness.person()
    harness.broker.after["create_user"] = gone
    harness.forms.submit(owner)
    harness.work()
    harness.broker.after.clear()
    return owner


def test_a_user_whose_making_was_never_answered_is_known_by_our_reference(harness: KycHarness) -> None:
    owner = lose_the_answer(harness)
    (user_id,) = harness.broker.users

    assert harness.decisions.identify_owner(user_id) == owner

    record = harness.record(owner)
    assert (record.user_id, record.is_sending) == (user_id, False)
    assert harness.store.owner_of(user_id) == owner
    assert harness.decisions.identify_owner(user_id) == owner
    harness.work()
    assert harness.broker.calls["create_user"] == 1


def test_a_user_of_an_attempt_that_was_ended_is_nobodys(harness: KycHarness) -> None:
    owner = lose_the_answer(harness)
    (user_id,) = harness.broker.users
    harness.store.commit(KycChange(harness.record(owner).not_taken(KycError("NOT_ARRIVED", ""), harness.clock.now())))

    assert harness.decisions.identify_owner(user_id) is None
    assert harness.record(owner).user_id is None


def test_whose_a_user_is_cannot_be_said_while_the_broker_is_away(harness: KycHarness) -> None:
    lose_the_answer(harness)
    (user_id,) = harness.broker.users
    harness.broker.before["user"] = down

    with pytest.raises(Unavailable):
        harness.decisions.identify_owner(user_id)


def test_who_has_no_user_yet_is_not_asked_about(harness: KycHarness) -> None:
    owner = harness.person()

    assert harness.decisions.refresh("nobody") is None
    record = harness.decisions.refresh(owner)

    assert record is not None
    assert record.status is KycStatus.READY
    assert harness.broker.calls["kyc_status"] == 0


def test_an_event_comes_again_when_the_broker_cannot_be_asked(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.broker.before["kyc_status"] = down

    with pytest.raises(Unavailable):
        harness.decisions.refresh(owner, "event-1")


@pytest.mark.parametrize("error", [Unavailable("down"), Refused("who?", code="not_found")])
def test_a_look_that_learns_nothing_is_followed_by_another(harness: KycHarness, error: Exception) -> None:
    def fault() -> None:
        raise error

    owner = harness.submitted()
    harness.broker.before["kyc_status"] = fault
    harness.clock.pass_by(timedelta(minutes=2))

    record = harness.decisions.resume(owner)

    assert record is not None
    assert record.due_at == harness.clock.now() + timedelta(minutes=5)


def test_a_look_before_its_time_does_nothing(harness: KycHarness) -> None:
    owner = harness.submitted()

    harness.decisions.resume(owner)
    harness.decisions.resume("nobody")

    assert harness.broker.calls["kyc_status"] == 0


def test_a_check_that_never_ends_is_left_to_a_person(harness: KycHarness) -> None:
    owner = harness.submitted()

    harness.resolve(owner, timedelta(days=8))

    assert harness.record(owner).status is KycStatus.PROCESSING
    assert harness.record(owner).due_at is not None
    assert len(events_of("outcome_needs_person", owner)) == 1
    assert harness.broker.calls["kyc_status"] == 3 + 7  # after a minute, five, an hour, then every day
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("PROCESSING", "decision")


@pytest.mark.parametrize("status", ["MANUAL_REVIEW", "INFO_REQUIRED", "DOC_REQUIRED", "DENIED"])
def test_a_decision_whose_event_was_lost_is_found_within_a_day(harness: KycHarness, status: str) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus(status))
    harness.decisions.refresh(owner, "event-1")
    harness.resolve(owner, timedelta(days=20))
    harness.decide(owner, KycStatus.APPROVED)

    harness.resolve(owner, timedelta(days=1, hours=1))

    assert harness.record(owner).status is KycStatus.APPROVED
    assert events_of("outcome_needs_person", owner) == []
    assert unknowns_of(owner) == []


def test_a_check_that_was_given_up_still_follows_events(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.resolve(owner, timedelta(days=8))
    harness.decide(owner, KycStatus.APPROVED)

    record = harness.decisions.refresh(owner, "event-1")

    assert record is not None
    assert record.due_at is not None
