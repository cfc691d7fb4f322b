"""POST /api/bank-links: begin a sign-in at a bank, for a new link or for one that needs it again."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import StringConstraints

from trading.banking.replies import LinkTokenReply
from trading.banking.wiring import link_service
from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.fields import Request
from trading.platform.http import RecentlySignedIn, http_api
from trading.platform.settings import settings

app = http_api()

LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class BankLinkRequest(Request):
    """Where the bank's own app returns to, and the link to renew."""

    redirect_uri: Annotated[str, StringConstraints(max_length=500)] | None = None
    bank_link_id: Annotated[str, StringConstraints(max_length=2000)] | None = None


@app.post("/api/bank-links", status_code=201)
def create_bank_link(request: BankLinkRequest, caller: RecentlySignedIn) -> LinkTokenReply:
    """Begin a sign-in at a bank."""
    _require_allowed(request.redirect_uri)
    made = link_service().begin(caller, redirect_uri=request.redirect_uri, link_id=request.bank_link_id)
    return LinkTokenReply(link_token=made.token, expiration=made.expiration)


def _require_allowed(uri: str | None) -> None:
    if uri is None:
        return
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if host not in settings().redirect_hosts or not is_safe or parts.username is not None:
        raise InvalidRequest(problems=(FieldProblem("redirect_uri", "is no address that apps may return to"),))


lambda_handler = app.lambda_handler
