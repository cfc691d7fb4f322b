"""How the simulated FCM and its token endpoint answer when they do not do what they are asked."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
RETRY_AFTER_SECONDS = 120


class SendAnswer(StrEnum):
    """What a token is answered with, other than that its message was sent."""

    UNREGISTERED = "unregistered"
    SENDER_ID_MISMATCH = "sender_id_mismatch"
    MALFORMED = "malformed"
    INVALID_PAYLOAD = "invalid_payload"
    THIRD_PARTY_AUTH_ERROR = "third_party_auth_error"
    QUOTA_EXCEEDED = "quota_exceeded"
    UNAVAILABLE = "unavailable"
    HTML = "html"
    HANG = "hang"


class AccessAnswer(StrEnum):
    """What whoever asks for an access token is answered, other than one."""

    REVOKED = "revoked"
    HTML = "html"
    UNAVAILABLE = "unavailable"
    ABSENT = "absent"
    NULL = "null"
    ODD_EXPIRY = "odd_expiry"
    LIST = "list"
    NOT_JSON = "not_json"


def error(status: int, name: str, *details: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as Google's APIs shape it."""
    shown = {"code": status, "status": name, "message": name, "details": list(details)}
    return JSONResponse({"error": shown}, status, headers)


def _fcm(code: str) -> Mapping[str, Any]:
    return {"@type": FCM_ERROR, "errorCode": code}


def _bad_field(field: str) -> Mapping[str, Any]:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": "Invalid value"}]}


def _html(status: int) -> Response:
    text = "<html><body>Der Dienst ist nicht verfügbar.</body></html>".encode("latin-1")
    return HTMLResponse(text, status, {"Retry-After": str(RETRY_AFTER_SECONDS)})


_LATER = {"Retry-After": str(RETRY_AFTER_SECONDS)}
SENDS: Mapping[SendAnswer, Callable[[], Response]] = {
    SendAnswer.UNREGISTERED: lambda: error(404, "NOT_FOUND", _fcm("UNREGISTERED")),
    SendAnswer.SENDER_ID_MISMATCH: lambda: error(403, "PERMISSION_DENIED", _fcm("SENDER_ID_MISMATCH")),
    SendAnswer.MALFORMED: lambda: error(400, "INVALID_ARGUMENT", _fcm("INVALID_ARGUMENT"), _bad_field("message.token")),
    SendAnswer.INVALID_PAYLOAD: lambda: error(400, "INVALID_ARGUMENT", _bad_field("message.data[0].value")),
    SendAnswer.THIRD_PARTY_AUTH_ERROR: lambda: error(401, "UNAUTHENTICATED", _fcm("THIRD_PARTY_AUTH_ERROR")),
    SendAnswer.QUOTA_EXCEEDED: lambda: error(429, "RESOURCE_EXHAUSTED", _fcm("QUOTA_EXCEEDED"), headers=_LATER),
    SendAnswer.UNAVAILABLE: lambda: error(503, "UNAVAILABLE", _fcm("UNAVAILABLE"), headers=_LATER),
    SendAnswer.HTML: lambda: _html(503),
}

ACCESSES: Mapping[AccessAnswer, Callable[[], Response]] = {
    AccessAnswer.REVOKED: lambda: JSONResponse({"error": "invalid_grant", "error_description": "revoked"}, 400),
    AccessAnswer.HTML: lambda: _html(503),
    AccessAnswer.UNAVAILABLE: lambda: JSONResponse({"error": "server_error"}, 503, _LATER),
    AccessAnswer.ABSENT: lambda: JSONResponse({"expires_in": 3600}),
    AccessAnswer.NULL: lambda: JSONResponse({"access_token": None, "expires_in": 3600}),
    AccessAnswer.ODD_EXPIRY: lambda: JSONResponse({"access_token": "sandbox", "expires_in": "an hour"}),
    AccessAnswer.LIST: lambda: JSONResponse([]),
    AccessAnswer.NOT_JSON: lambda: Response("{not json", media_type="application/json"),
}
