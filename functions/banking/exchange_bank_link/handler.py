"""POST /api/bank-links/exchange: finish a sign-in at a bank: keep the link that it made."""

from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

from trading.banking.replies import BankLinkReply, LinkedAccountReply
from trading.banking.wiring import link_service, renewal_service
from trading.platform.clock import SystemClock
from trading.platform.fields import Request
from trading.platform.http import RecentlySignedIn, http_api

app = http_api()

PATIENCE = timedelta(seconds=5)
"""How long a sign-in may have taken for its accounts to be registered anew at once, and not by the resolver."""


class ExchangeRequest(Request):
    """What the app got from the sign-in, and the link that it renews."""

    public_token: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[\x21-\x7e]+$")]
    bank_link_id: Annotated[str, StringConstraints(max_length=2000)] | None = None


@app.post("/api/bank-links/exchange", status_code=201)
def exchange_bank_link(request: ExchangeRequest, caller: RecentlySignedIn) -> BankLinkReply:
    """Keep a new link, or renew one of the caller's own."""
    began_at = SystemClock().now()
    link, accounts = link_service().exchange(caller, request.public_token, link_id=request.bank_link_id)
    if request.bank_link_id is not None and SystemClock().now() - began_at < PATIENCE:
        renewal_service().renew_all(caller, link.link_id)
    return BankLinkReply(
        bank_link_id=link.link_id,
        institution_name=link.institution_name,
        accounts=[LinkedAccountReply.of(account) for account in accounts],
    )


lambda_handler = app.lambda_handler
