"""What partners really did, by our own ids: each list oldest first."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.partners.drivewealth.managed.state import Fund, Portfolio, Run
from sandbox.partners.drivewealth.money import wire
from sandbox.partners.drivewealth.simulator import DriveWealthSimulator
from sandbox.partners.drivewealth.state import Account, BankAccount, Payment
from sandbox.partners.firebase.simulator import FirebaseSimulator, Message
from sandbox.partners.stripe.simulator import StripeSimulator
from sandbox.partners.stripe.state import Intent
from trading.managed.runs.store import DynamoRunStore
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
    broker: DriveWealthSimulator, stripe: StripeSimulator | None = None, firebase: FirebaseSimulator | None = None
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


def _pushed(message: Message) -> Effect:
    ours = message.data.get("notification_id")
    return {
        "id": message.name,
        "refs": [ours] if ours else [],
        "status": "sent",
        "amount_cents": None,
        "at": message.at,
    }


def _effect(their_id: str, refs: list[str], status: str, at: datetime, amount_cents: int | None = None) -> Effect:
    return {"id": their_id, "refs": refs, "status": status, "amount_cents": amount_cents, "at": rfc3339(at)}


def _paid(payment: Payment) -> Effect:
    refs = [payment.note] if payment.note else []
    return _effect(payment.payment_id, refs, wire.NAMES[payment.status], payment.created, payment.cents)


def _registered(bank: BankAccount, ours: Mapping[str, list[str]]) -> Effect:
    status = "DELETED" if bank.is_deleted else "ACTIVE"
    return _effect(bank.bank_account_id, ours.get(bank.bank_account_id, []), status, bank.created)


def _opened(account: Account) -> Effect:
    found = find_reference("broker-account", account.account_id)
    return _effect(account.account_id, [found[0]] if found else [], account.status, account.created)


def _made(their_id: str, made: Portfolio | Fund) -> Effect:
    return _effect(their_id, [made.client_id], "ACTIVE", made.created)


def _ran(run: Run, versions: Mapping[str, list[str]]) -> Effect:
    return _effect(run.run_id, versions.get(run.run_id, []), run.status, run.created)


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
