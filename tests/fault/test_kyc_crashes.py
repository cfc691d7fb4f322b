"""A process may die before and after every request of an identity check: one user, nothing stuck, nothing kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.support.crashes import Crashes, cut_in
from tests.support.funding import lost
from tests.support.kyc import FORM, TAX_ID, KycBench, events_of, everything_stored, files
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
def bench(crashes: Crashes) -> KycBench:
    bench = KycBench()
    bench.watch(crashes.visit)
    return bench


def has_tax_id(owner: str) -> bool:
    return any(row.pk == partition(owner) for row in TaxIdRow.scan())


def keep(bench: KycBench, owner: str) -> Callable[[], object]:
    return lambda: bench.forms.save(owner, FORM)


def submit(bench: KycBench, owner: str) -> Callable[[], object]:
    return lambda: bench.forms.submit(owner)


def send(bench: KycBench, owner: str) -> Callable[[], object]:
    return lambda: bench.sender.send(owner)


def resume(bench: KycBench, owner: str) -> Callable[[], object]:
    return lambda: bench.decisions.resume(owner)


def follow(bench: KycBench, owner: str) -> Callable[[], object]:
    """Return the handling of the event of an approval, as the worker of account events does it."""

    def handle() -> None:
        record = bench.decisions.refresh(owner, f"event-of-{owner}")
        assert record is not None
        assert record.status is KycStatus.APPROVED
        bench.decisions.settle(owner)

    return handle


def assert_ends_well(bench: KycBench, owner: str, *, users: int = 1) -> None:
    """Let the broker approve, and hold that it has one user and we keep nothing that we need not."""
    record = bench.record(owner)
    assert record.user_id is not None
    assert len(bench.broker.users) == users
    assert bench.broker.sent(record.user_id)["IDENTIFICATION_INFO"]["value"] == TAX_ID
    if record.status is not KycStatus.APPROVED:
        bench.decide(owner, KycStatus.APPROVED)
        follow(bench, owner)()
    after = bench.record(owner)
    assert after.is_settled
    assert after.due_at is None
    assert len(events_of("kyc_status_changed", owner)) == 2
    assert not has_tax_id(owner)
    assert TAX_ID not in everything_stored()


def test_a_form_that_was_being_kept_when_the_process_died_can_be_kept_again(crashes: Crashes, bench: KycBench) -> None:
    places = crashes.count(keep(bench, "rehearsal"))
    assert places >= 6

    for place in range(1, places + 1):
        owner = f"keeper-{place}"
        crashes.die_at(place, keep(bench, owner))
        bench.forms.save(owner, FORM)
        assert bench.record(owner).status is KycStatus.READY
        assert bench.tax_ids.open(owner) == TAX_ID


def test_a_submission_that_died_anywhere_makes_one_user(crashes: Crashes, bench: KycBench) -> None:
    places = crashes.count(submit(bench, bench.person()))
    assert places >= 6
    bench.work()

    for place in range(1, places + 1):
        owner = bench.person()
        crashes.die_at(place, submit(bench, owner))
        bench.forms.submit(owner)
        bench.work()
        assert_ends_well(bench, owner, users=place + 1)


def test_a_submission_that_died_after_it_was_written_is_finished_by_the_resolver(
    crashes: Crashes, bench: KycBench
) -> None:
    places = crashes.count(submit(bench, bench.person()))
    bench.work()
    users = len(bench.broker.users)

    for place in range(1, places + 1):
        owner = bench.person()
        crashes.die_at(place, submit(bench, owner))
        if bench.record(owner).status is KycStatus.PROCESSING:
            bench.resolve(owner, timedelta(minutes=10))
            users += 1
            assert_ends_well(bench, owner, users=users)
    assert users > 1


@pytest.mark.parametrize("is_delivered_again", [True, False])
def test_a_sending_that_died_anywhere_makes_one_user(
    crashes: Crashes, bench: KycBench, *, is_delivered_again: bool
) -> None:
    def submitted() -> str:
        owner = bench.person()
        bench.forms.submit(owner)
        bench.queue.owners.clear()
        return owner

    places = crashes.count(send(bench, submitted()))
    assert places >= 10

    for place in range(1, places + 1):
        owner = submitted()
        crashes.die_at(place, send(bench, owner))
        if is_delivered_again:
            bench.sender.send(owner)
        else:
            bench.resolve(owner, timedelta(minutes=10))
        assert_ends_well(bench, owner, users=place + 1)


def test_an_approval_whose_worker_died_anywhere_is_told_once_and_erases_everything(
    crashes: Crashes, bench: KycBench
) -> None:
    def decided() -> str:
        owner = bench.submitted()
        bench.attach(owner)
        bench.work()
        bench.decide(owner, KycStatus.APPROVED)
        return owner

    places = crashes.count(follow(bench, decided()))
    assert places >= 12

    for place in range(1, places + 1):
        owner = decided()
        crashes.die_at(place, follow(bench, owner))
        follow(bench, owner)()
        before = bench.record(owner)
        follow(bench, owner)()
        assert bench.record(owner) == before
        assert files() == []
        assert_ends_well(bench, owner, users=place + 1)


def test_an_approval_whose_event_was_never_handled_again_is_finished_by_the_resolver(
    crashes: Crashes, bench: KycBench
) -> None:
    def decided() -> str:
        owner = bench.submitted()
        bench.attach(owner)
        bench.work()
        bench.decide(owner, KycStatus.APPROVED)
        return owner

    places = crashes.count(follow(bench, decided()))

    for place in range(1, places + 1):
        owner = decided()
        crashes.die_at(place, follow(bench, owner))
        bench.resolve(owner, timedelta(minutes=15))
        assert files() == []
        assert_ends_well(bench, owner, users=place + 1)


def test_a_resolver_that_died_anywhere_looks_again(crashes: Crashes, bench: KycBench) -> None:
    def stranded() -> str:
        owner = bench.person()
        bench.forms.submit(owner)
        bench.queue.owners.clear()
        bench.clock.pass_by(timedelta(minutes=2))
        return owner

    places = crashes.count(resume(bench, stranded()))
    assert places >= 6
    bench.work()

    for place in range(1, places + 1):
        owner = stranded()
        crashes.die_at(place, resume(bench, owner))
        bench.resolve(owner, timedelta(minutes=15))
        assert_ends_well(bench, owner, users=place + 1)


def test_a_document_that_died_anywhere_reaches_the_broker_once(crashes: Crashes, bench: KycBench) -> None:
    def hand_in(owner: str) -> Callable[[], object]:
        def step() -> None:
            bench.attach(owner)
            bench.work()

        return step

    places = crashes.count(hand_in(bench.submitted()))
    assert places >= 20

    for place in range(1, places + 1):
        owner = bench.submitted()
        crashes.die_at(place, hand_in(owner))
        bench.queue.owners.clear()
        pictures = len(bench.broker.documents)
        bench.resolve(owner, timedelta(minutes=15))
        for document in bench.record(owner).documents.values():
            assert document.status is DocumentStatus.SENT
            assert document.attempt_id in bench.broker.documents
        assert len(bench.broker.documents) <= pictures + 1
        assert bench.record(owner).unsent_documents == ()


def test_an_answer_that_was_lost_is_asked_for_under_the_same_key(bench: KycBench) -> None:
    bench.broker.after["create_user"] = lost(times=2)
    owner = bench.person()
    bench.forms.submit(owner)
    bench.work()

    bench.resolve(owner, timedelta(minutes=15))

    assert bench.broker.calls["create_user"] == 3
    assert_ends_well(bench, owner)


def test_a_broker_that_is_down_for_a_day_gets_one_user(bench: KycBench) -> None:
    def down() -> None:
        raise Unavailable("down")

    bench.broker.before = {"create_user": down, "kyc_status": down}
    owner = bench.person()
    bench.forms.submit(owner)
    bench.work()
    bench.resolve(owner, timedelta(days=1))
    bench.broker.before.clear()

    bench.resolve(owner, timedelta(days=1))

    assert_ends_well(bench, owner)


def test_after_95_hours_nothing_is_sent_again_and_a_person_is_told_once(bench: KycBench) -> None:
    bench.broker.after["create_user"] = lost(times=100)
    owner = bench.person()
    bench.forms.submit(owner)
    bench.work()
    bench.resolve(owner, timedelta(hours=96))
    tries = bench.broker.calls["create_user"]

    bench.resolve(owner, timedelta(days=6))
    bench.sender.send(owner)

    assert bench.broker.calls["create_user"] == tries
    assert len(bench.broker.users) == 1
    assert bench.record(owner).due_at is None
    assert len(events_of("outcome_needs_person", owner)) == 1


def test_two_workers_at_once_make_one_user(bench: KycBench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = bench.person()
    bench.forms.submit(owner)
    cut_in(monkeypatch, lambda: bench.sender.send(owner))

    bench.sender.send(owner)

    assert_ends_well(bench, owner)


def test_five_events_of_one_approval_tell_it_once(bench: KycBench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.APPROVED)

    def rivals() -> None:
        for number in range(4):
            bench.decisions.refresh(owner, f"rival-{owner}-{number}")

    cut_in(monkeypatch, rivals)
    bench.decisions.refresh(owner, f"event-{owner}")
    bench.decisions.settle(owner)

    assert_ends_well(bench, owner)


def test_a_decision_between_sending_and_our_record_of_it_is_found_by_the_resolver(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.APPROVED)

    bench.resolve(owner, timedelta(minutes=10))

    assert_ends_well(bench, owner)


def test_a_refusal_that_died_anywhere_ends_in_corrections(crashes: Crashes, bench: KycBench) -> None:
    def refuse() -> None:
        raise Refused("The broker did not like it.")

    def submitted() -> str:
        owner = bench.person()
        bench.forms.submit(owner)
        bench.queue.owners.clear()
        return owner

    bench.broker.before["create_user"] = refuse
    places = crashes.count(send(bench, submitted()))

    for place in range(1, places + 1):
        owner = submitted()
        crashes.die_at(place, send(bench, owner))
        bench.sender.send(owner)
        record = bench.record(owner)
        assert record.status is KycStatus.INFO_REQUIRED
        assert record.due_at is None
        assert len(events_of("kyc_status_changed", owner)) == 2
    bench.broker.before.clear()

    bench.forms.save(owner, {"address_city": "Troy"})
    bench.forms.submit(owner)
    bench.work()
    assert len(bench.broker.users) == 1
