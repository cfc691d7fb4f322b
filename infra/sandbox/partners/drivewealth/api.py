"""The broker's API over HTTP, with its faults: what Tiller's client asks for."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.faults import Fault, Faults
from infra.sandbox.partners.drivewealth import wire
from infra.sandbox.partners.drivewealth.broker import Broker
from infra.sandbox.partners.drivewealth.outcomes import BrokerError
from infra.sandbox.partners.failing import failing

MOUNTED_AT = "/sandbox/partners/drivewealth/back-office"
SESSION_LASTS = timedelta(hours=1)
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a call takes effect all the same."""

Ids = Mapping[str, str]
Body = Mapping[str, Any]
Act = Callable[[Ids, Body], Any]


@dataclass(frozen=True)
class Call:
    """One call of the API: the operation that faults name, where there is one, and what it does."""

    method: str
    path: str
    operation: str
    act: Act


class DriveWealthApi:
    """The calls that Tiller makes."""

    def __init__(self, broker: Broker, faults: Faults) -> None:
        self._broker, self._faults = broker, faults
        self._sessions: dict[str, datetime] = {}

    def routes(self) -> list[Route]:
        """Return the routes."""
        broker = self._broker
        calls = [
            Call("POST", "/users", "create_user", lambda _, body: broker.create_user(body)),
            Call("PATCH", "/users/{id}", "update_user", lambda ids, body: broker.update_user(ids["id"], body)),
            Call("GET", "/users/{id}", "get_user", lambda ids, _: wire.user(broker.user(ids["id"]))),
            Call("GET", "/users/{id}/kyc-status", "get_status", lambda ids, _: wire.kyc(broker.user(ids["id"]))),
            Call("GET", "/users/{id}/accounts", "get_status", lambda ids, _: self._accounts(ids["id"])),
            Call("GET", "/users/{id}/bank-accounts", "list", lambda ids, _: self._bank_accounts(ids["id"])),
            Call("GET", "/users/{id}/documents", "list", lambda ids, _: self._documents(ids["id"])),
            Call("GET", "/users/{id}/funding/{kind}", "list", lambda ids, _: self._payments(ids)),
            Call("POST", "/documents", "create_document", lambda _, body: self._document(body)),
            Call("POST", "/accounts", "create_account", lambda _, body: broker.open_account(body)),
            Call("GET", "/accounts/{id}", "get_status", lambda ids, _: wire.account(broker.account(ids["id"]))),
            Call("GET", "/accounts/{id}/summary/money", "money", lambda ids, _: self._summary(wire.money, ids)),
            Call("GET", "/accounts/{id}/summary/positions", "list", lambda ids, _: self._summary(wire.positions, ids)),
            Call("POST", "/bank-accounts", "create_bank_account", lambda _, body: broker.add_bank_account(body)),
            Call("DELETE", "/bank-accounts/{id}", "delete", lambda ids, _: broker.delete_bank_account(ids["id"])),
            Call("POST", "/funding/deposits", "create_deposit", lambda _, body: broker.pay("DEPOSIT", body)),
            Call("POST", "/funding/redemptions", "create_redemption", lambda _, body: broker.pay("REDEMPTION", body)),
            Call("GET", "/funding/{kind}/{id}", "get_status", lambda ids, _: self._payment(ids)),
            Call("PATCH", "/funding/redemptions/{id}", "approve", lambda ids, body: broker.approve(ids["id"], body)),
            Call("GET", "/instruments/{id}", "list", lambda ids, _: _instrument(ids["id"])),
        ]
        login = Route(f"{MOUNTED_AT}/auth", self._log_in, methods=["POST"])
        return [login, *(Route(MOUNTED_AT + each.path, self._endpoint(each), methods=[each.method]) for each in calls)]

    async def _log_in(self, request: Request) -> Response:
        body = json.loads(await request.body() or b"{}")
        if not (body.get("username") and body.get("password")):
            return _refused(BrokerError(401, "L001", "Login failed"))
        token, until = f"session.{uuid4().hex}", datetime.now(UTC) + SESSION_LASTS
        self._sessions[token] = until
        return JSONResponse({"authToken": token, "expiresAt": wire.when(until)})

    def _endpoint(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if self._sessions.get(request.headers.get("dw-auth-token", ""), datetime.min.replace(tzinfo=UTC)) < (
                datetime.now(UTC)
            ):
                return _refused(BrokerError(401, "L025", "auth token expired"))
            fault = self._faults.take("drivewealth", call.operation)
            if fault not in ACTS:
                return await failing(JSONResponse({}), fault)
            raw, key = await request.body(), request.headers.get("idempotency-key")
            answer = await run_in_threadpool(self._answer, call, dict(request.path_params), raw, key)
            return await failing(answer, fault)

        return endpoint

    def _answer(self, call: Call, ids: Ids, raw: bytes, key: str | None) -> Response:
        broker = self._broker
        with broker.lock:
            try:
                body = json.loads(raw or b"{}", parse_float=Decimal)
                if call.method == "POST":
                    told = broker.once(call.operation, key, body, lambda: call.act(ids, body))
                else:
                    told = call.act(ids, body)
            except BrokerError as error:
                return _refused(error)
            except ValueError:
                return _refused(BrokerError(400, "E400", "the body is malformed"))
            if call.method != "GET":
                broker.state.keep(broker.file)
        return JSONResponse(told)

    def _accounts(self, user_id: str) -> list[dict[str, Any]]:
        self._broker.user(user_id)
        return [wire.account(each) for each in self._broker.state.accounts.values() if each.user_id == user_id]

    def _bank_accounts(self, user_id: str) -> list[dict[str, Any]]:
        user = self._broker.user(user_id)
        banks = self._broker.state.bank_accounts.values()
        return [wire.bank_account(each, user) for each in banks if each.user_id == user_id and not each.is_deleted]

    def _documents(self, user_id: str) -> list[dict[str, Any]]:
        self._broker.user(user_id)
        return [_document(each) for each in self._broker.state.documents if each["user_id"] == user_id]

    def _document(self, body: Body) -> dict[str, Any]:
        user = self._broker.user(str(body.get("userID")))
        if not str(body.get("document", "")).startswith("data:"):
            raise BrokerError(400, "E400", "document must be a data URL")
        told = {name: str(body.get(name)) for name in ("type", "side")}
        kept = {"document_id": f"document_{uuid4()}", "user_id": user.user_id, **told}
        self._broker.state.documents.append(kept)
        return _document(kept)

    def _payments(self, ids: Ids) -> list[dict[str, Any]]:
        self._broker.user(ids["id"])
        payments = (each for each in self._broker.state.payments.values() if each.category == _category(ids))
        accounts = self._broker.state.accounts
        mine = (each for each in payments if accounts[each.account_id].user_id == ids["id"])
        return [wire.payment(each, accounts[each.account_id]) for each in mine]

    def _payment(self, ids: Ids) -> dict[str, Any]:
        payment = self._broker.payment(ids["id"], _category(ids))
        return wire.payment(payment, self._broker.state.accounts[payment.account_id])

    def _summary(self, show: Callable[..., dict[str, Any]], ids: Ids) -> dict[str, Any]:
        return show(self._broker.account(ids["id"]), self._broker.now())


def _category(ids: Ids) -> str:
    return {"deposits": "DEPOSIT", "redemptions": "REDEMPTION"}.get(ids["kind"], "")


def _document(kept: Mapping[str, str]) -> dict[str, Any]:
    status = {"name": "PENDING", "description": "Document is being looked at"}
    return {"documentID": kept["document_id"], "userID": kept["user_id"], "type": kept["type"], "status": status}


def _instrument(symbol: str) -> dict[str, Any]:
    raise BrokerError(404, "I050", "Instrument not found")


def _refused(error: BrokerError) -> Response:
    return JSONResponse({"errorCode": error.code, "message": str(error)}, error.status)
