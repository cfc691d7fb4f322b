"""Uploading files and handing them in."""

from datetime import timedelta

import boto3
import pytest

from tests.support.kyc import JPEG, KycHarness, files
from trading.brokerage.models import KycStatus
from trading.kyc.documents import KEPT_UNUSED, MAX_UPLOADS
from trading.kyc.pictures import DocumentStatus, DocumentType, Side
from trading.platform.errors import Conflict, InvalidRequest, NotFound, Unavailable
from trading.platform.settings import settings

pytestmark = pytest.mark.usefixtures("aws")

LICENSE, FRONT = DocumentType.DRIVER_LICENSE, Side.FRONT


def down() -> None:
    raise Unavailable("down")


@pytest.fixture
def harness() -> KycHarness:
    return KycHarness()


def attach(harness: KycHarness, owner: str, upload_id: str) -> str:
    """Hand something in; return the code of what forbids it."""
    with pytest.raises(Conflict) as refused:
        harness.documents.attach(owner, upload_id, LICENSE, FRONT)
    return refused.value.code


def test_a_file_becomes_a_document_that_is_to_be_sent(harness: KycHarness) -> None:
    owner = harness.submitted()

    document = harness.attach(owner)

    assert document.status is DocumentStatus.PENDING
    assert harness.queue.owners == [owner]
    assert harness.record(owner).due_at == harness.clock.now() + timedelta(minutes=1)


def test_the_same_file_again_is_the_same_document(harness: KycHarness) -> None:
    owner = harness.submitted()
    upload_id = harness.upload(owner)

    documents = {harness.documents.attach(owner, upload_id, LICENSE, FRONT).document_id for _ in range(2)}
    harness.work()

    assert len(documents) == 1
    assert harness.broker.calls["upload_document"] == 1


@pytest.mark.parametrize("kind", [DocumentType.PASSPORT, DocumentType.VISA])
def test_what_has_one_side_has_no_back(harness: KycHarness, kind: DocumentType) -> None:
    owner = harness.submitted()

    with pytest.raises(InvalidRequest):
        harness.documents.attach(owner, harness.upload(owner), kind, Side.BACK)


def test_a_file_of_somebody_else_is_not_there(harness: KycHarness) -> None:
    mine, theirs = harness.submitted(), harness.submitted()
    upload_id = harness.upload(theirs)

    for absent in (upload_id, "0" * 32, ""):
        with pytest.raises(NotFound):
            harness.documents.attach(mine, absent, LICENSE, FRONT)
    with pytest.raises(NotFound):
        harness.documents.attach("nobody", upload_id, LICENSE, FRONT)


def test_a_document_needs_a_submission_first(harness: KycHarness) -> None:
    owner = harness.person()

    assert attach(harness, owner, harness.upload(owner)) == "kyc_not_submitted"


def test_a_file_must_have_been_put_there(harness: KycHarness) -> None:
    owner = harness.submitted()
    upload, _ = harness.documents.begin(owner, "image/jpeg", 10)

    assert attach(harness, owner, upload.upload_id) == "upload_missing"


@pytest.mark.parametrize(
    ("content_type", "announced", "content"),
    [
        ("image/jpeg", len(JPEG), JPEG + b"more"),
        ("image/jpeg", len(JPEG), JPEG[:-1]),
        ("image/png", len(JPEG), JPEG),
        ("application/pdf", 9, b"#!/bin/sh"),
        ("image/jpeg", 2, JPEG[:2]),
    ],
)
def test_a_file_must_be_what_was_announced(
    harness: KycHarness, content_type: str, announced: int, content: bytes
) -> None:
    owner = harness.submitted()
    upload, _ = harness.documents.begin(owner, content_type, announced)
    boto3.client("s3").put_object(Bucket=settings().documents_bucket, Key=upload.key, Body=content)

    with pytest.raises(InvalidRequest):
        harness.documents.attach(owner, upload.upload_id, LICENSE, FRONT)


@pytest.mark.parametrize(
    ("content_type", "content"),
    [("image/png", b"\x89PNG\r\n\x1a\n."), ("application/pdf", b"%PDF-1.7"), ("image/jpeg", JPEG)],
)
def test_pictures_and_pdfs_are_taken(harness: KycHarness, content_type: str, content: bytes) -> None:
    owner = harness.submitted()

    document = harness.documents.attach(owner, harness.upload(owner, content, content_type), LICENSE, Side.BACK)
    harness.work()

    assert harness.broker.documents[document.attempt_id].content == content


def test_no_documents_are_taken_after_an_approval(harness: KycHarness) -> None:
    owner = harness.submitted()
    upload_id = harness.upload(owner)
    harness.decide(owner, KycStatus.APPROVED)
    harness.decisions.refresh(owner)

    with pytest.raises(NotFound):
        harness.documents.attach(owner, upload_id, LICENSE, FRONT)
    with pytest.raises(Conflict) as refused:
        harness.documents.begin(owner, "image/jpeg", 10)
    assert refused.value.code == "kyc_locked"


def test_uploads_are_limited_but_those_that_nothing_came_of_make_room_in_a_day(harness: KycHarness) -> None:
    owner = harness.submitted()
    document = harness.attach(owner)
    for _ in range(MAX_UPLOADS - 1):
        harness.documents.begin(owner, "image/jpeg", 10)
    with pytest.raises(Conflict) as refused:
        harness.documents.begin(owner, "image/jpeg", 10)
    assert refused.value.code == "too_many_uploads"

    harness.clock.pass_by(KEPT_UNUSED)
    upload, _ = harness.documents.begin(owner, "image/jpeg", 10)

    record = harness.record(owner)
    assert set(record.uploads) == {document.upload.upload_id, upload.upload_id}
    assert len(record.to_erase) == MAX_UPLOADS - 1


def fill_a_round(harness: KycHarness, owner: str) -> None:
    """Hand in as many documents as a round takes."""
    for _ in range(MAX_UPLOADS):
        harness.attach(owner)
    harness.work()
    with pytest.raises(Conflict) as refused:
        harness.documents.begin(owner, "image/jpeg", 10)
    assert refused.value.code == "too_many_uploads"


@pytest.mark.parametrize("way", ["a decision", "a submission"])
def test_the_limit_of_uploads_counts_for_each_round_of_review(harness: KycHarness, way: str) -> None:
    owner = harness.submitted()
    harness.decide(owner, KycStatus.DOC_REQUIRED, "POOR_PHOTO_QUALITY")
    harness.decisions.refresh(owner, "event-1")
    fill_a_round(harness, owner)

    harness.clock.pass_by(timedelta(seconds=1))
    if way == "a decision":
        harness.decide(owner, KycStatus.DOC_REQUIRED, "EXPIRED_DOCUMENT")
        harness.decisions.refresh(owner, "event-2")
    else:
        harness.forms.submit(owner)
        harness.work()
    fill_a_round(harness, owner)

    record = harness.record(owner)
    assert (len(record.documents), len(record.uploads)) == (MAX_UPLOADS, MAX_UPLOADS)
    assert len(harness.broker.documents) == 2 * MAX_UPLOADS
    harness.decide(owner, KycStatus.APPROVED)
    harness.decisions.refresh(owner, "event-3")
    harness.decisions.settle(owner)
    assert files() == []


def test_a_document_that_was_not_sent_outlives_its_round(harness: KycHarness) -> None:
    owner = harness.submitted()
    harness.broker.before["upload_document"] = down
    document = harness.attach(owner)
    harness.work()
    harness.decide(owner, KycStatus.DOC_REQUIRED)
    harness.decisions.refresh(owner, "event-1")
    harness.broker.before.clear()

    harness.documents.begin(owner, "image/jpeg", 10)
    harness.resolve(owner, timedelta(minutes=20))

    assert set(harness.broker.documents) == {document.attempt_id}
