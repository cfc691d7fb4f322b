"""`make demo-money`: a person opens an account, links a bank, and moves money in and out.

It runs in a sandbox of its own. Every line that it prints came from the API or the control plane.
"""

import sys
from typing import Any

from rich.table import Table

from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.runner import console, run_demo
from sandbox.people import FORM, Person

START = "2013-02-19T15:00:00Z"
DEPOSIT_CENTS, WITHDRAWAL_CENTS = 500_000, 120_000
DAY = 86_400


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    scenario = Scenario(sandbox)
    scenario.play()
    console.print(scenario.table)
    console.print(_effects(sandbox))


class Scenario:
    """What happens, line by line, with the moment that the sandbox's clock shows."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.jane = sandbox, Person(sandbox, "jane")
        self.table = Table(
            "when (UTC)", "what", "status", title="What Jane does, and what her account shows, once a day"
        )
        for name in ("cash", "free to use", "on its way in"):
            self.table.add_column(name, justify="right")

    def play(self) -> None:
        """Go from a token to a withdrawal."""
        self._line("signs in", self.jane.call("GET", "profile")["kyc_status"])
        self._line("submits the form", self._submit())
        self.jane.wait(120)
        self._line("is approved by the broker", self.jane.call("GET", "kyc/status")["status"])
        self._line("has a trading account", self.jane.account()["status"])
        bank = self.jane.link_bank()
        self._line(f"links {bank['name']} …{bank['mask']}", "linked")
        self._flow("deposits", DEPOSIT_CENTS, bank, days=5)
        self._flow("withdrawals", WITHDRAWAL_CENTS, bank, days=4)

    def _submit(self) -> str:
        self.jane.call("PATCH", "kyc/form", dict(FORM))
        status = str(self.jane.call("POST", "kyc/submissions")["status"])
        self.sandbox.control("POST", "queues/drain")
        return status

    def _flow(self, what: str, cents: int, bank: dict[str, Any], *, days: int) -> None:
        flow = self.jane.move(what, cents, bank["funding_account_id"], key=f"the-demo-of-{what}")
        name = f"{what.removesuffix('s')} of {cents / 100:,.2f}"
        self._line(name, flow["status"])
        for _ in range(days):
            self.jane.wait(DAY)
            now = self.jane.call("GET", f"money-flows/{flow['money_flow_id']}")
            if now["status"] != flow["status"]:
                self._line(name, now["status"])
            flow = now
        steps = ", ".join(f"{step['status']} {moment(step['at'])}" for step in flow["timeline"])
        console.print(f"[dim]the timeline of the {name}: {steps}[/]")

    def _line(self, what: str, status: str) -> None:
        accounts = self.jane.call("GET", "trading-accounts")["items"]
        names = ("cash_balance_cents", "buying_power_cents", "pending_cash_cents")
        money = [f"{accounts[0][name] / 100:,.2f}" for name in names] if accounts else ["", "", ""]
        self.table.add_row(moment(self.sandbox.control("GET", "clock")["now"]), what, status, *money)


def _effects(sandbox: SandboxClient) -> Table:
    """Return what the partners really did."""
    table = Table("what", "its id there", "status", title="What the broker's simulator really did")
    table.add_column("amount", justify="right")
    for name, items in sandbox.control("GET", "effects").items():
        for item in items:
            cents = item.get("amount_cents")
            amount = "" if not cents else f"{cents / 100:,.2f}"
            table.add_row(name.removesuffix("s").replace("_", " "), item["id"], item["status"], amount)
    return table


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=".sandbox-demo-money", start=START))
