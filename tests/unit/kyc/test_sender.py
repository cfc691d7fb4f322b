"""The one place where a tax id is in the open."""

from datetime import timedelta

import pytest

from tests.support.funding import lost
from tests.support.kyc import TAX_ID, Fault, KycHarness
from trading.brokerage.models import KycStatus
from trading.kyc.pictures import DocumentStatus
from trading.kyc.ports import KycChange
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness() -> KycHarness:
    return KycHarness()


def raising(error: Exception) -> Fault:
    def fault() -> None:
        raise error

    return fault


def test_a_form_arrives_under_the_key_of_its_submission(harness: KycHarness) -> None:
    owner = harness.submitted()

    record = harness.record(owner)
    assert record.submission is not None
    assert harness.broker.by_key == {record.submission.attempt_id: record.user_id}
    assert harness.broker.sent(str(record.user_id))["IDENTIFICATION_INFO"]["value"] == TAX_ID
    assert record.status is KycStatus.PROCESSING


def test_what_arrived_is_not_sent_again(harness: KycHarness) -> None:
    owner = harness.submitted()

    harness.sender.send(owner)
    harness.sender.send("nobody")

    assert harness.broker.calls == {"create_user": 1}


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
def test_what_may_not_have_arrived_stays_due_under_its_key(harness: KycHarness, error: Exception) -> None:
    harness.broker.before["create_user"] = raising(error)
    owner = harness.submitted()
    before = harness.record(owner)
    harness.broker.before.clear()

    harness.sender.send(owner)

    assert before.due_at is not None
    assert before.user_id is None
    assert before.submission is not None
    assert list(harness.broker.by_key) == [before.submission.attempt_id]


def test_a_refusal_asks_for_corrections_in_words_of_ours(harness: KycHarness) -> None:
    harness.broker.before["create_user"] = raising(Refused("E400 raw words"))

    record = harness.record(harness.submitted())

    assert record.status is KycStatus.INFO_REQUIRED
    assert [error.code for error in record.errors] == ["NOT_ACCEPTED"]
    assert "raw words" not in str(record)
    assert record.due_at is None


def test_a_late_refusal_of_a_form_that_arrived_changes_nothing(harness: KycHarness) -> None:
    def found_and_refused() -> None:
        (record,) = written
        harness.store.commit(KycChange(record.arrived("user-of-a-late-word"), registers_user=True))
        raise Refused("too late")

    harness.broker.before["create_user"] = raising(Unavailable("down"))
    owner = harness.submitted()
    written = [harness.record(owner)]
    harness.broker.before["create_user"] = found_and_refused

    harness.sender.send(owner)

    record = harness.record(owner)
    assert (record.status, record.user_id, record.errors) == (KycStatus.PROCESSING, "user-of-a-late-word", ())


def test_a_correction_updates_the_user_under_a_key_of_its_own(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.INFO_REQUIRED, "ADDRESS_NOT_MATCH")
    harness.decisions.refresh(owner)
    harness.forms.save(owner, {"address_city": "Troy"})
    harness.forms.submit(owner)
    harness.work()

    record = harness.record(owner)
    assert record.status is KycStatus.PROCESSING
    assert harness.broker.calls["create_user"] == harness.broker.calls["update_user"] == 1
    assert harness.broker.sent(str(record.user_id))["ADDRESS_INFO"]["city"] == "Troy"
    assert len(harness.broker.by_key) == 2


def test_a_tax_id_that_is_gone_leaves_the_submission_to_a_person(harness: KycHarness) -> None:
    owner = harness.person()
    harness.forms.submit(owner)
    harness.store.commit(KycChange(harness.record(owner), erases_tax_id=True))

    harness.work()

    assert harness.broker.calls == {}
    assert harness.record(owner).due_at is not None


def test_a_document_follows_its_form(harness: KycHarness) -> None:
    harness.broker.before["create_user"] = lost()
    owner = harness.submitted()
    document = harness.attach(owner)
    assert harness.broker.documents == {}

    harness.work()

    assert harness.record(owner).documents[document.document_id].status is DocumentStatus.SENT
    (sent,) = harness.broker.documents.values()
    assert (sent.type, sent.side, sent.content_type) == ("DRIVER_LICENSE", "FRONT", "image/jpeg")
    assert sent.content.startswith(b"\xff\xd8\xff")


def test_a_document_whose_answer_was_lost_is_sent_again_under_its_key(harness: KycHarness) -> None:
    harness.broker.after["upload_document"] = lost()
    owner = harness.submitted()
    document = harness.attach(owner)
    harness.work()
    assert harness.record(owner).unsent_documents

    harness.resolve(owner, timedelta(minutes=10))

    assert list(harness.broker.documents) == [document.attempt_id]
    assert not harness.record(owner).unsent_documents


def test_a_document_that_is_refused_is_not_sent_again(harness: KycHarness) -> None:
    harness.broker.before["upload_document"] = raising(Refused("unreadable"))
    owner = harness.submitted()
    document = harness.attach(owner)
    harness.work()

    harness.sender.send(owner)

    assert harness.broker.calls["upload_document"] == 1
    assert harness.record(owner).documents[document.document_id].status is DocumentStatus.REFUSED


def test_a_document_whose_file_is_gone_holds_nothing_up(harness: KycHarness) -> None:
    owner = harness.submitted()
    document = harness.attach(owner)
    harness.uploads.delete(document.upload.key)

    harness.work()

    assert harness.broker.calls["upload_document"] == 0
    assert harness.record(owner).unsent_documents == ()


def test_a_document_that_an_approval_overtook_is_dropped(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.attach(owner)

    def approve() -> None:
        harness.decide(owner, KycStatus.APPROVED)
        harness.decisions.refresh(owner)

    harness.broker.after["upload_document"] = approve
    harness.work()

    assert harness.record(owner).status is KycStatus.APPROVED
    assert not harness.record(owner).documents


def test_a_document_of_95_hours_ago_is_not_sent(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.attach(owner)
    harness.clock.pass_by(timedelta(hours=95))

    harness.work()

    assert harness.broker.calls["upload_document"] == 0
