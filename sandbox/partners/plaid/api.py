"""Plaid's API over HTTP, with its faults: what the SDK asks for."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.failing import failing
from sandbox.partners.plaid.simulator import PlaidSimulator
from sandbox.partners.plaid.state import PlaidError
from sandbox.partners.plaid.webhooks import KEY_ID, WebhookSigner
from sandbox.partners.plaid.wire import account_json, item_json

MOUNTED_AT = "/sandbox/partners/plaid"
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a call takes effect all the same."""

Body = Mapping[str, Any]


class PlaidApi:
    """The calls that Tiller makes."""

    def __init__(self, simulator: PlaidSimulator, signer: WebhookSigner, faults: Faults) -> None:
        self._plaid, self._signer, self._faults = simulator, signer, faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        table: list[tuple[str, str, Callable[[Body], dict[str, Any]]]] = [
            ("link/token/create", "link_token", self._link_token),
            ("item/public_token/exchange", "exchange", self._exchange),
            ("item/get", "item", lambda body: {"item": item_json(self._plaid.item_of(body.get("access_token")))}),
            ("institutions/get_by_id", "institution", self._institution),
            ("accounts/get", "accounts", self._accounts),
            ("accounts/balance/get", "balance", self._balances),
            ("processor/token/create", "processor_token", self._processor_token),
            ("item/remove", "remove", self._remove),
            ("webhook_verification_key/get", "key", self._key),
        ]
        return [
            Route(f"{MOUNTED_AT}/{path}", self._endpoint(operation, act), methods=["POST"])
            for path, operation, act in table
        ]

    def _endpoint(
        self, operation: str, act: Callable[[Body], dict[str, Any]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            fault = self._faults.take("plaid", operation)
            if fault not in ACTS:
                return await failing(JSONResponse({}), fault)
            return await failing(_answer(request, await request.body(), act), fault)

        return endpoint

    def _link_token(self, body: Body) -> dict[str, Any]:
        if "access_token" in body:
            self._plaid.item_of(body["access_token"])
        elif body.get("products") != ["auth"]:
            raise PlaidError("INVALID_INPUT", "INVALID_PRODUCT", "products must be given")
        expiration = (datetime.now(UTC) + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"link_token": f"link-sandbox-{uuid4()}", "expiration": expiration}

    def _exchange(self, body: Body) -> dict[str, Any]:
        item = self._plaid.exchange(str(body.get("public_token")))
        return {"access_token": item.access_token, "item_id": item.item_id}

    def _institution(self, body: Body) -> dict[str, Any]:
        shown = {"institution_id": body.get("institution_id"), "country_codes": ["US"]}
        return {"institution": {**shown, "name": self._plaid.institution(shown["institution_id"])}}

    def _accounts(self, body: Body) -> dict[str, Any]:
        item = self._plaid.item_of(body.get("access_token"))
        return {"accounts": [account_json(account, item) for account in item.shown], "item": item_json(item)}

    def _balances(self, body: Body) -> dict[str, Any]:
        item, accounts = self._plaid.balances(body.get("access_token"), body.get("options") or {})
        return {"accounts": [account_json(account, item) for account in accounts], "item": item_json(item)}

    def _processor_token(self, body: Body) -> dict[str, Any]:
        if body.get("processor") != "drivewealth":
            raise PlaidError("INVALID_INPUT", "INVALID_FIELD", "processor is not enabled")
        return {"processor_token": self._plaid.processor_token(body.get("access_token"), body.get("account_id"))}

    def _remove(self, body: Body) -> dict[str, Any]:
        self._plaid.remove(body.get("access_token"))
        return {}

    def _key(self, body: Body) -> dict[str, Any]:
        if body.get("key_id") != KEY_ID:
            raise PlaidError("INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID", "no such key")
        return {"key": self._signer.public_key()}


def _answer(request: Request, raw: bytes, act: Callable[[Body], dict[str, Any]]) -> Response:
    request_id = uuid4().hex[:15]
    try:
        _require_keys(request)
        return JSONResponse({**act(_body(raw)), "request_id": request_id})
    except PlaidError as error:
        refusal = {"error_type": error.kind, "error_code": error.code, "error_message": str(error)}
        return JSONResponse({**refusal, "display_message": None, "request_id": request_id}, 400)


def _require_keys(request: Request) -> None:
    if not (request.headers.get("plaid-client-id") and request.headers.get("plaid-secret")):
        raise PlaidError("INVALID_INPUT", "INVALID_API_KEYS", "invalid client_id or secret provided")


def _body(raw: bytes) -> Body:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("options") or {}, dict):
        raise PlaidError("INVALID_REQUEST", "INVALID_BODY", "body could not be parsed as JSON")
    return body
