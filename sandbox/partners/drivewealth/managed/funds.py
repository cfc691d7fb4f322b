"""Funds and portfolios at the simulated broker, and which account follows which portfolio."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth.managed.state import Fund, Portfolio
from sandbox.partners.drivewealth.managed.targets import fund_targets, invalid, max_drift, portfolio_targets
from sandbox.partners.drivewealth.state import Account, State

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Managed:
    """The funds and portfolios of a state, as of one moment; `symbols` says which instruments are active."""

    state: State
    now: datetime
    symbols: Mapping[str, bool]

    def create_fund(self, body: Body) -> Fund:
        """Make a fund; two may have one client's id. Raises BrokerError."""
        fund = Fund(
            f"fund_{uuid4()}",
            *_names(body, "clientFundID"),
            targets=fund_targets(body, self.symbols),
            created=self.now,
            max_drift=max_drift(body),
        )
        self.state.funds[fund.fund_id] = fund
        return fund

    def update_fund(self, fund_id: str, body: Body) -> Fund:
        """Change a fund's targets, its trigger or both. Raises BrokerError."""
        fund = self.state.fund(fund_id)
        targets = fund_targets(body, self.symbols) if "holdings" in body else fund.targets
        drift = max_drift(body) if "triggers" in body else fund.max_drift
        fund.targets, fund.max_drift = targets, drift
        return fund

    def create_portfolio(self, body: Body) -> Portfolio:
        """Make a portfolio; two may have one client's id. Raises BrokerError."""
        cash, funds = portfolio_targets(body, self.state.funds)
        portfolio = Portfolio(
            f"portfolio_{uuid4()}",
            *_names(body, "clientPortfolioID"),
            cash=cash,
            funds=funds,
            created=self.now,
            max_drift=max_drift(body),
        )
        self.state.portfolios[portfolio.portfolio_id] = portfolio
        return portfolio

    def update_portfolio(self, portfolio_id: str, body: Body) -> Portfolio:
        """Change a portfolio's targets, its trigger or both. Raises BrokerError."""
        portfolio = self.state.portfolio(portfolio_id)
        targets = (portfolio.cash, portfolio.funds)
        if "holdings" in body:
            targets = portfolio_targets(body, self.state.funds)
        drift = max_drift(body) if "triggers" in body else portfolio.max_drift
        (portfolio.cash, portfolio.funds), portfolio.max_drift = targets, drift
        return portfolio

    def assign(self, account_id: str, body: Body) -> Account:
        """Have an account follow a portfolio. Raises BrokerError."""
        account, advisor = self.state.account(account_id), body.get("ria")
        if not isinstance(advisor, Mapping):
            raise invalid("ria is missing")
        account.portfolio_id = self.state.portfolio(advisor.get("portfolioID")).portfolio_id
        account.updated = self.now
        return account


def _names(body: Body, client_id: str) -> tuple[str, str, str, str]:
    """Return the advisor, the client's id, name and description."""
    names = [body.get(name) for name in ("userID", client_id, "name")]
    if not all(isinstance(text, str | int) and str(text) for text in names):
        raise invalid(f"userID, {client_id} or name is missing")
    advisor, client, name = map(str, names)
    return advisor, client, name, str(body.get("description") or "")
