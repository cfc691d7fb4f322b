"""What partners really did, told by our own ids: each list oldest first."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.partners.drivewealth import wire
from sandbox.partners.drivewealth.broker import Broker
from sandbox.partners.drivewealth.managed.state import Fund, Portfolio, Run
from sandbox.partners.drivewealth.state import Account, BankAccount, Payment
from sandbox.partners.firebase.simulator import FirebaseSimulator, Message
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.state import Intent
from trading.managed.rebalancing.store import DynamoRunStore
from trading.platform.clock import rfc3339
from trading.platform.people import PersonRow, find_reference

KINDS = (
    "deposits",
    "redemptions",
    "bank_accounts",
    "accounts",
    "portfolios",
    "funds",
    "autopilot_runs",
    "payment_intents",
    "refunds",
    "pushes",
)
"""What partners may do; whoever is not there yet did nothing."""

Effect = Mapping[str, Any]


def effects(
    broker: Broker, stripe: StripeSimulator | None = None, firebase: FirebaseSimulator | None = None
) -> dict[str, list[Effect]]:
    """Return what partners did: `id` is theirs, `refs` are ours, `amount_cents` is None where no money moves."""
    with broker.lock:
        payments = list(broker.state.payments.values())
        banks = list(broker.state.bank_accounts.values())
        accounts = list(broker.state.accounts.values())
        portfolios = list(broker.state.portfolios.values())
        funds = list(broker.state.funds.values())
        runs = list(broker.state.runs.values())
    ours = _funding_accounts() if banks else {}
    versions = run_references() if runs else {}
    did: dict[str, list[Effect]] = {
        "deposits": [_paid(payment) for payment in payments if payment.is_deposit],
        "redemptions": [_paid(payment) for payment in payments if not payment.is_deposit],
        "bank_accounts": [_registered(bank, ours) for bank in banks],
        "accounts": [_opened(account) for account in accounts],
        "portfolios": [_made(portfolio.portfolio_id, portfolio) for portfolio in portfolios],
        "funds": [_made(fund.fund_id, fund) for fund in funds],
        "autopilot_runs": [_ran(run, versions) for run in runs],
        **(_charged(stripe) if stripe else {}),
        "pushes": [_pushed(message) for message in firebase.messages] if firebase else [],
    }
    return {kind: did.get(kind, []) for kind in KINDS}


def _pushed(each: Message) -> Effect:
    ours = each.data.get("notification_id")
    return {"id": each.name, "refs": [ours] if ours else [], "status": "sent", "amount_cents": None, "at": each.at}


def _effect(their_id: str, refs: list[str], status: str, at: datetime, amount_cents: int | None = None) -> Effect:
    return {"id": their_id, "refs": refs, "status": status, "amount_cents": amount_cents, "at": rfc3339(at)}


def _paid(each: Payment) -> Effect:
    refs = [each.note] if each.note else []
    return _effect(each.payment_id, refs, wire.NAMES[each.status], each.created, each.cents)


def _registered(each: BankAccount, ours: Mapping[str, list[str]]) -> Effect:
    status = "DELETED" if each.is_deleted else "ACTIVE"
    return _effect(each.bank_account_id, ours.get(each.bank_account_id, []), status, each.created)


def _opened(each: Account) -> Effect:
    found = find_reference("broker-account", each.account_id)
    return _effect(each.account_id, [found[0]] if found else [], each.status, each.created)


def _made(their_id: str, each: Portfolio | Fund) -> Effect:
    return _effect(their_id, [each.client_id], "ACTIVE", each.created)


def _ran(each: Run, versions: Mapping[str, list[str]]) -> Effect:
    return _effect(each.run_id, versions.get(each.run_id, []), each.status, each.created)


def _charged(stripe: StripeSimulator) -> dict[str, list[Effect]]:
    with stripe.lock:
        intents, refunds = stripe.state.intents, list(stripe.state.refunds.values())
        paid = [
            _effect(intent.intent_id, _invoice(intent), intent.status, intent.created, intent.cents)
            for intent in intents.values()
        ]
        back = [
            _effect(
                refund.refund_id,
                _invoice(intents[refund.intent_id]) or [refund.intent_id],
                "succeeded",
                refund.created,
                refund.cents,
            )
            for refund in refunds
        ]
    return {"payment_intents": paid, "refunds": back}


def _invoice(intent: Intent) -> list[str]:
    return [intent.metadata["invoice_id"]] if "invoice_id" in intent.metadata else []


def run_references() -> Mapping[str, list[str]]:
    """Return the ids of our versions by the broker's id of the run that carries them."""
    found: dict[str, list[str]] = {}
    runs = DynamoRunStore()
    for row in PersonRow.scan(PersonRow.sk == "run", consistent_read=True):
        run = runs.find(str(row.pk).removeprefix("run#"))
        if run is not None and run.broker_run_id is not None:
            found.setdefault(run.broker_run_id, []).extend(run.version_ids)
    return found


def _funding_accounts() -> dict[str, list[str]]:
    """Return the ids of funding accounts by the broker's id of the bank account."""
    found: dict[str, list[str]] = {}
    for row in PersonRow.scan(PersonRow.sk.startswith("bank-account#"), consistent_read=True):
        known = json.loads(str(row.document))
        found.setdefault(str(known["broker_bank_account_id"]), []).append(str(known["funding_account_id"]))
    return found
