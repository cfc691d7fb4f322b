"""Access to Google with a service account: an access token, asked for in bounded time.

Google's own library raises what it meets (its own errors, and whatever an odd answer of the token
endpoint leads to), waits two minutes for an answer and tries again by itself. All of that is before
anything was sent, so here it is `Unavailable`, within seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from google.auth import exceptions as google_exceptions
from google.auth import transport
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials

from trading.partners.sessions import partner_session
from trading.platform.errors import Unavailable

SCOPES = ("https://www.googleapis.com/auth/firebase.messaging",)
TOKEN_SECONDS = 4
NO_ACCESS = "Pushes cannot be sent at present: no access token was given."
_WRONG = (
    google_exceptions.GoogleAuthError,
    requests.RequestException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
)
_OK, MAX_RETRY_AFTER_SECONDS = 200, 3600


@dataclass
class _OneRequest:
    """Asks the token endpoint once; what is asked for again is not to be had, and it says how long to wait."""

    send: Request
    asked: bool = False
    retry_after_seconds: int | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> transport.Response:  # noqa: ANN401 - Google's own types
        if self.asked:
            raise google_exceptions.TransportError("asked once")  # type: ignore[no-untyped-call]
        self.asked = True
        answer: transport.Response = self.send(*args, **{**kwargs, "timeout": TOKEN_SECONDS})
        if answer.status != _OK:
            self.retry_after_seconds = seconds_asked_for(answer.headers)
        return answer


class ServiceAccount(Credentials):
    """A service account's rights."""

    def refresh(self, request: object) -> None:
        """Ask for an access token.

        Raises:
            Unavailable: whatever goes wrong, since what the token was wanted for has not happened.
        """
        del request  # the session's own one tries again behind our back
        once = _OneRequest(Request(partner_session()))
        try:
            super().refresh(once)  # type: ignore[no-untyped-call]
            _require_token(self.token)
        except _WRONG:
            self.token = None
            raise Unavailable(NO_ACCESS, retry_after_seconds=once.retry_after_seconds) from None


def authorized_session(account: Mapping[str, str]) -> AuthorizedSession:
    """Return a session whose requests carry an access token of a service account; it sends nothing twice.

    Raises:
        Unavailable: if the account's key cannot be read: nothing can be sent with it.
    """
    try:
        credentials = ServiceAccount.from_service_account_info(dict(account), scopes=SCOPES)  # type: ignore[no-untyped-call]
    except _WRONG:
        raise Unavailable(NO_ACCESS) from None
    session = AuthorizedSession(credentials, refresh_status_codes=())  # type: ignore[no-untyped-call]
    for scheme in ("https://", "http://"):
        session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=0))
    return session


def require_access(session: AuthorizedSession) -> None:
    """Ask for an access token unless a session has one that is good. Raises Unavailable."""
    if not session.credentials.valid:
        session.credentials.refresh(None)


def seconds_asked_for(headers: Mapping[str, str]) -> int | None:
    """Return how long an answer asks to be left alone, up to an hour; None where it does not say so readably."""
    text = str(headers.get("Retry-After", ""))
    return min(int(text), MAX_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else None


def _require_token(token: object) -> None:
    if not (isinstance(token, str) and token and token.isascii() and token.isprintable()):
        raise TypeError("not a token")
