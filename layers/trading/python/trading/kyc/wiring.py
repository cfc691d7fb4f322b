"""Builds the services of identity checks, for one invocation. Only two of them call the broker."""

from trading.kyc.decisions import DecisionService
from trading.kyc.documents import DocumentService
from trading.kyc.messages import QueuedSubmissions
from trading.kyc.sender import SubmissionSender
from trading.kyc.service import FormService
from trading.kyc.store import DynamoKycStore, SealedTaxIds
from trading.kyc.uploads import BucketUploads
from trading.platform.clock import current_clock


def form_service() -> FormService:
    """Return the service of forms."""
    return FormService(
        store=DynamoKycStore(), tax_ids=SealedTaxIds(), submissions=QueuedSubmissions(), clock=current_clock()
    )


def document_service() -> DocumentService:
    """Return the service of documents."""
    return DocumentService(
        store=DynamoKycStore(), uploads=BucketUploads(), submissions=QueuedSubmissions(), clock=current_clock()
    )


def submission_sender() -> SubmissionSender:
    """Return the sender of forms and documents."""
    from trading.partners.drivewealth.wiring import drivewealth  # noqa: PLC0415 - forms are read without a partner

    return SubmissionSender(
        store=DynamoKycStore(),
        tax_ids=SealedTaxIds(),
        uploads=BucketUploads(),
        broker=drivewealth(),
        clock=current_clock(),
    )


def decision_service() -> DecisionService:
    """Return the service that follows the broker's decisions."""
    from trading.partners.drivewealth.wiring import drivewealth  # noqa: PLC0415 - forms are read without a partner

    return DecisionService(
        store=DynamoKycStore(),
        broker=drivewealth(),
        uploads=BucketUploads(),
        submissions=QueuedSubmissions(),
        clock=current_clock(),
    )
