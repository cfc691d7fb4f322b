"""The broker's API over HTTP, with its faults: what Tiller's client asks for."""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault, Faults
from sandbox.partners.drivewealth.accounts.wire import account_json, bank_account_json, cash_json
from sandbox.partners.drivewealth.calls import BASE, MOUNTED_AT, Act, Body, Call, Ids
from sandbox.partners.drivewealth.managed.api import DOCUMENTS_AT, ManagedApi
from sandbox.partners.drivewealth.managed.instruments import instrument
from sandbox.partners.drivewealth.managed.statuses import positions
from sandbox.partners.drivewealth.money.wire import payment_json
from sandbox.partners.drivewealth.people.wire import kyc_json, picture_json, user_json
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.drivewealth.state import BrokerError, malformed
from sandbox.partners.drivewealth.wire import when
from sandbox.partners.failing import failing
from trading.platform.clock import Clock, SystemClock

SESSION_LASTS = timedelta(hours=1)
ACTS = frozenset({None, Fault.DROP_AFTER, Fault.SLOW, Fault.MALFORMED})
"""The faults under which a call takes effect all the same; under the others nothing happens."""

CATEGORIES = {"deposits": "DEPOSIT", "redemptions": "REDEMPTION"}


class DriveWealthApi:
    """The calls that Tiller makes. Sessions are of the real world's time, and end with the process."""

    def __init__(self, broker: DriveWealthSimulator, faults: Faults, clock: Clock | None = None) -> None:
        self._broker, self._faults, self._clock = broker, faults, clock or SystemClock()
        self._sessions: dict[str, datetime] = {}
        self._managed = ManagedApi(broker, faults)

    def routes(self) -> list[Route]:
        """Return the routes."""
        own = [*self._calls_about_people(), *self._calls_about_accounts(), *self._calls_about_money()]
        calls = [*own, *self._managed.calls()]
        login = Route(f"{MOUNTED_AT}/auth", self._log_in, methods=["POST"])
        documents = Route(f"{DOCUMENTS_AT}/{{run_id}}/{{name}}.json", self._managed.document)
        return [
            login,
            documents,
            *(Route(MOUNTED_AT + call.path, self._endpoint(call), methods=[call.method]) for call in calls),
        ]

    def _calls_about_people(self) -> Iterator[Call]:
        broker, state = self._broker, self._broker.state
        yield Call("POST", "/users", "create_user", lambda _, body: broker.people.create(body))
        yield Call("PATCH", "/users/{id}", "update_user", lambda ids, body: broker.people.update(ids["id"], body))
        yield Call("GET", "/users/{id}", "get_user", lambda ids, _: user_json(state.user(ids["id"])))
        yield Call("GET", "/users/{id}/kyc-status", "get_status", lambda ids, _: kyc_json(state.user(ids["id"])))
        yield Call("POST", "/documents", "create_document", lambda _, body: broker.people.add_picture(body))
        yield Call("GET", "/users/{id}/documents", "list_documents", self._documents)

    def _calls_about_accounts(self) -> Iterator[Call]:
        broker = self._broker
        yield Call("POST", "/accounts", "create_account", lambda _, body: broker.accounts.open(body))
        yield Call("GET", "/accounts/{id}", "get_status", self._account)
        yield Call("GET", "/users/{id}/accounts", "get_status", self._accounts)
        yield Call("GET", "/accounts/{id}/summary/money", "get_money", self._money)
        yield Call("GET", "/accounts/{id}/summary/positions", "get_positions", self._positions)
        yield Call(
            "POST", "/bank-accounts", "create_bank_account", lambda _, body: broker.accounts.add_bank_account(body)
        )
        yield Call(
            "DELETE", "/bank-accounts/{id}", "delete", lambda ids, _: broker.accounts.delete_bank_account(ids["id"])
        )
        yield Call("GET", "/users/{id}/bank-accounts", "list_bank_accounts", self._bank_accounts)

    def _calls_about_money(self) -> Iterator[Call]:
        broker = self._broker
        for kind, category in CATEGORIES.items():
            operation = f"create_{category.lower()}"
            yield Call("POST", f"/funding/{kind}", operation, self._orders(category))
            yield Call("GET", f"/funding/{kind}/{{id}}", "get_status", self._payment(category))
            yield Call("GET", f"/users/{{id}}/funding/{kind}", f"list_{kind}", self._payments(category))
        patch = "/funding/redemptions/{id}"
        yield Call("PATCH", patch, "approve_redemption", lambda ids, body: broker.payments.approve(ids["id"], body))
        put_in = "/accounts/{id}/transactions"
        yield Call("POST", put_in, "put_in", lambda ids, body: broker.payments.put_in(ids["id"], body))
        yield Call("GET", "/instruments/{id}", "get_instrument", lambda ids, _: instrument(ids["id"], broker.symbols()))

    async def _log_in(self, request: Request) -> Response:
        try:
            body = _body(await request.body())
        except BrokerError as error:
            return _refused(error)
        if not (body.get("username") and body.get("password") and body.get("appTypeID")):
            return _refused(BrokerError(401, "L001", "Login failed"))
        token, until = f"session.{uuid4().hex}", self._clock.now() + SESSION_LASTS
        self._sessions[token] = until
        return JSONResponse({"authToken": token, "expiresAt": when(until)})

    def _endpoint(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            until = self._sessions.get(request.headers.get("dw-auth-token", ""))
            if until is None or until < self._clock.now():
                return _refused(BrokerError(401, "L025", "auth token expired"))
            fault = self._faults.take("drivewealth", call.operation)
            if fault not in ACTS:
                return await failing(JSONResponse({}), fault)
            raw, key = await request.body(), request.headers.get("idempotency-key")
            ids = {**request.path_params, BASE: str(request.base_url).rstrip("/")}
            answer = await run_in_threadpool(self._answer, call, ids, raw, key)
            return await failing(answer, fault)

        return endpoint

    def _answer(self, call: Call, ids: Ids, raw: bytes, key: str | None) -> Response:
        broker = self._broker
        with broker.lock:
            try:
                body = _body(raw)
                # A key belongs to what it was used on.
                name = f"{call.operation}{ids.get('id', '')}"
                act = partial(call.act, ids, body)
                answer = broker.once(name, key, body, act) if call.method == "POST" else act()
            except BrokerError as error:
                return _refused(error)
            if call.method != "GET":
                broker.keep()
        return JSONResponse(answer)

    def _account(self, ids: Ids, _: Body) -> dict[str, Any]:
        account = self._broker.state.account(ids["id"])
        return account_json(account, self._broker.state.user(account.user_id))

    def _accounts(self, ids: Ids, _: Body) -> list[dict[str, Any]]:
        user = self._broker.state.user(ids["id"])
        accounts = self._broker.state.accounts.values()
        return [account_json(account, user) for account in accounts if account.user_id == user.user_id]

    def _bank_accounts(self, ids: Ids, _: Body) -> list[dict[str, Any]]:
        user = self._broker.state.user(ids["id"])
        banks = self._broker.state.bank_accounts.values()
        return [bank_account_json(bank, user) for bank in banks if bank.user_id == user.user_id and not bank.is_deleted]

    def _documents(self, ids: Ids, _: Body) -> list[dict[str, Any]]:
        user = self._broker.state.user(ids["id"])
        return [
            picture_json(document) for document in self._broker.state.documents if document["user_id"] == user.user_id
        ]

    def _orders(self, category: str) -> Act:
        return lambda _, body: self._broker.payments.order(category, body)

    def _payment(self, category: str) -> Act:
        def act(ids: Ids, _: Body) -> dict[str, Any]:
            payment = self._broker.state.payment(ids["id"], category)
            return payment_json(payment, self._broker.state.accounts[payment.account_id])

        return act

    def _payments(self, category: str) -> Act:
        def act(ids: Ids, _: Body) -> list[dict[str, Any]]:
            state, user = self._broker.state, self._broker.state.user(ids["id"])
            payments = (payment for payment in state.payments.values() if payment.category == category)
            mine = (payment for payment in payments if state.owner(payment.account_id) is user)
            return [payment_json(payment, state.accounts[payment.account_id]) for payment in mine]

        return act

    def _money(self, ids: Ids, _: Body) -> dict[str, Any]:
        return cash_json(self._broker.state.account(ids["id"]), self._broker.now())

    def _positions(self, ids: Ids, _: Body) -> dict[str, Any]:
        return positions(self._broker.state.account(ids["id"]), self._broker.values, self._broker.now())


def _body(raw: bytes) -> Body:
    try:
        body = json.loads(raw or b"{}", parse_float=Decimal)
    except (RecursionError, ValueError):
        raise malformed("the body is malformed") from None
    if not isinstance(body, dict):
        raise malformed("the body is malformed")
    return body


def _refused(error: BrokerError) -> Response:
    return JSONResponse({"errorCode": error.code, "message": str(error)}, error.status)
