"""The broker's API for managed money: funds, portfolios, their statuses, autopilot runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import Faults
from sandbox.partners.drivewealth.accounts.wire import account_json
from sandbox.partners.drivewealth.calls import BASE, MOUNTED_AT, Body, Call, Ids
from sandbox.partners.drivewealth.managed import wire
from sandbox.partners.drivewealth.managed.corruptions import corrupt_next
from sandbox.partners.drivewealth.managed.state import Portfolio
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.failing import failing

DOCUMENTS_AT = f"{MOUNTED_AT}/autopilot-documents"

Shown = dict[str, Any]


@dataclass(frozen=True)
class ManagedApi:
    """The calls about managed money; documents about runs are there for whoever knows their address."""

    broker: DriveWealthSimulator
    faults: Faults

    def calls(self) -> Iterator[Call]:
        """Yield the calls."""
        yield Call("POST", "/managed/funds", "create_fund", self._create_fund)
        yield Call("PATCH", "/managed/funds/{id}", "update_fund", self._update_fund)
        yield Call("GET", "/managed/funds/{id}", "get_status", self._fund)
        yield Call("GET", "/users/{id}/managed/funds", "get_status", self._funds)
        yield Call("POST", "/managed/portfolios", "create_portfolio", self._create_portfolio)
        yield Call("PATCH", "/managed/portfolios/{id}", "update_portfolio", self._update_portfolio)
        yield Call("GET", "/managed/portfolios/{id}", "get_status", self._portfolio)
        yield Call("GET", "/users/{id}/managed/portfolios", "get_status", self._portfolios)
        yield Call("PATCH", "/accounts/{id}", "update_portfolio", self._assign)
        yield Call("GET", "/accounts/{id}/portfolio", "get_status", self._status)
        yield Call("POST", "/managed/autopilot/{id}", "create_autopilot_run", self._create_run)
        yield Call("GET", "/managed/autopilot/{id}", "get_status", self._run)
        yield Call("GET", "/users/{id}/managed/autopilot", "get_status", self._runs)

    async def document(self, request: Request) -> Response:
        """Answer with a document about a run, without asking who wants it."""
        fault = self.faults.take("drivewealth", "get_status")
        return await failing(await run_in_threadpool(self._document, request), fault)

    def _document(self, request: Request) -> Response:
        run_id, name = request.path_params["run_id"], request.path_params["name"]
        with self.broker.lock:
            run = self.broker.state.runs.get(run_id)
            show = wire.DOCUMENTS.get(name)
            if run is None or show is None:
                return JSONResponse({"message": "Not Found"}, 404)
            return JSONResponse(show(run, self.broker.state))

    def _create_fund(self, _: Ids, body: Body) -> Shown:
        return wire.fund_json(self.broker.managed.create_fund(body))

    def _update_fund(self, ids: Ids, body: Body) -> Shown:
        return wire.fund_json(self.broker.managed.update_fund(ids["id"], body))

    def _fund(self, ids: Ids, _: Body) -> Shown:
        return wire.fund_json(self.broker.state.fund(ids["id"]))

    def _funds(self, ids: Ids, _: Body) -> list[Shown]:
        return [wire.fund_json(fund) for fund in self.broker.state.funds.values() if fund.user_id == ids["id"]]

    def _create_portfolio(self, _: Ids, body: Body) -> Shown:
        return self._shown(self.broker.managed.create_portfolio(body))

    def _update_portfolio(self, ids: Ids, body: Body) -> Shown:
        return self._shown(self.broker.managed.update_portfolio(ids["id"], body))

    def _portfolio(self, ids: Ids, _: Body) -> Shown:
        return self._shown(self.broker.state.portfolio(ids["id"]))

    def _portfolios(self, ids: Ids, _: Body) -> list[Shown]:
        return [
            self._shown(portfolio)
            for portfolio in self.broker.state.portfolios.values()
            if portfolio.user_id == ids["id"]
        ]

    def _assign(self, ids: Ids, body: Body) -> Shown:
        account = self.broker.managed.assign(ids["id"], body)
        return account_json(account, self.broker.state.user(account.user_id))

    def _status(self, ids: Ids, _: Body) -> Shown:
        state, account = self.broker.state, self.broker.state.account(ids["id"])
        status, is_due = self.broker.statuses.of(account), bool(state.corruptions)
        status = corrupt_next(state, account, status)
        if is_due:
            # Whoever asks uses up a corruption, so that asking changes something.
            self.broker.keep()
        return status

    def _create_run(self, ids: Ids, body: Body) -> Shown:
        return wire.created_run(self.broker.autopilot.order(ids["id"], body))

    def _run(self, ids: Ids, _: Body) -> Shown:
        return wire.run_json(self.broker.state.run(ids["id"]), ids[BASE] + DOCUMENTS_AT)

    def _runs(self, ids: Ids, _: Body) -> list[Shown]:
        runs = [run for run in self.broker.state.runs.values() if run.ria_id == ids["id"]]
        return [wire.run_json(run, ids[BASE] + DOCUMENTS_AT) for run in runs]

    def _shown(self, portfolio: Portfolio) -> Shown:
        return wire.portfolio_json(portfolio, self.broker.state.funds)
