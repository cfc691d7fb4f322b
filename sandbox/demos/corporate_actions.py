"""`make demo-actions`: a week in which companies split shares, pay a dividend and change their name.

Shares bought manually, positions that a day left open, and a themed portfolio go through it. It runs in a
sandbox of its own. Every number that it prints came from the API or the control plane.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.runner import console, run_demo
from sandbox.people import Person

START = "2013-02-11T15:00:00Z"
FUNDED = "2013-02-15T16:00:00Z"
BOUGHT = "2013-02-19T13:45:00Z"
ACTIONS = (
    {"type": "SPLIT", "symbol": "AAPL", "ex_date": "2013-02-20", "old_rate": 2, "new_rate": 3},
    {"type": "DIVIDEND", "symbol": "MSFT", "ex_date": "2013-02-21", "cash_rate": 0.2575, "pay_date": "2013-02-25"},
    {"type": "SYMBOL_CHANGE", "symbol": "FB", "ex_date": "2013-02-22", "new_symbol": "META"},
)
BEFORE = {"AAPL": 150, "MSFT": 28, "FB": 28}
SPLIT_PRICE = 99.8
MANUALLY = (("AAPL", "7", "149.97"), ("MSFT", "33.3333", "28.00"), ("FB", "10", "28.50"))
MORNINGS = tuple(f"2013-02-{day}T14:40:00Z" for day in ("20", "21", "22", "25"))
DEPOSIT_CENTS = 1_000_000


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    Scenario(sandbox).play()


class Scenario:
    """What happens to one person's shares."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.jane = sandbox, Person(sandbox, "jane")
        self.manual: Mapping[str, Any] = {}
        self.automated: Mapping[str, Any] = {}

    def play(self) -> None:
        """Buy, let companies act, and show what became of it."""
        bank = self.jane.onboard()
        self.jane.move("deposits", DEPOSIT_CENTS, bank["funding_account_id"], key="the-demo-of-a-deposit")
        self._buy_theme()
        self._buy_manually()
        self._leave_a_position_open()
        self.sandbox.control("PUT", "market/corporate-actions", list(ACTIONS))
        console.print(self._announced())
        console.print(self._week())
        console.print(self._transactions())
        console.print(self._positions())
        console.print(self._theme())
        console.print(self._notifications())

    def _buy_theme(self) -> None:
        self.sandbox.travel(FUNDED)
        body = {"absolute_amount_delta_cents": 400_000}
        self.jane.call("POST", "collections/big-tech/reconfigure", body, key="the-demo-of-an-order")
        self.jane.wait(3600)

    def _buy_manually(self) -> None:
        self.sandbox.travel(BOUGHT)
        self.manual = self.jane.call("POST", "portfolios/", {"name": "buy & hold", "exchange": 2})
        for symbol, quantity, price in MANUALLY:
            trade = {"type": "BUY", "symbol": symbol, "quantity": quantity, "price": price}
            path = f"portfolios/{self.manual['id']}/transactions"
            self.jane.call("POST", path, trade, key=f"the-demo-buys-{symbol}")

    def _leave_a_position_open(self) -> None:
        """Trade a day whose close finds no quotes, so that a position lives into the split."""
        body = {"name": "day trader", "exchange": 2, "is_automated": True}
        self.automated = self.jane.call("POST", "portfolios/", body)
        item = {"symbol": "AAPL", "predicted_return": 0.02, "volatility": 0.02, "atr": 2, "previous_close": 150}
        signals = {"exchange": 2, "trade_date": "2013-02-19", "items": [item]}
        self.sandbox.control("PUT", "recommendations", signals)
        self.sandbox.control("PUT", "market/quotes", BEFORE)
        self.sandbox.travel("2013-02-19T16:00:00Z")
        self.sandbox.control("PUT", "market/quotes", {"AAPL": None})
        self.sandbox.travel("2013-02-19T21:15:00Z")
        console.print("The close of the 19th finds no quote of AAPL: the day trader's position stays open.")

    def _announced(self) -> Table:
        table = Table("ex-date", "company", "what", title="What companies announce")
        for action in ACTIONS:
            terms = ", ".join(f"{name} {value}" for name, value in action.items() if name not in _NAMED)
            table.add_row(str(action["ex_date"]), str(action["symbol"]), f"{action['type'].lower()}: {terms}")  # type: ignore[attr-defined]
        return table

    def _week(self) -> Table:
        table = Table("morning of", title="Buy & hold: shares, cash and worth each morning after the open")
        for name in ("shares", "cost", "cash", "worth"):
            table.add_column(name, justify="right")
        table.add_row(*self._holdings("2013-02-19"))
        for morning in MORNINGS:
            self._act(morning[:10])
            self.sandbox.travel(morning)
            table.add_section()
            table.add_row(*self._holdings(morning[:10]))
        return table

    def _act(self, day: str) -> None:
        """Let the market, and the broker of the themed portfolio, do what was announced for a day."""
        if day == "2013-02-20":
            self.sandbox.control("PUT", "market/quotes", {"AAPL": SPLIT_PRICE})
            self._act_at_broker({"type": "STOCK_SPLIT", "symbol": "AAPL", "old_rate": 2, "new_rate": 3})
        if day == "2013-02-21":
            self._act_at_broker({"type": "DIV", "symbol": "MSFT", "amount_cents": 412})
        if day == "2013-02-22":
            self.sandbox.control("PUT", "market/quotes", {"META": 28.75})

    def _act_at_broker(self, action: Mapping[str, Any]) -> None:
        if self._is_in_theme(str(action["symbol"])):
            self.sandbox.control("POST", "drivewealth/transactions/jane", action)
            self.sandbox.control("POST", "queues/drain")

    def _is_in_theme(self, symbol: str) -> bool:
        funds = self.jane.call("GET", "managed-portfolio")["funds"]
        return any(weight["symbol"] == symbol and weight["value_cents"] for fund in funds for weight in fund["weights"])

    def _holdings(self, day: str) -> tuple[str, ...]:
        portfolio = self.jane.call("GET", f"portfolios/{self.manual['id']}")
        held = self.jane.call("GET", f"portfolios/{self.manual['id']}/holdings")["items"]
        shares = "\n".join(f"{holding['quantity']:g} {holding['symbol']}" for holding in held)
        costs = "\n".join(f"{holding['cost_basis']:,.2f}" for holding in held)
        return day, shares, costs, f"{portfolio['cash_balance']:,.2f}", f"{portfolio['current_value']:,.2f}"

    def _transactions(self) -> Table:
        table = Table("when (UTC)", "portfolio", "type", "symbol", title="What the ledger says of it, oldest first")
        for name in ("shares", "price", "amount", "cash then"):
            table.add_column(name, justify="right")
        for portfolio in (self.manual, self.automated):
            for row in self._rows(portfolio):
                table.add_row(*row)
            table.add_section()
        return table

    def _rows(self, portfolio: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
        for item in reversed(self.jane.call("GET", f"portfolios/{portfolio['id']}/transactions")["items"]):
            figures = (item["quantity"], item["price"], item["amount"], item["cash_balance"])
            texts = ("" if figure is None else f"{figure:,.4f}".rstrip("0").rstrip(".") for figure in figures)
            yield moment(item["at"]), portfolio["name"], item["type"], item["symbol"] or "", *texts

    def _positions(self) -> Table:
        table = Table("day", "symbol", "status", "why", title="The day trader's position, through the split")
        for name in ("shares", "entry", "stop", "target", "exit"):
            table.add_column(name, justify="right")
        for item in self.jane.call("GET", f"portfolios/{self.automated['id']}/positions")["items"]:
            prices = [item[name] for name in ("shares", "entry_price", "stop_price", "target_price", "exit_price")]
            figures = ("" if price is None else f"{price:g}" for price in prices)
            table.add_row(item["trade_date"], item["symbol"], item["status"], item["exit_reason"] or "", *figures)
        return table

    def _theme(self) -> Table:
        table = Table("what", "symbol", title="The themed portfolio: explained at once, no order waits for it")
        for name in ("shares", "cash"):
            table.add_column(name, justify="right")
        for action in self.jane.call("GET", "managed-portfolio")["corporate_actions"]:
            table.add_row(action["kind"], action["symbol"], action["quantity"], f"{action['amount_cents'] / 100:,.2f}")
        return table

    def _notifications(self) -> Table:
        table = Table("when (UTC)", "title", "text", title="What Jane was notified of")
        for item in self.jane.call("GET", "notifications")["items"]:
            if item["type"] == "corporate_action":
                table.add_row(moment(item["created_at"]), item["title"], item["text"])
        return table


_NAMED = frozenset({"type", "symbol", "ex_date"})


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=".sandbox-demo-actions", start=START))
