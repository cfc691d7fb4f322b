"""POST /api/kyc/documents: hand in an uploaded file as an identity document."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from trading.kyc.pictures import DocumentType, Side
from trading.kyc.replies import DocumentReply
from trading.kyc.wiring import document_service
from trading.platform.fields import Request
from trading.platform.http import Caller, http_api

app = http_api()

DocumentTypeField = Literal[
    "DRIVER_LICENSE", "PASSPORT", "NATIONAL_ID_CARD", "VOTER_ID", "WORK_PERMIT", "VISA", "RESIDENCE_PERMIT"
]


class DocumentRequest(Request):
    """What the file shows."""

    upload_id: Annotated[str, StringConstraints(max_length=2000)]
    type: DocumentTypeField
    side: Literal["FRONT", "BACK"]


@app.post("/api/kyc/documents", status_code=201)
def attach_document(request: DocumentRequest, caller: Caller) -> DocumentReply:
    """Take the file and have it sent to the broker."""
    kind, side = DocumentType(request.type), Side(request.side)
    document = document_service().attach(caller, request.upload_id, kind, side)
    return DocumentReply(
        document_id=document.document_id, type=document.type, side=document.side, status=document.status
    )


lambda_handler = app.lambda_handler
