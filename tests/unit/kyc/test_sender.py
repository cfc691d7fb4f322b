"""The one place where a tax id is in the open."""

from datetime import timedelta

import pytest

from tests.support.funding import lost
from tests.support.kyc import TAX_ID, Fault, KycBench
from trading.brokerage.models import KycStatus
from trading.kyc.pictures import DocumentStatus
from trading.kyc.ports import KycChange
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def bench() -> KycBench:
    return KycBench()


def raising(error: Exception) -> Fault:
    def fault() -> None:
        raise error

    return fault


def test_a_form_arrives_under_the_key_of_its_submission(bench: KycBench) -> None:
    owner = bench.submitted()

    record = bench.record(owner)
    assert record.submission is not None
    assert bench.broker.by_key == {record.submission.attempt_id: record.user_id}
    assert bench.broker.sent(str(record.user_id))["IDENTIFICATION_INFO"]["value"] == TAX_ID
    assert record.status is KycStatus.PROCESSING


def test_what_arrived_is_not_sent_again(bench: KycBench) -> None:
    owner = bench.submitted()

    bench.sender.send(owner)
    bench.sender.send("nobody")

    assert bench.broker.calls == {"create_user": 1}


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
def test_what_may_not_have_arrived_stays_due_under_its_key(bench: KycBench, error: Exception) -> None:
    bench.broker.before["create_user"] = raising(error)
    owner = bench.submitted()
    before = bench.record(owner)
    bench.broker.before.clear()

    bench.sender.send(owner)

    assert before.due_at is not None
    assert before.user_id is None
    assert before.submission is not None
    assert list(bench.broker.by_key) == [before.submission.attempt_id]


def test_a_refusal_asks_for_corrections_in_words_of_ours(bench: KycBench) -> None:
    bench.broker.before["create_user"] = raising(Refused("E400 raw words"))

    record = bench.record(bench.submitted())

    assert record.status is KycStatus.INFO_REQUIRED
    assert [error.code for error in record.errors] == ["NOT_ACCEPTED"]
    assert "raw words" not in str(record)
    assert record.due_at is None


def test_a_late_refusal_of_a_form_that_arrived_changes_nothing(bench: KycBench) -> None:
    def found_and_refused() -> None:
        (record,) = written
        bench.store.commit(KycChange(record.arrived("user-of-a-late-word"), registers_user=True))
        raise Refused("too late")

    bench.broker.before["create_user"] = raising(Unavailable("down"))
    owner = bench.submitted()
    written = [bench.record(owner)]
    bench.broker.before["create_user"] = found_and_refused

    bench.sender.send(owner)

    record = bench.record(owner)
    assert (record.status, record.user_id, record.errors) == (KycStatus.PROCESSING, "user-of-a-late-word", ())


def test_a_correction_updates_the_user_under_a_key_of_its_own(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.decide(owner, KycStatus.INFO_REQUIRED, "ADDRESS_NOT_MATCH")
    bench.decisions.refresh(owner)
    bench.forms.save(owner, {"address_city": "Troy"})
    bench.forms.submit(owner)
    bench.work()

    record = bench.record(owner)
    assert record.status is KycStatus.PROCESSING
    assert bench.broker.calls["create_user"] == bench.broker.calls["update_user"] == 1
    assert bench.broker.sent(str(record.user_id))["ADDRESS_INFO"]["city"] == "Troy"
    assert len(bench.broker.by_key) == 2


def test_a_tax_id_that_is_gone_leaves_the_submission_to_a_person(bench: KycBench) -> None:
    owner = bench.person()
    bench.forms.submit(owner)
    bench.store.commit(KycChange(bench.record(owner), erases_tax_id=True))

    bench.work()

    assert bench.broker.calls == {}
    assert bench.record(owner).due_at is not None


def test_a_document_follows_its_form(bench: KycBench) -> None:
    bench.broker.before["create_user"] = lost()
    owner = bench.submitted()
    document = bench.attach(owner)
    assert bench.broker.documents == {}

    bench.work()

    assert bench.record(owner).documents[document.document_id].status is DocumentStatus.SENT
    (sent,) = bench.broker.documents.values()
    assert (sent.type, sent.side, sent.content_type) == ("DRIVER_LICENSE", "FRONT", "image/jpeg")
    assert sent.content.startswith(b"\xff\xd8\xff")


def test_a_document_whose_answer_was_lost_is_sent_again_under_its_key(bench: KycBench) -> None:
    bench.broker.after["upload_document"] = lost()
    owner = bench.submitted()
    document = bench.attach(owner)
    bench.work()
    assert bench.record(owner).unsent_documents

    bench.resolve(owner, timedelta(minutes=10))

    assert list(bench.broker.documents) == [document.attempt_id]
    assert not bench.record(owner).unsent_documents


def test_a_document_that_is_refused_is_not_sent_again(bench: KycBench) -> None:
    bench.broker.before["upload_document"] = raising(Refused("unreadable"))
    owner = bench.submitted()
    document = bench.attach(owner)
    bench.work()

    bench.sender.send(owner)

    assert bench.broker.calls["upload_document"] == 1
    assert bench.record(owner).documents[document.document_id].status is DocumentStatus.REFUSED


def test_a_document_whose_file_is_gone_holds_nothing_up(bench: KycBench) -> None:
    owner = bench.submitted()
    document = bench.attach(owner)
    bench.uploads.delete(document.upload.key)

    bench.work()

    assert bench.broker.calls["upload_document"] == 0
    assert bench.record(owner).unsent_documents == ()


def test_a_document_that_an_approval_overtook_is_dropped(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.attach(owner)

    def approve() -> None:
        bench.decide(owner, KycStatus.APPROVED)
        bench.decisions.refresh(owner)

    bench.broker.after["upload_document"] = approve
    bench.work()

    assert bench.record(owner).status is KycStatus.APPROVED
    assert not bench.record(owner).documents


def test_a_document_of_95_hours_ago_is_not_sent(bench: KycBench) -> None:
    owner = bench.submitted()
    bench.attach(owner)
    bench.clock.pass_by(timedelta(hours=95))

    bench.work()

    assert bench.broker.calls["upload_document"] == 0
