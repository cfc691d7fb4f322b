"""`make demo-ttf`: a person buys themed portfolios, lets them live for a week, and sells again.

It runs in a sandbox of its own. Every number that it prints came from the API or the control plane.
"""

import sys
from collections.abc import Iterator
from typing import Any

from rich.bar import Bar
from rich.table import Table

from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.runner import console, run_demo
from sandbox.people import Person

START = "2013-02-11T15:00:00Z"
BOUGHT = "2013-02-14T16:00:00Z"
CLOSES = tuple(f"2013-02-{day}T22:30:00Z" for day in ("14", "15", "19", "20", "21", "22"))
SOLD = "2013-02-25T15:00:00Z"
DEPOSIT_CENTS = 1_000_000
HOUR = 3600
NOTE = """[dim]What is sold whole brings what it is worth by then. A run of the broker trades the whole account to its
weights, so cash may move by a few dollars more than the orders say.[/]"""


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    Scenario(sandbox).play()
    _count_effects(sandbox)


class Scenario:
    """What happens, with the moments that the sandbox's clock shows."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.jane = sandbox, Person(sandbox, "jane")
        self.orders = 0

    def play(self) -> None:
        """Go from cash to holdings and back."""
        bank = self.jane.onboard()
        self.jane.move("deposits", DEPOSIT_CENTS, bank["funding_account_id"], key="the-demo-of-a-deposit")
        self.sandbox.travel(BOUGHT)
        self._dry_run()
        self._reconfigure("big-tech", "buys 4,000 dollars of", absolute_amount_delta_cents=400_000)
        self._reconfigure("old-guard", "puts half of her cash into", relative_amount_delta_percent=50)
        weights = [{"symbol": "IBM", "weight": 0.75}, {"symbol": "MSFT", "weight": 0.25}]
        self._reconfigure("old-guard", "gives weights of her own to", weights=weights)
        console.print(self._week())
        self.sandbox.travel(SOLD)
        self._reconfigure("big-tech", "sells half of", relative_amount_delta_percent=-50)
        self._cancel()
        self._reconfigure("old-guard", "sells all of", relative_amount_delta_percent=-100)
        console.print(self._versions())
        console.print(NOTE)

    def _dry_run(self) -> None:
        plan = self._ask("big-tech", {"absolute_amount_delta_cents": 400_000, "dry_run": True})
        orders = ", ".join(f"{order['symbol']} {order['amount_cents'] / 100:+,.2f}" for order in plan["orders"])
        console.print(
            f"[dim]a dry run, which does nothing: {orders}; cash after: {plan['cash_after_cents'] / 100:,.2f}[/]"
        )

    def _reconfigure(self, collection_id: str, what: str, **body: Any) -> None:  # noqa: ANN401 - fields of the body
        version = self._ask(collection_id, body)
        self.jane.wait(HOUR)
        now = self.jane.call("GET", f"collection-versions/{version['version_id']}")
        executed = now["executed_amount_cents"] / 100
        cash = self.jane.account()["cash_balance_cents"] / 100
        outcome = f"{now['status']}, executed {executed:+,.2f}; cash {cash:,.2f}"
        console.print(f"{self._now()}  Jane {what} {collection_id}: {outcome}")

    def _cancel(self) -> None:
        self.jane.wait(8 * HOUR)
        waiting = self._ask("big-tech", {"absolute_amount_delta_cents": 50_000})
        cancelled = self.jane.call("POST", f"collection-versions/{waiting['version_id']}/cancel")
        console.print(
            f"{self._now()}  Jane buys at night, {waiting['status']}, and changes her mind: {cancelled['status']}"
        )
        self.jane.wait(16 * HOUR)

    def _ask(self, collection_id: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        self.orders += 1
        path = f"collections/{collection_id}/reconfigure"
        return self.jane.call("POST", path, body, key=f"the-demo-of-order-{self.orders}")

    def _week(self) -> Table:
        table = Table("close of", title="A week: what Jane's account is worth, and the shares of it")
        for name in ("in all", "cash", "big-tech", "", "old-guard", "", "gain that day", "gain so far"):
            table.add_column(name, justify="right" if name else "left")
        for row in self._days():
            table.add_row(*row)
        return table

    def _days(self) -> Iterator[tuple[Any, ...]]:
        for close in CLOSES:
            self.sandbox.travel(close)
            shown = self.jane.call("GET", "managed-portfolio")
            worth = {fund["collection_id"]: fund["value_cents"] for fund in shown["funds"]}
            bars = []
            for name in ("big-tech", "old-guard"):
                cents = worth.get(name, 0)
                bars += [f"{cents / 100:,.2f}", Bar(shown["equity_cents"], 0, cents, width=12)]
            gains = shown["gains"]
            cash = f"{shown['cash_cents'] / 100:,.2f}"
            totals = (f"{gains['day_cents'] / 100:+,.2f}", f"{gains['total_cents'] / 100:+,.2f}")
            yield close[:10], f"{shown['equity_cents'] / 100:,.2f}", cash, *bars, *totals

    def _versions(self) -> Table:
        table = Table("when (UTC)", "collection", title="Jane's orders, newest first")
        for name in ("wanted", "executed"):
            table.add_column(name, justify="right")
        table.add_column("status")
        for item in self.jane.call("GET", "collection-versions")["items"]:
            wanted = item["target_amount_delta_cents"]
            amount = "new weights" if wanted is None else f"{wanted / 100:+,.2f}"
            executed = f"{item['executed_amount_cents'] / 100:+,.2f}"
            table.add_row(moment(item["created_at"]), item["collection_id"], amount, executed, item["status"])
        return table

    def _now(self) -> str:
        return moment(str(self.sandbox.control("GET", "clock")["now"]))


def _count_effects(sandbox: SandboxClient) -> None:
    effects = sandbox.control("GET", "effects")
    portfolios, funds, runs = (len(effects[name]) for name in ("portfolios", "funds", "autopilot_runs"))
    portfolio = "1 portfolio" if portfolios == 1 else f"{portfolios} portfolios"
    console.print(f"The broker's simulator has {portfolio} with {funds} funds, and traded in {runs} autopilot runs.")


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=".sandbox-demo-ttf", start=START))
