"""DriveWealth's managed side: portfolios, funds, their status, and autopilot runs.

Paths of the lists and of the status, and the form of a run's outcome, are not confirmed by the broker's
pages that we know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from trading.brokerage.portfolios import BrokerRun, FundOrder, PortfolioStatus
from trading.partners.drivewealth import managed_reading as reading
from trading.partners.drivewealth import refusals
from trading.partners.drivewealth.connection import Connection
from trading.partners.drivewealth.reading import instrument_id, list_of, nothing
from trading.partners.drivewealth.transport import NOT_REACHED, Call
from trading.partners.drivewealth.wire import STRANGE, path
from trading.platform.errors import Refused, Unavailable

Weights = Mapping[str, Decimal]


@dataclass(frozen=True)
class ManagedDriveWealth:
    """What Tiller asks of the broker about portfolios; errors are those of the client beside it.

    No triggers are set: the broker trades on our runs alone.
    """

    connection: Connection

    def create_portfolio(self, client_id: str, *, key: str) -> str:
        """Make a portfolio that is all cash; return its id."""
        body = {
            "userID": self._advisor,
            "name": f"Portfolio {client_id}",
            "clientPortfolioID": client_id,
            "description": f"Portfolio {client_id}",
            "holdings": [{"type": "CASH_RESERVE", "target": 1}],
            "triggers": [],
        }
        return self.connection.ask(Call("POST", path("managed", "portfolios"), body, key), reading.portfolio).own_id

    def find_portfolio(self, client_id: str) -> str | None:
        """Return the id of the portfolio that was made under a client id, or None."""
        return self._find("portfolios", client_id)

    def assign_portfolio(self, account_id: str, portfolio_id: str) -> None:
        """Have an account follow a portfolio."""
        body = {"ria": {"portfolioID": portfolio_id}}
        self.connection.ask(Call("PATCH", path("accounts", account_id), body), nothing, refusals.ACCOUNTS)

    def update_portfolio(self, portfolio_id: str, cash: Decimal, funds: Weights) -> None:
        """Submit a portfolio's targets: cash, and weights by the broker's fund ids; together they are 1."""
        holdings: list[dict[str, object]] = [{"type": "CASH_RESERVE", "target": cash}] if cash else []
        holdings += [{"type": "FUND", "id": fund_id, "target": weight} for fund_id, weight in funds.items() if weight]
        call = Call("PATCH", path("managed", "portfolios", portfolio_id), {"holdings": holdings, "triggers": []})
        self.connection.ask(call, nothing, refusals.ACCOUNTS)

    def create_fund(self, order: FundOrder, instrument_ids: Mapping[str, str], *, key: str) -> str:
        """Make a fund; return its id."""
        body = {
            "userID": self._advisor,
            "name": order.name,
            "clientFundID": order.client_fund_id,
            "description": order.name,
            "holdings": _targets(order.weights, instrument_ids),
            "triggers": [],
        }
        return self.connection.ask(Call("POST", path("managed", "funds"), body, key), reading.fund).own_id

    def find_fund(self, client_id: str) -> str | None:
        """Return the id of the fund that was made under a client id, or None."""
        return self._find("funds", client_id)

    def update_fund(self, fund_id: str, weights: Weights, instrument_ids: Mapping[str, str]) -> None:
        """Submit a fund's targets."""
        body = {"holdings": _targets(weights, instrument_ids)}
        self.connection.ask(Call("PATCH", path("managed", "funds", fund_id), body), nothing, refusals.INSTRUMENTS)

    def instrument_id(self, symbol: str) -> str:
        """Return the broker's id of a symbol."""
        call = Call("GET", path("instruments", reading.their_symbol(symbol)))
        return self.connection.ask(call, instrument_id, refusals.INSTRUMENTS)

    def portfolio_status(self, account_id: str) -> PortfolioStatus:
        """Return what an account holds. What cannot be read at all is `Unavailable`."""
        return self.connection.ask(Call("GET", path("accounts", account_id, "portfolio")), reading.status)

    def start_run(self, account_ids: tuple[str, ...], *, key: str) -> BrokerRun:
        """Have the broker trade for accounts, towards the targets submitted."""
        body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": list(account_ids)}
        call = Call("POST", path("managed", "autopilot", self._advisor), body, key)
        return self.connection.ask(call, reading.run, refusals.ACCOUNTS)

    def run(self, run_id: str) -> BrokerRun:
        """Return a run."""
        return self.connection.ask(Call("GET", path("managed", "autopilot", run_id)), reading.run)

    def failed_accounts(self, run: BrokerRun) -> frozenset[str]:
        """Return the accounts that a run's outcome calls failed.

        Raises:
            Unavailable: if the outcome cannot be had, since its address expires, or read.
        """
        document = self.connection.transport.document(run.outcome_url or "")
        try:
            return reading.failed_accounts(document)
        except STRANGE:
            raise Unavailable(NOT_REACHED) from None

    @property
    def _advisor(self) -> str:
        return self.connection.credentials()["ria_user_id"]

    def _find(self, kind: Literal["portfolios", "funds"], client_id: str) -> str | None:
        read = reading.portfolio if kind == "portfolios" else reading.fund
        try:
            found = self.connection.ask(Call("GET", path("users", self._advisor, "managed", kind)), list_of(read))
        except Refused:
            raise Unavailable(NOT_REACHED) from None
        return next((named.own_id for named in found if named.client_id == client_id), None)


def _targets(weights: Weights, instrument_ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"instrumentID": instrument_ids[symbol], "target": weight} for symbol, weight in weights.items()]
