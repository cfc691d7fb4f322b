"""`make demo-ttf`: a person buys themed portfolios, lets them live for a week, and sells again.

It runs in a sandbox of its own. Every number that it prints came from the API or the control plane.
"""

import shutil
import sys
from collections.abc import Iterator
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.table import Table

from infra.catalogue import ROOT
from infra.sandbox.client import SandboxClient, is_in_use, running_sandbox
from infra.sandbox.people import Person

FOLDER = ROOT / ".sandbox-demo-ttf"
START = "2013-02-11T15:00:00Z"
BOUGHT = "2013-02-14T16:00:00Z"
CLOSES = tuple(f"2013-02-{day}T22:30:00Z" for day in ("14", "15", "19", "20", "21", "22"))
SOLD = "2013-02-25T15:00:00Z"
DEPOSIT_CENTS = 1_000_000
HOUR = 3600

console = Console(width=120, highlight=False)


def main() -> int:
    """Run the demo; return the exit code."""
    if is_in_use(FOLDER):
        console.print(f"Another demo runs in {FOLDER}; wait for its end.")
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    console.print("Bringing up a sandbox of the demo's own …")
    with running_sandbox(FOLDER, start=START) as sandbox:
        story = Story(sandbox)
        story.tell()
        return _check(sandbox)


class Story:
    """What happens, with the moments that the sandbox's clock shows."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.jane = sandbox, Person(sandbox, "jane")
        self.orders = 0

    def tell(self) -> None:
        """Go from cash to holdings and back."""
        bank = self.jane.onboard()
        self.jane.move("deposits", DEPOSIT_CENTS, bank["funding_account_id"], key="the-demo-of-a-deposit")
        self.sandbox.travel(BOUGHT)
        self._dry_run()
        self._reconfigure("big-tech", "buys 4,000 dollars", absolute_amount_delta_cents=400_000)
        self._reconfigure("old-guard", "buys half of the rest", relative_amount_delta_percent=50)
        weights = [{"symbol": "IBM", "weight": 0.75}, {"symbol": "MSFT", "weight": 0.25}]
        self._reconfigure("old-guard", "gives weights of her own", weights=weights)
        console.print(self._week())
        self.sandbox.travel(SOLD)
        self._reconfigure("big-tech", "sells half", relative_amount_delta_percent=-50)
        self._cancel()
        self._reconfigure("old-guard", "sells all of it", relative_amount_delta_percent=-100)
        console.print(self._versions())

    def _dry_run(self) -> None:
        plan = self._ask("big-tech", {"absolute_amount_delta_cents": 400_000, "dry_run": True})
        orders = ", ".join(f"{each['symbol']} {each['amount_cents'] / 100:+,.2f}" for each in plan["orders"])
        console.print(f"[dim]a dry run of big-tech: {orders}; cash after: {plan['cash_after_cents'] / 100:,.2f}[/]")

    def _reconfigure(self, collection_id: str, what: str, **body: Any) -> None:  # noqa: ANN401 - fields of the body
        version = self._ask(collection_id, body)
        self.jane.wait(HOUR)
        now = self.jane.call("GET", f"collection-versions/{version['version_id']}")
        executed = now["executed_amount_cents"] / 100
        console.print(f"{self._now()}  Jane {what} of {collection_id}: {now['status']}, executed {executed:+,.2f}")

    def _cancel(self) -> None:
        self.jane.wait(8 * HOUR)
        waiting = self._ask("big-tech", {"absolute_amount_delta_cents": 50_000})
        cancelled = self.jane.call("POST", f"collection-versions/{waiting['version_id']}/cancel")
        console.print(f"{self._now()}  Jane buys at night and thinks again: {waiting['status']}, {cancelled['status']}")
        self.jane.wait(16 * HOUR)

    def _ask(self, collection_id: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        self.orders += 1
        path = f"collections/{collection_id}/reconfigure"
        return self.jane.call("POST", path, body, key=f"the-demo-of-order-{self.orders}")

    def _week(self) -> Table:
        table = Table(
            "close", "equity", "cash", "big-tech", "", "old-guard", "", "gain today", "in all", title="A week"
        )
        for row in self._days():
            table.add_row(*row)
        return table

    def _days(self) -> Iterator[tuple[Any, ...]]:
        for moment in CLOSES:
            self.sandbox.travel(moment)
            shown = self.jane.call("GET", "managed-portfolio")
            worth = {each["collection_id"]: each["value_cents"] for each in shown["funds"]}
            bars = []
            for name in ("big-tech", "old-guard"):
                cents = worth.get(name, 0)
                bars += [f"{cents / 100:,.2f}", Bar(shown["equity_cents"], 0, cents, width=12)]
            gains = shown["gains"]
            cash = f"{shown['cash_cents'] / 100:,.2f}"
            totals = (f"{gains['day_cents'] / 100:+,.2f}", f"{gains['total_cents'] / 100:+,.2f}")
            yield moment[:10], f"{shown['equity_cents'] / 100:,.2f}", cash, *bars, *totals

    def _versions(self) -> Table:
        table = Table("when", "collection", "wanted", "executed", "status", "reason", title="Jane's versions")
        for each in self.jane.call("GET", "collection-versions")["items"]:
            wanted = each["target_amount_delta_cents"]
            amount = "re-weight" if wanted is None else f"{wanted / 100:+,.2f}"
            reason = (each["reason"] or {}).get("code", "")
            executed = f"{each['executed_amount_cents'] / 100:+,.2f}"
            table.add_row(each["created_at"], each["collection_id"], amount, executed, each["status"], reason)
        return table

    def _now(self) -> str:
        return str(self.sandbox.control("GET", "clock")["now"])


def _check(sandbox: SandboxClient) -> int:
    effects = sandbox.control("GET", "effects")
    told = ", ".join(f"{len(effects[name])} {name}" for name in ("portfolios", "funds", "autopilot_runs"))
    check = sandbox.control("GET", "ledger/check")
    verdict = "[green]the ledger balances[/]" if check["balanced"] else "[red]the ledger does NOT balance[/]"
    moved = {name: cents for name, cents in check["accounts"].items() if cents}
    console.print(f"the broker has {told}; {verdict}: {moved}; differences: {check['differences'] or 'none'}")
    return 0 if check["balanced"] else 1


if __name__ == "__main__":
    sys.exit(main())
