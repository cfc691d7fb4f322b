"""`make demo-billing`: two months pass; commissions accrue, a charge fails, another card pays, a hold comes and goes.

It runs in a sandbox of its own. Every number that it prints came from the API or the control plane.
"""

import sys
from typing import Any

from rich.table import Table

from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.runner import console, run_demo
from sandbox.people import Person

START = "2012-12-03T15:00:00Z"
DEPOSIT_CENTS = 5_000_000
PAGES = {"success_url": "https://app.example.com/done", "cancel_url": "https://app.example.com/back"}


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    scenario = Scenario(sandbox)
    scenario.play()
    console.print(scenario.table)
    console.print(scenario.payments())
    _count_charges(sandbox)


class Scenario:
    """What happens, line by line, with the moment that the sandbox's clock shows."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.jane = sandbox, Person(sandbox, "jane")
        self.table = Table(
            "when (UTC)", "what", "invoices, by the end of their month", "buying", title="Jane's commissions"
        )

    def play(self) -> None:
        """Go from a deposit to two months that are paid."""
        bank = self.jane.onboard()
        self.jane.move("deposits", DEPOSIT_CENTS, bank["funding_account_id"], key="the-demo-of-a-deposit")
        self._line(f"deposits {DEPOSIT_CENTS / 100:,.2f} and adds a card that will be declined: {self._decline()}")
        self._until("2012-12-06T16:00:00Z", "the deposit arrives; a fee accrues from this day on, each evening at 8")
        self._until("2012-12-31T23:00:00Z", "the last afternoon of the year")
        accrual = self.jane.call("GET", "fees/accrual")
        rated = sum(1 for day in accrual["days"] if day["equity_cents"])
        exact = f"(exactly {accrual['total_cents_exact']} cents)"
        self._line(f"fees so far: {accrual['total_cents'] / 100:,.2f} {exact} for {rated} days with money")
        self._until("2013-01-01T12:00:00Z", "the invoice is there, with the last day's fee")
        self._until("2013-01-08T16:00:00Z", "the first attempt fails")
        self._until("2013-01-22T16:00:00Z", "so do the four that follow: buying is restricted")
        good = self._card("ok")
        self._line(f"adds another card: {good['name']}, charged only once it is chosen")
        self.jane.call("PUT", f"payment-methods/{good['payment_method_id']}/active")
        self.sandbox.control("POST", "queues/drain")
        self._line("chooses it and is charged at once: buying goes on")
        self._until("2013-02-08T16:00:00Z", "the next month is paid by itself")

    def payments(self) -> Table:
        """Return every attempt that was made."""
        table = Table("when (UTC)", title="Attempts to collect, newest first")
        table.add_column("amount", justify="right")
        table.add_column("status")
        table.add_column("reason")
        for item in self.jane.call("GET", "commission-payments")["items"]:
            table.add_row(
                moment(item["at"]), f"{item['amount_cents'] / 100:,.2f}", item["status"], item["reason"] or ""
            )
        return table

    def _decline(self) -> str:
        return str(self._card("decline")["name"])

    def _card(self, card: str) -> dict[str, Any]:
        session = self.jane.call("POST", "payment-methods/setup-sessions", PAGES)["session_id"]
        self.sandbox.control("POST", f"stripe/checkout-sessions/{session}/complete", {"card": card})
        added: dict[str, Any] = self.jane.call("POST", "payment-methods", {"stripe_session_id": session})
        return added

    def _until(self, moment: str, what: str) -> None:
        self.sandbox.travel(moment)
        self._line(what)

    def _line(self, what: str) -> None:
        invoices = self.jane.call("GET", "invoices")["items"]
        shown = "\n".join(
            f"{invoice['period_end']}: {invoice['amount_cents'] / 100:,.2f} {invoice['status']}" for invoice in invoices
        )
        hold = "restricted" if self.jane.call("GET", "profile")["billing_hold"] else ""
        self.table.add_row(moment(self.sandbox.control("GET", "clock")["now"]), what, shown, hold)


def _count_charges(sandbox: SandboxClient) -> None:
    intents = sandbox.control("GET", "effects")["payment_intents"]
    paid = sum(1 for intent in intents if intent["status"] == "succeeded")
    console.print(f"Stripe's simulator was asked for {len(intents)} charges; {paid} succeeded.")


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=".sandbox-demo-billing", start=START))
