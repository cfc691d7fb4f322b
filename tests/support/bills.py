"""A world in which months pass: snapshots, accrual, invoices and charges at their times."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sandbox.partners.stripe.cards import Card
from tests.support.calls import Answer
from tests.support.world import World
from trading.platform.clock import NEW_YORK, trading_date
from trading.platform.outbox import OutboxRow

_KEYS = count(1)
EVENING = (("snapshot_accounts", 17), ("accrue_fees", 20))
MORNING = (("create_invoices", 0), ("charge_invoices", 10))


@dataclass(frozen=True)
class BillsWorld:
    """A world seen from its bills."""

    world: World

    def funded(self, cents: int = 1_000_000, uid: str = "ada") -> str:
        """Onboard somebody and let a deposit settle; return the funding account."""
        bank = self.world.onboard(uid)
        assert self.world.move("deposit", cents, bank, key=f"the-deposit-of-{uid:>16}", uid=uid).status == 201
        self.world.pass_by(days=3)
        return bank

    def until(self, day: str) -> None:
        """Let days pass with their jobs, up to the evening of one."""
        last = date.fromisoformat(day)
        while trading_date(self.world.now) < last:
            self._jobs(EVENING, trading_date(self.world.now))
            self._jobs(MORNING, trading_date(self.world.now) + timedelta(days=1))

    def card(self, card: str = "ok", uid: str = "ada") -> Answer:
        """Give a card on Stripe's page and come back; return the answer."""
        body = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
        made = self.world.call("create_setup_session", uid, body=body)
        assert made.status == 201, made.body
        self.world.stripe.customers.complete(made.body["session_id"], Card(card))
        answer = self.world.call("add_payment_method", uid, body={"stripe_session_id": made.body["session_id"]})
        self.carry()
        return answer

    def carry(self) -> None:
        """Work everything off, with the events that it led to."""
        self.world.work_off()
        if next(OutboxRow.by_pending.scan(limit=1), None) is not None:  # an idle sweep asks for each key
            self.world.fire("send_outbox")
            self.world.work_off()

    def invoices(self, uid: str = "ada") -> list[dict[str, Any]]:
        """Return a person's invoices, newest first."""
        found: list[dict[str, Any]] = self.world.call("list_invoices", uid).body["items"]
        return found

    def pay(self, invoice_id: str, uid: str = "ada", key: str = "") -> Answer:
        """Pay an invoice."""
        key = key or f"a-key-of-its-own-{next(_KEYS):08d}"
        return self.world.call("pay_invoice", uid, invoice_id=invoice_id, key=key)

    def methods(self) -> list[dict[str, Any]]:
        """Return the ways to pay."""
        items: list[dict[str, Any]] = self.world.call("list_payment_methods").body["items"]
        return items

    def activate(self, method_id: str, uid: str = "ada") -> Answer:
        """Choose a method, and let what follows happen."""
        answer = self.world.call("activate_payment_method", uid, payment_method_id=method_id)
        self.carry()
        return answer

    def _jobs(self, jobs: tuple[tuple[str, int], ...], day: date) -> None:
        for name, hour in jobs:
            at = datetime(day.year, day.month, day.day, hour, 30 if name == "create_invoices" else 0, tzinfo=NEW_YORK)
            if at > self.world.now:
                self.world.pass_by(seconds=int((at - self.world.now).total_seconds()))
            self.world.fire(name)
            self.carry()
