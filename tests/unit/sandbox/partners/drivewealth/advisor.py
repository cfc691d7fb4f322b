"""What the advisor does at the simulated broker: funds, portfolios, runs, with prices pinned by the test."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.harness import Harness

ADVISOR = "the-advisor"
CASH = "CASH"


def fund_of(weights: Mapping[str, float], **more: Any) -> dict[str, Any]:
    holdings = [{"instrumentID": instrument_id(symbol), "target": weight} for symbol, weight in weights.items()]
    named = {"userID": ADVISOR, "name": "A fund", "clientFundID": "2_89", "description": "Of the example"}
    return {**named, "holdings": holdings, "triggers": [], **more}


def holdings_of(weights: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {"type": "CASH_RESERVE", "target": weight} if name == CASH else {"type": "FUND", "id": name, "target": weight}
        for name, weight in weights.items()
    ]


def portfolio_of(weights: Mapping[str, float], **more: Any) -> dict[str, Any]:
    named = {"userID": ADVISOR, "name": "A portfolio", "clientPortfolioID": "2", "description": "Of the example"}
    return {**named, "holdings": holdings_of(weights), "triggers": [], **more}


class Advisor:
    """An advisor with one account, which follows a portfolio."""

    def __init__(self, harness: Harness, cash: int = 10_000, **prices: str) -> None:
        self.harness = harness
        self.prices = {"AAPL": Decimal("60.1809"), "MSFT": Decimal("27.37"), "GOOG": Decimal("400.5017")}
        self.prices |= {symbol: Decimal(price) for symbol, price in prices.items()}
        harness.broker.price = self.prices.get
        self.account, self.portfolio_id = self.another(cash)
        self.account_id = str(self.account["id"])

    def another(self, cash: int) -> tuple[dict[str, Any], str]:
        account = self.harness.account()
        if cash:
            self.harness.put_in(account, cash)
        made = self.harness.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))
        self.harness.ask("PATCH", f"/accounts/{account['id']}", {"ria": {"portfolioID": made["id"]}})
        return account, str(made["id"])

    def fund(self, **weights: float) -> str:
        return str(self.harness.ask("POST", "/managed/funds", fund_of(weights))["id"])

    def aim(self, weights: Mapping[str, float], portfolio_id: str | None = None) -> None:
        path = f"/managed/portfolios/{portfolio_id or self.portfolio_id}"
        self.harness.ask("PATCH", path, {"holdings": holdings_of(weights)})

    def order(self, *account_ids: str, **more: Any) -> str:
        body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": list(account_ids or [self.account_id])}
        return str(self.harness.ask("POST", f"/managed/autopilot/{ADVISOR}", {**body, **more})["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.harness.ask("GET", f"/managed/autopilot/{run_id}")
        return shown

    def rebalance(self, weights: Mapping[str, float]) -> dict[str, Any]:
        self.aim(weights)
        run_id = self.order()
        self.harness.pass_by(days=5)
        return self.run(run_id)

    def status(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.harness.ask("GET", f"/accounts/{self.account_id}/portfolio")
        return shown

    def entry(self, name: str) -> dict[str, Any]:
        return next(holding for holding in self.status()["holdings"] if holding["id"] == name)

    def document(self, run: Mapping[str, Any], part: str, name: str = "outcome") -> Any:
        return self.harness.fetch(run[part][name]).json()
