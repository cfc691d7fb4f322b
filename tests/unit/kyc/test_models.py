"""How a check moves, and that it never moves back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tests.support.kyc import decision
from trading.brokerage.models import KycStatus
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.kyc.models import MESSAGES, MOVES, SUBMITTABLE, KycRecord
from trading.kyc.pictures import Document, DocumentStatus, DocumentType, Side, Upload
from trading.platform.documents import dump, load

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
SENT = replace(KycRecord("ada", NOW, NOW).submitted("attempt", NOW), user_id="user-1")
ARRIVED = replace(SENT, submission=replace(SENT.submission, has_arrived=True))  # type: ignore[type-var]
UPLOAD = Upload("upload", "image/jpeg", 10, "documents/file", NOW)
DOCUMENT = Document("document", DocumentType.PASSPORT, Side.FRONT, UPLOAD, "attempt", NOW)


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def in_status(status: KycStatus) -> KycRecord:
    return replace(ARRIVED, sent_status=status, decided_at=after(1), decided_as="whatever")


@pytest.mark.parametrize("before", [status for status in KycStatus if status not in {"NOT_READY", "READY"}])
@pytest.mark.parametrize("then", list(KycStatus))
def test_a_status_moves_only_along_the_table(before: KycStatus, then: KycStatus) -> None:
    moved = in_status(before).decided(decision(then, at=after(2)), after(3))

    assert moved.status is (then if then in MOVES[before] else before)


@pytest.mark.parametrize("status", list(KycStatus))
def test_every_status_has_its_moves_and_its_sentence(status: KycStatus) -> None:
    assert status in MOVES
    assert MESSAGES[status]


def test_a_form_may_be_submitted_where_nothing_is_being_checked() -> None:
    assert {status.value for status in SUBMITTABLE} == {
        "NOT_READY",
        "READY",
        "INFO_REQUIRED",
        "DOC_REQUIRED",
        "DENIED",
    }


def test_an_approval_is_final() -> None:
    approved = ARRIVED.decided(decision(KycStatus.APPROVED, at=after(1)), after(1))

    for status in KycStatus:
        assert approved.decided(decision(status, "K102", at=after(9)), after(9)).status is KycStatus.APPROVED


def test_decisions_in_any_order_end_alike() -> None:
    decisions = [
        decision(KycStatus.DOC_REQUIRED, "NO_DOC_IN_IMAGE", at=after(1)),
        decision(KycStatus.MANUAL_REVIEW, at=after(2)),
        decision(KycStatus.INFO_REQUIRED, "SSN_NOT_MATCH", at=after(3)),
        decision(KycStatus.DENIED, "SSN_NOT_MATCH", at=after(4)),
    ]

    for order in permutations([*decisions, decisions[1], decisions[3]]):
        record = ARRIVED
        for decided in order:
            record = record.decided(decided, after(9))
        assert record.status is KycStatus.DENIED
        assert [error.code for error in record.errors] == ["SSN_NOT_MATCH"]


def test_what_the_broker_said_of_an_earlier_submission_does_not_answer_a_later_one() -> None:
    info = decision(KycStatus.INFO_REQUIRED, "DOB_NOT_MATCH", at=after(1))
    again = ARRIVED.decided(info, after(1)).submitted("another", after(2))

    assert again.errors == ()
    assert again.decided(info, after(3)) == again
    assert again.decided(decision(KycStatus.INFO_REQUIRED, "DOB_NOT_MATCH", at=after(4)), after(4)).errors


@pytest.mark.parametrize(("hours", "has_arrived"), [(1, False), (94, False), (95, True), (200, True)])
def test_a_decision_proves_that_a_form_arrived_only_once_it_is_sent_no_more(hours: int, has_arrived: bool) -> None:
    review = decision(KycStatus.MANUAL_REVIEW, at=after(1))

    decided = SENT.decided(review, NOW + timedelta(hours=hours))

    assert decided.status is KycStatus.MANUAL_REVIEW
    assert decided.submission is not None
    assert decided.submission.has_arrived is has_arrived
    assert decided.to_be_sent(NOW + timedelta(hours=hours)) is not has_arrived


def test_a_decision_of_the_form_before_proves_nothing_of_a_later_one() -> None:
    info = decision(KycStatus.INFO_REQUIRED, "DOB_NOT_MATCH", at=after(1))
    again = ARRIVED.decided(info, after(1)).submitted("another", after(2))

    late = again.decided(decision(KycStatus.INFO_REQUIRED, "SSN", at=after(1)), after(2) + timedelta(days=5))

    assert late.is_sending


def test_the_word_on_the_form_before_is_not_read_while_another_may_be_sent() -> None:
    again = in_status(KycStatus.INFO_REQUIRED).submitted("another", after(2))

    assert not again.is_to_be_read(after(3))
    assert again.is_to_be_read(after(2) + timedelta(hours=95))


def test_more_errors_of_the_same_moment_are_taken_over() -> None:
    one = ARRIVED.decided(decision(KycStatus.INFO_REQUIRED, "A", at=after(1)), after(1))

    both = one.decided(decision(KycStatus.INFO_REQUIRED, "A", "B", at=after(1)), after(2))

    assert [error.code for error in both.errors] == ["A", "B"]


def test_a_decision_without_a_time_is_taken_once() -> None:
    denied = ARRIVED.decided(decision(KycStatus.DENIED, "A"), after(1))

    assert denied.status is KycStatus.DENIED
    assert denied.decided(decision(KycStatus.DENIED, "A"), after(2)) == denied


@pytest.mark.parametrize("raw_status", ["KYC_WEIRD", ""])
def test_an_unknown_status_leaves_everything_but_a_note(raw_status: str) -> None:
    noted = ARRIVED.decided(decision(None, raw_status=raw_status, at=after(1)), after(1))

    assert noted.unknown_status
    assert replace(noted, unknown_status="") == ARRIVED
    assert noted.decided(decision(KycStatus.APPROVED, at=after(2)), after(2)).unknown_status == ""


def test_an_approval_forgets_what_only_the_check_needed() -> None:
    unused = replace(UPLOAD, upload_id="unused", key="documents/unused")
    record = replace(
        ARRIVED,
        uploads={"upload": UPLOAD, "unused": unused},
        documents={"document": DOCUMENT},
        to_erase=("documents/old",),
    )

    approved = record.decided(decision(KycStatus.APPROVED, at=after(1)), after(1))

    assert approved.to_erase == ("documents/file", "documents/old", "documents/unused")
    assert not approved.uploads
    assert not approved.documents
    assert approved.due_at == after(2)


@pytest.mark.parametrize("status", ["INFO_REQUIRED", "DOC_REQUIRED", "MANUAL_REVIEW", "DENIED"])
def test_a_decision_that_is_not_final_is_looked_at_every_day(status: str) -> None:
    record = ARRIVED.decided(decision(KycStatus(status), at=after(1)), after(1))

    for days in range(1, 21):
        assert record.due_at == after(1) + timedelta(days=days)
        record = record.with_lookup(record.due_at)
    assert not record.needs_person


def test_a_denial_that_stands_for_a_month_is_final() -> None:
    denied = ARRIVED.decided(decision(KycStatus.DENIED, at=after(1)), after(1))

    assert denied.with_lookup(after(1) + timedelta(days=29)).due_at is not None
    assert denied.with_lookup(after(1) + timedelta(days=30)).due_at is None


def test_a_document_that_was_not_sent_is_looked_at_whatever_is_decided() -> None:
    record = replace(ARRIVED, documents={"document": DOCUMENT})

    decided = record.decided(decision(KycStatus.DOC_REQUIRED, at=after(1)), after(1))

    assert decided.due_at == after(2)


def test_a_check_that_begins_anew_at_the_broker_is_looked_at() -> None:
    record = in_status(KycStatus.DOC_REQUIRED)

    assert record.decided(decision(KycStatus.PROCESSING, at=after(2)), after(2)).due_at == after(3)


def test_a_form_that_never_arrived_is_looked_at_after_a_minute_five_an_hour_and_five_days_then_left() -> None:
    record, now, spans = replace(SENT, user_id=None), NOW, []
    while record.due_at is not None:
        spans.append(record.due_at - now)
        now = record.due_at
        record = record.with_lookup(now)

    assert tuple(spans) == LOOKUP_DELAYS
    assert [span.total_seconds() for span in spans] == [60, 300, 3600, *[86_400] * 5]
    assert record.needs_person


def test_a_check_without_an_end_is_left_to_a_person_and_looked_at_every_day() -> None:
    record, now = ARRIVED.awaiting(NOW), NOW
    for _ in range(30):
        assert record.due_at is not None
        now = record.due_at
        record = record.with_lookup(now)

    assert record.needs_person
    assert record.due_at == now + timedelta(days=1)


def test_news_begins_the_looks_anew() -> None:
    tired = replace(ARRIVED, sent_status=KycStatus.DOC_REQUIRED, lookups=7, due_at=None)

    record = replace(tired, documents={"document": DOCUMENT}).awaiting(after(5))

    assert (record.lookups, record.due_at) == (0, after(6))


@pytest.mark.parametrize(("hours", "may"), [(0, True), (94, True), (95, False), (200, False)])
def test_a_key_is_used_for_95_hours(hours: int, may: bool) -> None:
    now = NOW + timedelta(hours=hours)

    assert SENT.to_be_sent(now) is may
    assert replace(ARRIVED, documents={"document": DOCUMENT}).to_be_sent(now) is may


def test_documents_wait_for_their_user() -> None:
    record = replace(ARRIVED, user_id=None, documents={"document": DOCUMENT})

    assert not record.to_be_sent(NOW)


def test_what_arrived_is_not_to_be_sent() -> None:
    sent = replace(DOCUMENT, status=DocumentStatus.SENT)

    assert not replace(ARRIVED, documents={"document": sent}).to_be_sent(NOW)


def test_a_record_survives_its_row() -> None:
    record = replace(
        in_status(KycStatus.INFO_REQUIRED),
        form={"first_name": "Ada", "investor_profile_annual_income": 5, "disclosures_rule14b": True},
        uploads={"upload": UPLOAD},
        documents={"document": DOCUMENT},
        errors=decision(None, "A").errors,
    )

    assert load(KycRecord, dump(record)) == record


def test_a_form_was_asked_for_when_it_was_first_sent_or_else_changed_last() -> None:
    again = replace(SENT, updated_at=NOW + timedelta(days=2))

    assert KycRecord("ada", NOW, NOW + timedelta(days=1)).asked_at == NOW + timedelta(days=1)
    assert again.asked_at == NOW
