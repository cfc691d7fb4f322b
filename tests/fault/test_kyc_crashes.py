"""A process may die before and after every request of an identity check: one user, nothing stuck, nothing kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.funding import lost
from tests.support.kyc import FORM, TAX_ID, KycHarness, events_of, everything_stored, files
from trading.brokerage.models import KycStatus
from trading.kyc.pictures import DocumentStatus
from trading.kyc.store import TaxIdRow
from trading.platform.errors import Refused, Unavailable
from trading.platform.people import partition

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def crashes(monkeypatch: pytest.MonkeyPatch) -> Crashes:
    return Crashes(monkeypatch)


@pytest.fixture
def harness(crashes: Crashes) -> KycHarness:
    harness = KycHarness()
    harness.watch(crashes.visit)
    return harness


def has_tax_id(owner: str) -> bool:
    return any(row.pk == partition(owner) for row in TaxIdRow.scan())


def keep(harness: KycHarness, owner: str) -> Callable[[], object]:
    return lambda: harness.forms.save(owner, FORM)


def submit(harness: KycHarness, owner: str) -> Callable[[], object]:
    return lambda: harness.forms.submit(owner)


def send(harness: KycHarness, owner: str) -> Callable[[], object]:
    return lambda: harness.sender.send(owner)


def resume(harness: KycHarness, owner: str) -> Callable[[], object]:
    return lambda: harness.decisions.resume(owner)


def follow(harness: KycHarness, owner: str) -> Callable[[], object]:
    """Return the handling of the event of an approval, as the worker of account events does it."""

    def handle() -> None:
        record = harness.decisions.refresh(owner, f"event-of-{owner}")
        assert record is not None
        assert record.status is KycStatus.APPROVED
        harness.decisions.settle(owner)

    return handle


def assert_ends_well(harness: KycHarness, owner: str, *, users: int = 1) -> None:
    """Let the broker approve, and hold that it has one user and we keep nothing that we need not."""
    record = harness.record(owner)
    assert record.user_id is not None
    assert len(harness.broker.users) == users
    assert harness.broker.sent(record.user_id)["IDENTIFICATION_INFO"]["value"] == TAX_ID
    if record.status is not KycStatus.APPROVED:
        harness.decide(owner, KycStatus.APPROVED)
        follow(harness, owner)()
    after = harness.record(owner)
    assert after.is_settled
    assert after.due_at is None
    assert len(events_of("kyc_status_changed", owner)) == 2
    assert not has_tax_id(owner)
    assert TAX_ID not in everything_stored()


def test_a_form_that_was_being_kept_when_the_process_died_can_be_kept_again(
    crashes: Crashes, harness: KycHarness
) -> None:
    places = crashes.count(keep(harness, "rehearsal"))
    assert places >= 6

    for place in range(1, places + 1):
        owner = f"keeper-{place}"
        crashes.die_at(place, keep(harness, owner))
        harness.forms.save(owner, FORM)
        assert harness.record(owner).status is KycStatus.READY
        assert harness.tax_ids.open(owner) == TAX_ID


def test_a_submission_that_died_anywhere_makes_one_user(crashes: Crashes, harness: KycHarness) -> None:
    places = crashes.count(submit(harness, harness.person()))
    assert places >= 6
    harness.work()

    for place in range(1, places + 1):
        owner = harness.person()
        crashes.die_at(place, submit(harness, owner))
        harness.forms.submit(owner)
        harness.work()
        assert_ends_well(harness, owner, users=place + 1)


def test_a_submission_that_died_after_it_was_written_is_finished_by_the_resolver(
    crashes: Crashes, harness: KycHarness
) -> None:
    places = crashes.count(submit(harness, harness.person()))
    harness.work()
    users = len(harness.broker.users)

    for place in range(1, places + 1):
        owner = harness.person()
        crashes.die_at(place, submit(harness, owner))
        if harness.record(owner).status is KycStatus.PROCESSING:
            harness.resolve(owner, timedelta(minutes=10))
            users += 1
            assert_ends_well(harness, owner, users=users)
    assert users > 1


@pytest.mark.parametrize("is_delivered_again", [True, False])
def test_a_sending_that_died_anywhere_makes_one_user(
    crashes: Crashes, harness: KycHarness, *, is_delivered_again: bool
) -> None:
    def submitted() -> str:
        owner = harness.person()
        harness.forms.submit(owner)
        harness.queue.owners.clear()
        return owner

    places = crashes.count(send(harness, submitted()))
    assert places >= 10

    for place in range(1, places + 1):
        owner = submitted()
        crashes.die_at(place, send(harness, owner))
        if is_delivered_again:
            harness.sender.send(owner)
        else:
            harness.resolve(owner, timedelta(minutes=10))
        assert_ends_well(harness, owner, users=place + 1)


def test_an_approval_whose_worker_died_anywhere_is_told_once_and_erases_everything(
    crashes: Crashes, harness: KycHarness
) -> None:
    def decided() -> str:
        owner = harness.submitted()
        harness.attach(owner)
        harness.work()
        harness.decide(owner, KycStatus.APPROVED)
        return owner

    places = crashes.count(follow(harness, decided()))
    assert places >= 12

    for place in range(1, places + 1):
        owner = decided()
        crashes.die_at(place, follow(harness, owner))
        follow(harness, owner)()
        before = harness.record(owner)
        follow(harness, owner)()
        assert harness.record(owner) == before
        assert files() == []
        assert_ends_well(harness, owner, users=place + 1)


def test_an_approval_whose_event_was_never_handled_again_is_finished_by_the_resolver(
    crashes: Crashes, harness: KycHarness
) -> None:
    def decided() -> str:
        owner = harness.submitted()
        harness.attach(owner)
        harness.work()
        harness.decide(owner, KycStatus.APPROVED)
        return owner

    places = crashes.count(follow(harness, decided()))

    for place in range(1, places + 1):
        owner = decided()
        crashes.die_at(place, follow(harness, owner))
        harness.resolve(owner, timedelta(minutes=15))
        assert files() == []
        assert_ends_well(harness, owner, users=place + 1)


def test_a_resolver_that_died_anywhere_looks_again(crashes: Crashes, harness: KycHarness) -> None:
    def stranded() -> str:
        owner = harness.person()
        harness.forms.submit(owner)
        harness.queue.owners.clear()
        harness.clock.pass_by(timedelta(minutes=2))
        return owner

    places = crashes.count(resume(harness, stranded()))
    assert places >= 6
    harness.work()

    for place in range(1, places + 1):
        owner = stranded()
        crashes.die_at(place, resume(harness, owner))
        harness.resolve(owner, timedelta(minutes=15))
        assert_ends_well(harness, owner, users=place + 1)


def test_a_document_that_died_anywhere_reaches_the_broker_once(crashes: Crashes, harness: KycHarness) -> None:
    def hand_in(owner: str) -> Callable[[], object]:
        def step() -> None:
            harness.attach(owner)
            harness.work()

        return step

    places = crashes.count(hand_in(harness.submitted()))
    assert places >= 20

    for place in range(1, places + 1):
        owner = harness.submitted()
        crashes.die_at(place, hand_in(owner))
        harness.queue.owners.clear()
        pictures = len(harness.broker.documents)
        harness.resolve(owner, timedelta(minutes=15))
        for document in harness.record(owner).documents.values():
            assert document.status is DocumentStatus.SENT
            assert document.attempt_id in harness.broker.documents
        assert len(harness.broker.documents) <= pictures + 1
        assert harness.record(owner).unsent_documents == ()


def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(harness: KycHarness) -> None:
    harness.broker.after["create_user"] = lost(times=2)
    owner = harness.person()
    harness.forms.submit(owner)
    harness.work()

    harness.resolve(owner, timedelta(minutes=15))

    assert harness.broker.calls["create_user"] == 3
    assert_ends_well(harness, owner)


def test_a_broker_that_is_down_for_a_day_gets_one_user(harness: KycHarness) -> None:
    def down() -> None:
        raise Unavailable("down")

    harness.broker.before = {"create_user": down, "kyc_status": down}
    owner = harness.person()
    harness.forms.submit(owner)
    harness.work()
    harness.resolve(owner, timedelta(days=1))
    harness.broker.before.clear()

    harness.resolve(owner, timedelta(days=1))

    assert_ends_well(harness, owner)


def test_after_95_hours_nothing_is_sent_again_and_a_person_is_told_once(harness: KycHarness) -> None:
    harness.broker.after["create_user"] = lost(times=100)
    owner = harness.person()
    harness.forms.submit(owner)
    harness.work()
    harness.resolve(owner, timedelta(hours=96))
    tries = harness.broker.calls["create_user"]

    harness.resolve(owner, timedelta(days=6))
    harness.sender.send(owner)

    assert harness.broker.calls["create_user"] == tries
    assert len(harness.broker.users) == 1
    assert harness.record(owner).due_at is None
    assert len(events_of("outcome_needs_person", owner)) == 1


def test_two_workers_at_once_make_one_user(harness: KycHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = harness.person()
    harness.forms.submit(owner)
    cut_in(monkeypatch, lambda: harness.sender.send(owner))

    harness.sender.send(owner)

    assert_ends_well(harness, owner)


def test_five_events_of_one_approval_tell_it_once(harness: KycHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.APPROVED)

    def rivals() -> None:
        for number in range(4):
            harness.decisions.refresh(owner, f"rival-{owner}-{number}")

    cut_in(monkeypatch, rivals)
    harness.decisions.refresh(owner, f"event-{owner}")
    harness.decisions.settle(owner)

    assert_ends_well(harness, owner)


def test_a_decision_between_sending_and_our_record_of_it_is_found_by_the_resolver(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.APPROVED)

    harness.resolve(owner, timedelta(minutes=10))

    assert_ends_well(harness, owner)


def test_a_refusal_that_died_anywhere_ends_in_corrections(crashes: Crashes, harness: KycHarness) -> None:
    def refuse() -> None:
        raise Refused("The broker did not like it.")

    def submitted() -> str:
        owner = harness.person()
        harness.forms.submit(owner)
        harness.queue.owners.clear()
        return owner

    harness.broker.before["create_user"] = refuse
    places = crashes.count(send(harness, submitted()))

    for place in range(1, places + 1):
        owner = submitted()
        crashes.die_at(place, send(harness, owner))
        harness.sender.send(owner)
        record = harness.record(owner)
        assert record.status is KycStatus.INFO_REQUIRED
        assert record.due_at is None
        assert len(events_of("kyc_status_changed", owner)) == 2
    harness.broker.before.clear()

    harness.forms.save(owner, {"address_city": "Troy"})
    harness.forms.submit(owner)
    harness.work()
    assert len(harness.broker.users) == 1
