"""The simulated broker over HTTP, with a clock to move and the events that it published."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from sandbox.faults import Faults
from sandbox.partners.drivewealth.api import DriveWealthApi
from sandbox.partners.drivewealth.calls import MOUNTED_AT
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
TAX_ID = "987654321"
LOGIN = {"appTypeID": 4, "username": "advisor", "password": "a-password"}
DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    "BASIC_INFO": {
        "firstName": "Jane",
        "lastName": "Doe",
        "country": "USA",
        "phone": "+15555550199",
        "emailAddress": "jane@example.com",
        "language": "en_US",
    },
    "EMPLOYMENT_INFO": {"status": "UNEMPLOYED", "company": None, "broker": None, "directorOf": None},
    "INVESTOR_PROFILE_INFO": {
        "investmentExperience": "YRS_5_10",
        "annualIncome": 120_000,
        "networthTotal": 900,
        "networthLiquid": 2_000_000,
        "riskTolerance": "MODERATE",
        "investmentObjectives": "LONG_TERM",
    },
    "DISCLOSURES": {"termsOfUse": True, "customerAgreement": True, "rule14b": True, "signedBy": "Jane Doe"},
    "IDENTIFICATION_INFO": {"value": TAX_ID, "type": "SSN", "citizenship": "USA", "usTaxPayer": None},
    "TAX_INFO": {"taxTreatyWithUS": None},
    "PERSONAL_INFO": {"birthDay": 2, "birthMonth": 3, "birthYear": 1985},
    "ADDRESS_INFO": {"street1": "2 Sample Rd", "street2": None, "city": "Albany", "province": "NY", "country": "USA"},
}
ACCOUNT = {
    "accountType": "LIVE",
    "accountManagementType": "RIA_MANAGED",
    "tradingType": "CASH",
    "riaUserID": "the-advisor",
    "riaProductID": "the-product",
    "ignoreMarketHoursForTest": True,
}


def application(**basic: Any) -> dict[str, Any]:
    documents = {**DOCUMENTS, "BASIC_INFO": {**DOCUMENTS["BASIC_INFO"], **basic}}
    return {
        "userType": "INDIVIDUAL_TRADER",
        "wlpID": "EXMP",
        "parentIBID": "the-advisor",
        "documents": [{"type": kind, "data": data} for kind, data in documents.items()],
    }


class Wall:
    """The real world's time, for sessions."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class Harness:
    """A broker, whoever asks it, and what it published."""

    def __init__(self, folder: Path) -> None:
        self.now, self.wall, self.faults = NOW, Wall(), Faults()
        self.events: list[dict[str, Any]] = []
        self.bad_tokens: set[str] = set()
        self.broker = DriveWealthSimulator.in_folder(
            folder,
            afresh=False,
            now=lambda: self.now,
            emit=lambda text: self.events.append(json.loads(text)),
            knows_token=lambda token: token.startswith("processor-") and token not in self.bad_tokens,
        )
        self.app = Starlette(routes=DriveWealthApi(self.broker, self.faults, self.wall).routes())
        self.token = ""
        self.token = str(self.log_in()["authToken"])

    def log_in(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.answer("POST", "/auth", LOGIN).json()
        return answer

    def answer(
        self, method: str, path: str, body: object = None, *, key: str = "", raw: str | None = None
    ) -> httpx.Response:
        headers = {"dw-auth-token": self.token, **({"Idempotency-Key": key} if key else {})}
        text = raw if raw is not None or body is None else json.dumps(body)
        return asyncio.run(self._request(method, MOUNTED_AT + path, content=text, headers=headers))

    def ask(self, method: str, path: str, body: object = None, *, key: str = "") -> Any:
        answer = self.answer(method, path, body, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, str]:
        answer = self.answer(method, path, body, **more)
        refused = answer.json()
        assert refused.keys() == {"errorCode", "message"}
        return answer.status_code, refused["errorCode"]

    def person(self, last_name: str = "Doe") -> str:
        return str(self.ask("POST", "/users", application(lastName=last_name))["id"])

    def account(self, last_name: str = "Doe") -> dict[str, Any]:
        user_id = self.person(last_name)
        self.pass_by(minutes=1)
        made = self.ask("POST", "/accounts", {"userID": user_id, **ACCOUNT})
        self.pass_by(minutes=1)
        opened: dict[str, Any] = self.ask("GET", f"/accounts/{made['id']}")
        return opened

    def bank(self, user_id: str) -> dict[str, Any]:
        body = {"userID": user_id, "plaidProcessorToken": "processor-1", "bankAccountNickname": "My savings"}
        made: dict[str, Any] = self.ask("POST", "/bank-accounts", body)
        return made

    def order(self, account: Mapping[str, Any], amount: float, **more: Any) -> dict[str, Any]:
        bank = self.bank(account["userID"])
        wanted = {"accountNo": account["accountNo"], "amount": amount, "currency": "USD", "type": "ACH"}
        return {**wanted, "bankAccountID": bank["id"], "note": "flow-1", **more}

    def put_in(self, account: Mapping[str, Any], amount: int) -> Any:
        body = {"comment": "To begin with", "amount": amount, "source": "HUMAN", "batch": False}
        return self.ask("POST", f"/accounts/{account['id']}/transactions", body)

    def cash(self, account: Mapping[str, Any]) -> float:
        return float(self.ask("GET", f"/accounts/{account['id']}/summary/money")["cash"]["cashBalance"])

    def pass_by(self, **span: int) -> None:
        until = self.now + timedelta(**span)
        while (at := self.broker.next_at()) is not None and at <= until:
            self.now = at
            self.broker.advance(at)
        self.now = until

    def last(self, kind: str) -> dict[str, Any]:
        return next(event["payload"] for event in reversed(self.events) if event["type"] == kind)

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    def fetch(self, url: str) -> httpx.Response:
        """Read an address without a session."""
        return asyncio.run(self._request("GET", url))

    async def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://broker") as client:
            return await client.request(method, path, **more)
