"""Firebase Cloud Messaging (HTTP v1): messages of `firebase-admin`, sent with Google's own session.

The SDK's way to send would wait two minutes, send again after a broken connection and hide which part
of a request was refused; so the answer is judged here.

    404 UNREGISTERED, 403 SENDER_ID_MISMATCH, 400 about the token   the device is reached no more
    400 else                                                         our message is wrong
    401, 403, 404 else                                               our rights are wrong: later
    429, 500, 503                                                    later, as Retry-After asks
    nothing, or another answer                                       nobody knows
"""

import json
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import requests
import urllib3
from firebase_admin import messaging  # type: ignore[import-untyped]
from google.auth.transport.requests import AuthorizedSession

from trading.notifications.ports import Gone
from trading.partners.firebase.access import authorized_session, require_access, seconds_asked_for
from trading.partners.limits import FIREBASE
from trading.platform.deadline import require_seconds
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.observability import count
from trading.platform.secrets import PartnerKeys, is_text
from trading.platform.settings import settings

TIMEOUTS = (FIREBASE.connect_seconds, FIREBASE.read_seconds)
"""Seconds to connect and to wait for an answer."""
NOT_NOW, LOST, NO = "Pushes cannot be sent at present.", "A push's answer got lost.", "A push was refused."

UNREGISTERED, SENDER_ID_MISMATCH, INVALID_ARGUMENT = "UNREGISTERED", "SENDER_ID_MISMATCH", "INVALID_ARGUMENT"
FCM_ERROR, BAD_REQUEST = "google.firebase.fcm.v1.FcmError", "google.rpc.BadRequest"
ADDRESSEE = "message.token"
_OK, _BAD, _UNAUTHENTICATED, _TOO_LARGE, _TOO_MANY = 200, 400, 401, 413, 429
_RIGHTS, _LATER = frozenset({_UNAUTHENTICATED, 403, 404}), frozenset({_TOO_MANY, 500, 503})
_STRANGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)

Access = tuple[str, str, AuthorizedSession]


class Firebase:
    """Sends pushes; `account` returns a service account as JSON and is asked anew with every push."""

    def __init__(self, account: Callable[[], str], url: str, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self._account, self._url, self._timeouts = account, url, timeouts
        self._known: Access | None = None

    def connect(self) -> None:
        """Make sure that pushes can be sent. Raises Unavailable."""
        _, session = self._session()
        require_access(session)

    def push(self, token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> str:
        """Send a push; return its id.

        Raises:
            Gone: if the token reaches nobody any more.
            Unavailable: if it certainly was not sent.
            Refused: if our message is wrong.
            OutcomeUnknown: if it may have been sent.
        """
        require_seconds(FIREBASE.connect_seconds + FIREBASE.read_seconds)  # access was asked for before
        message = {"message": _message(token, title, body, data=data, badge=badge)}
        project, session = self._session()
        try:
            answer = session.post(
                f"{self._url}/v1/projects/{project}/messages:send",
                json=message,
                timeout=self._timeouts,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise (Unavailable(NOT_NOW) if _never_left(error) else OutcomeUnknown(LOST)) from None
        if answer.status_code == _OK:
            return _name(answer)
        if answer.status_code == _UNAUTHENTICATED:
            session.credentials.token = None
        raise _judged(answer)

    def _session(self) -> tuple[str, AuthorizedSession]:
        try:
            text = self._account()
            if self._known is None or self._known[0] != text:
                account = json.loads(text)
                self._known = text, str(account["project_id"]), authorized_session(account)
        except (*_STRANGE, Unavailable):  # a secret without a service account, or one that is none: our fault
            count("DomainEvents", dimensions={"type": "push_rights_refused"})
            raise Unavailable(NOT_NOW) from None
        return self._known[1:]


@cache
def firebase() -> Firebase:
    """Return the process's client of Firebase; its secret holds a service account."""
    configured = settings()
    keys = PartnerKeys("firebase", configured.firebase_secret, {"service_account": is_text})
    return Firebase(lambda: keys()["service_account"], configured.firebase_url)


def _judged(answer: requests.Response) -> Exception:
    error = _error(answer)
    if _is_about_token(error):
        return Gone()
    if answer.status_code in _LATER:
        return Unavailable(NOT_NOW, retry_after_seconds=seconds_asked_for(answer.headers))
    if answer.status_code in _RIGHTS:
        count("DomainEvents", dimensions={"type": "push_rights_refused"})
        return Unavailable(NOT_NOW, retry_after_seconds=seconds_asked_for(answer.headers))
    if answer.status_code in {_BAD, _TOO_LARGE}:
        return Refused(NO)
    return OutcomeUnknown(LOST)


def _is_about_token(error: Mapping[str, Any]) -> bool:
    """Say whether an error names the token: malformed, of another project, or reaching nobody."""
    details = [detail for detail in error.get("details") or () if isinstance(detail, Mapping)]
    codes = {str(detail.get("errorCode")) for detail in details if _is_of(detail, FCM_ERROR)}
    if codes & {UNREGISTERED, SENDER_ID_MISMATCH}:
        return True
    violations = [violation for detail in details if _is_of(detail, BAD_REQUEST) for violation in _violations(detail)]
    return set(violations) == {ADDRESSEE} or (INVALID_ARGUMENT in codes and not violations)


def _violations(detail: Mapping[str, Any]) -> list[str]:
    violations = detail.get("fieldViolations")
    return [str(violation.get("field")) if isinstance(violation, Mapping) else "" for violation in violations or [{}]]


def _is_of(detail: Mapping[str, Any], kind: str) -> bool:
    return str(detail.get("@type")).endswith(kind)


def _error(answer: requests.Response) -> Mapping[str, Any]:
    try:
        error = answer.json()["error"]
        return error if isinstance(error.get("details") or [], list) else {}
    except _STRANGE:
        return {}


def _name(answer: requests.Response) -> str:
    """Return the id of a message that was taken; without one, it was most likely taken all the same."""
    try:
        return str(answer.json()["name"])
    except _STRANGE:
        raise OutcomeUnknown(LOST) from None


def _never_left(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _message(token: str, title: str, body: str, *, data: Mapping[str, str], badge: int) -> Any:  # noqa: ANN401 - JSON
    """Return a message as FCM takes it. Raises Refused for one that the SDK itself finds wrong."""
    with warnings.catch_warnings():
        # The SDK would rather be given installation ids; what apps hand in are registration tokens.
        warnings.simplefilter("ignore", DeprecationWarning)
        message = messaging.Message(
            token=token,
            notification=messaging.Notification(title=title, body=body),
            data=dict(data),
            apns=messaging.APNSConfig(payload=messaging.APNSPayload(aps=messaging.Aps(badge=badge))),
            android=messaging.AndroidConfig(notification=messaging.AndroidNotification(notification_count=badge)),
        )
        try:
            return json.loads(str(message))
        except ValueError:
            raise Refused(NO) from None
