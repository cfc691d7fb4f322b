"""Following the broker's word: events, lookups, and what an approval leads to."""

import json
from datetime import timedelta

import pytest

from tests.support.kyc import KycBench, events_of, files
from tests.support.unknowns import unknowns_of
from trading.brokerage.models import KycError, KycStatus
from trading.kyc.ports import KycChange
from trading.kyc.store import TaxIdRow
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.inbox import InboxRow
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def bench() -> KycBench:
    return KycBench()


def statuses_published(owner: str) -> list[str]:
    return sorted(json.loads(body)["payload"]["status"] for body in events_of("kyc_status_changed", owner))


def down() -> None:
    raise Unavailable("down")


def test_an_event_has_the_decision_read_at_the_broker(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.DENIED, "SSN_NOT_MATCH")

    record = bench.decisions.refresh(owner, "event-1")

    assert record is not None
    assert record.status is KycStatus.DENIED
    assert [error.code for error in record.errors] == ["SSN_NOT_MATCH"]
    assert statuses_published(owner) == ["DENIED", "PROCESSING"]


def test_the_same_event_again_changes_nothing(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.DENIED)
    once = bench.decisions.refresh(owner, "event-1")

    assert bench.decisions.refresh(owner, "event-1") == once
    assert bench.decisions.refresh(owner, "event-2") == once
    assert statuses_published(owner) == ["DENIED", "PROCESSING"]


def test_an_event_is_marked_as_handled_with_its_effect(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.DENIED)
    bench.decisions.refresh(owner, "event-1")
    bench.decide(owner, KycStatus.APPROVED)

    assert InboxRow.count("event#event-1") == 1
    assert bench.decisions.refresh(owner, "event-1") == bench.record(owner)
    assert bench.record(owner).status is KycStatus.DENIED


def test_a_late_answer_of_the_broker_changes_nothing(bench: KycBench) -> None:
    owner = bench.submitted()
    early = bench.clock.now()
    bench.decide(owner, KycStatus.APPROVED)
    bench.decisions.refresh(owner, "event-1")
    bench.decide(owner, KycStatus.DENIED, at=early)

    record = bench.decisions.refresh(owner, "event-2")

    assert record is not None
    assert record.status is KycStatus.APPROVED


def test_a_new_sort_of_errors_is_kept_but_no_change_of_status_is_told(bench: KycBench) -> None:
    owner = bench.submitted()
    for number, code in enumerate(["DOB_NOT_MATCH", "NAME_NOT_MATCH"]):
        bench.decide(owner, KycStatus.INFO_REQUIRED, code)
        bench.decisions.refresh(owner, f"event-{number}")

    assert [error.code for error in bench.record(owner).errors] == ["NAME_NOT_MATCH"]
    assert statuses_published(owner) == ["INFO_REQUIRED", "PROCESSING"]
    assert events_of("broker_status_unknown", owner) == []


def test_an_unknown_status_is_told_once_and_leaves_the_record(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, None, raw_status="KYC_ODD")

    for number in range(3):
        bench.decisions.refresh(owner, f"event-{number}")

    assert bench.record(owner).status is KycStatus.PROCESSING
    (body,) = events_of("broker_status_unknown", owner)
    assert json.loads(body)["payload"]["raw_status"] == "KYC_ODD"


def test_a_status_that_is_odd_twice_is_told_twice(bench: KycBench) -> None:
    owner = bench.submitted()
    for number, status in enumerate([None, KycStatus.INFO_REQUIRED, None]):
        bench.decide(owner, status, raw_status="KYC_ODD")
        bench.decisions.refresh(owner, f"event-{number}")

    assert len(events_of("broker_status_unknown", owner)) == 2


def test_an_approval_erases_the_tax_id_at_once_and_the_files_when_it_is_settled(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.attach(owner)
    bench.work()
    bench.upload(owner)
    bench.decide(owner, KycStatus.APPROVED)

    bench.decisions.refresh(owner, "event-1")
    assert [row.pk for row in TaxIdRow.scan()] == []
    assert len(files()) == 2
    bench.decisions.settle(owner)

    assert files() == []
    record = bench.record(owner)
    assert (record.is_settled, record.to_erase, record.due_at) == (True, (), None)
    assert record.tax_id_last4 == "6789"


def test_an_approved_person_is_looked_at_until_the_account_is_being_opened(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.APPROVED)
    bench.decisions.refresh(owner, "event-1")

    row = PersonRow.get(partition(owner), "kyc#record")
    assert row.due_at == int((bench.clock.now() + timedelta(minutes=1)).timestamp())
    assert str(row.due_key).startswith("resolve#")
    bench.clock.pass_by(timedelta(minutes=1))
    record = bench.decisions.resume(owner)

    assert record is not None
    assert record.status is KycStatus.APPROVED
    assert record.due_at == bench.clock.now() + timedelta(minutes=5)
    bench.decisions.settle(owner)
    assert PersonRow.get(partition(owner), "kyc#record").due_key is None


def test_settling_waits_for_an_approval(bench: KycBench) -> None:
    owner = bench.submitted()

    bench.decisions.settle(owner)

    assert not bench.record(owner).is_settled


def test_whose_a_user_is_is_known_once_the_form_arrived(bench: KycBench) -> None:
    owner = bench.submitted()

    assert bench.decisions.identify_owner(str(bench.record(owner).user_id)) == owner
    assert bench.decisions.identify_owner("somebody") is None


def lose_the_answer(bench: KycBench) -> str:
    """Return a person whose user the broker made without answering."""

    def gone() -> None:
        raise OutcomeUnknown("lost")

    owner = bench.person()
    bench.broker.after["create_user"] = gone
    bench.forms.submit(owner)
    bench.work()
    bench.broker.after.clear()
    return owner


def test_a_user_whose_making_was_never_answered_is_known_by_our_reference(bench: KycBench) -> None:
    owner = lose_the_answer(bench)
    (user_id,) = bench.broker.users

    assert bench.decisions.identify_owner(user_id) == owner

    record = bench.record(owner)
    assert (record.user_id, record.is_sending) == (user_id, False)
    assert bench.store.owner_of(user_id) == owner
    assert bench.decisions.identify_owner(user_id) == owner
    bench.work()
    assert bench.broker.calls["create_user"] == 1


def test_a_user_of_an_attempt_that_was_ended_is_nobodys(bench: KycBench) -> None:
    owner = lose_the_answer(bench)
    (user_id,) = bench.broker.users
    bench.store.commit(KycChange(bench.record(owner).not_taken(KycError("NOT_ARRIVED", ""), bench.clock.now())))

    assert bench.decisions.identify_owner(user_id) is None
    assert bench.record(owner).user_id is None


def test_whose_a_user_is_cannot_be_said_while_the_broker_is_away(bench: KycBench) -> None:
    lose_the_answer(bench)
    (user_id,) = bench.broker.users
    bench.broker.before["user"] = down

    with pytest.raises(Unavailable):
        bench.decisions.identify_owner(user_id)


def test_who_has_no_user_yet_is_not_asked_about(bench: KycBench) -> None:
    owner = bench.person()

    assert bench.decisions.refresh("nobody") is None
    record = bench.decisions.refresh(owner)

    assert record is not None
    assert record.status is KycStatus.READY
    assert bench.broker.calls["kyc_status"] == 0


def test_an_event_comes_again_when_the_broker_cannot_be_asked(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.broker.before["kyc_status"] = down

    with pytest.raises(Unavailable):
        bench.decisions.refresh(owner, "event-1")


@pytest.mark.parametrize("error", [Unavailable("down"), Refused("who?", code="not_found")])
def test_a_look_that_learns_nothing_is_followed_by_another(bench: KycBench, error: Exception) -> None:
    def fault() -> None:
        raise error

    owner = bench.submitted()
    bench.broker.before["kyc_status"] = fault
    bench.clock.pass_by(timedelta(minutes=2))

    record = bench.decisions.resume(owner)

    assert record is not None
    assert record.due_at == bench.clock.now() + timedelta(minutes=5)


def test_a_look_before_its_time_does_nothing(bench: KycBench) -> None:
    owner = bench.submitted()

    bench.decisions.resume(owner)
    bench.decisions.resume("nobody")

    assert bench.broker.calls["kyc_status"] == 0


def test_a_check_that_never_ends_is_left_to_a_person(bench: KycBench) -> None:
    owner = bench.submitted()

    bench.resolve(owner, timedelta(days=8))

    assert bench.record(owner).status is KycStatus.PROCESSING
    assert bench.record(owner).due_at is not None
    assert len(events_of("outcome_needs_person", owner)) == 1
    assert bench.broker.calls["kyc_status"] == 3 + 7  # after a minute, five, an hour, then every day
    (unknown,) = unknowns_of(owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("PROCESSING", "decision")


@pytest.mark.parametrize("status", ["MANUAL_REVIEW", "INFO_REQUIRED", "DOC_REQUIRED", "DENIED"])
def test_a_decision_whose_event_was_lost_is_found_within_a_day(bench: KycBench, status: str) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus(status))
    bench.decisions.refresh(owner, "event-1")
    bench.resolve(owner, timedelta(days=20))
    bench.decide(owner, KycStatus.APPROVED)

    bench.resolve(owner, timedelta(days=1, hours=1))

    assert bench.record(owner).status is KycStatus.APPROVED
    assert events_of("outcome_needs_person", owner) == []
    assert unknowns_of(owner) == []


def test_a_check_that_was_given_up_still_follows_events(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.resolve(owner, timedelta(days=8))
    bench.decide(owner, KycStatus.APPROVED)

    record = bench.decisions.refresh(owner, "event-1")

    assert record is not None
    assert record.due_at is not None
