"""POST /api/kyc/documents/uploads: get an address to upload one file to."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from trading.kyc.documents import MAX_BYTES
from trading.kyc.replies import UploadReply
from trading.kyc.wiring import document_service
from trading.platform.clock import SystemClock
from trading.platform.fields import Request
from trading.platform.http import Caller, http_api

app = http_api()


class UploadRequest(Request):
    """The file that is to come."""

    content_type: Literal["image/jpeg", "image/png", "application/pdf"]
    content_length: Annotated[int, Field(ge=1, le=MAX_BYTES)]


@app.post("/api/kyc/documents/uploads", status_code=201)
def create_document_upload(request: UploadRequest, caller: Caller) -> UploadReply:
    """Make room for one file of the announced type and size."""
    upload, ticket = document_service().begin(caller, request.content_type, request.content_length)
    return UploadReply(
        upload_id=upload.upload_id,
        url=ticket.url,
        headers=dict(ticket.headers),
        max_bytes=MAX_BYTES,
        expires_at=SystemClock().now() + timedelta(seconds=ticket.seconds),
    )


lambda_handler = app.lambda_handler
