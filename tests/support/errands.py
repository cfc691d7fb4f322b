"""Errands: of each queue whose worker calls a partner, a real message with a real record, and its finished result.

`prepare` leaves the message in its queue, as the routes, jobs and partners put it there; `is_done` says
whether all came of it that should, and that once.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sandbox.faults import Fault
from sandbox.partners.stripe.cards import Card
from sandbox.people import FORM
from tests.support.bills import BillsWorld
from tests.support.charging import ChargeHarness
from tests.support.holdings import HoldingsWorld
from tests.support.world import World
from trading.banking.store import DynamoBankStore
from trading.funding.money_flows.store import DynamoFlowStore
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore

OWNER = "ada"
SPLIT_MORNING = datetime(2013, 2, 20, 13, 0, tzinfo=UTC)
HALF_DAY_ENDS = datetime(2013, 7, 3, 17, 0, tzinfo=UTC)
PARTNERS = ("drivewealth", "plaid", "stripe", "firebase", "market-data")


@dataclass(frozen=True)
class Errand:
    """What a message of a queue asks for, the partner that it leads to, and how its end is known.

    One that is `deferred` waits as a message. Of the others the record itself is due again, or has a job
    that comes for it.
    """

    partner: str
    prepare: Callable[[World], object]
    is_done: Callable[[World], bool]
    is_deferred: bool = True


def account_event(world: World) -> None:
    """Have a check decided: the event asks for the account to be opened."""
    world.submit()
    world.broker.advance(world.now + timedelta(minutes=1))


def account_is_open(world: World) -> bool:
    accounts = world.call("list_trading_accounts").body["items"]
    return [account["status"] for account in accounts] == ["OPEN"] and len(world.broker.state.accounts) == 1


def reconciliation(world: World) -> None:
    """Have an account closed at the broker by an event that is lost."""
    HoldingsWorld.of(world).funded()
    (account,) = world.broker.state.accounts.values()
    world.broker.accounts.set_status(account, "CLOSED")
    world.events.clear()
    world.put("account-reconciliations", json.dumps({"owner": OWNER}))


def closing_is_found(world: World) -> bool:
    return [item["status"] for item in world.call("list_trading_accounts").body["items"]] == ["CLOSED"]


def submission(world: World) -> None:
    """Submit the form."""
    assert world.call("update_kyc_form", body=FORM).status == 200
    assert world.call("submit_kyc").status == 202


def is_approved(world: World) -> bool:
    return world.call("get_kyc_status").body["status"] == "APPROVED" and len(world.broker.state.users) == 1


def money_flow_event(world: World) -> None:
    """Have a withdrawal wait for its advisor's approval at the broker."""
    bank = HoldingsWorld.of(world).funded()
    assert world.move("withdrawal", 50_000, bank, key="the-withdrawal-of-ada").status == 201


def is_approved_once(world: World) -> bool:
    withdrawal, _ = world.call("list_money_flows").body["items"]
    payments = [payment for payment in world.broker.state.payments.values() if not payment.is_deposit]
    return withdrawal["status"] in {"approved", "success"} and len(payments) == 1


def unknown_outcome(world: World) -> None:
    """Have the answer to a deposit and its events get lost, and the resolver ask for it."""
    bank = world.onboard()
    world.fail("drivewealth", "create_deposit", Fault.DROP_AFTER)
    assert world.move("deposit", 50_000, bank, key="the-deposit-of-ada").status == 201
    world.events.clear()
    world.pass_by(minutes=5)
    world.fire("resolve_unknown")


def is_known(world: World) -> bool:
    (flow,) = world.call("list_money_flows").body["items"]
    known = DynamoFlowStore().load(OWNER, flow["money_flow_id"]).flow
    return known is not None and known.payment_id is not None and len(world.broker.state.payments) == 1


def balance_refresh(world: World) -> None:
    """Have a balance change at the bank, on a Friday after the last refresh."""
    HoldingsWorld.of(world).funded()
    world.pass_by(hours=5)
    (item,) = world.plaid.items.values()
    world.plaid.set_balance(item.accounts[0].account_id, 123_456)
    world.fire("refresh_balances")


def balance_is_kept(world: World) -> bool:
    (account,) = DynamoBankStore().load(OWNER).accounts.values()
    return account.balance_cents == 123_456


def stripe_event(world: World) -> None:
    """Give a card on Stripe's page and never come back."""
    HoldingsWorld.of(world).funded()
    body = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}
    made = world.call("create_setup_session", body=body)
    world.stripe.customers.complete(made.body["session_id"], Card.OK)


def has_one_card(world: World) -> bool:
    methods = world.call("list_payment_methods").body["items"]
    return [method["name"] for method in methods if method["is_active"]] == ["visa 4242"]


def invoice_charge(world: World) -> None:
    """Have an invoice due, with a card to charge."""
    bills = BillsWorld(world)
    bills.funded()
    assert bills.card().status == 201
    ChargeHarness().invoice_of(OWNER, "2013-01")
    world.fire("charge_invoices")


def is_charged_once(world: World) -> bool:
    invoices = BillsWorld(world).invoices()
    return [invoice["status"] for invoice in invoices] == ["paid"] and len(world.stripe.state.intents) == 1


def before_a_holiday(world: World, minutes: int) -> HoldingsWorld:
    """Return a world minutes before the half day of 3 July ends; the market opens again on the 5th."""
    market = HoldingsWorld.of(world)
    market.funded()
    world.pass_by(seconds=int((HALF_DAY_ENDS - world.now).total_seconds()) - 60 * minutes)
    return market


def account_rebalance(world: World) -> None:
    """Buy."""
    assert before_a_holiday(world, 10).reconfigure(absolute_amount_delta_cents=500_000).status == 202


def is_bought_once(world: World) -> bool:
    (version,) = world.call("list_collection_versions").body["items"]
    held = HoldingsWorld(world).holdings()
    return (version["status"], version["executed_amount_cents"], held["value_cents"]) == ("complete", 500_000, 500_000)


def autopilot_event(world: World) -> None:
    """Have a run end, and its polling find that out."""
    market = before_a_holiday(world, 45)
    market.reconfigure(absolute_amount_delta_cents=500_000)
    market.minutes(5)
    (run,) = world.broker.state.runs.values()
    while run.due is not None and run.due > world.now:
        world._set_time(run.due)
        world.broker.advance(world.now)
    world.fire("poll_autopilot_runs")


def account_snapshot(world: World) -> None:
    """Have a week end in which what is held became dearer."""
    market = HoldingsWorld.of(world)
    market.funded()
    market.buy(500_000)
    world.market.pin({"AAPL": Decimal(110)})
    world.pass_by(hours=6)
    world.fire("snapshot_accounts")


def worth_is_kept(world: World) -> bool:
    days = world.call("list_account_snapshots").body["items"]
    return [day["equity_cents"] for day in days] == [1_030_000]


def push(world: World) -> None:
    """Have a person with a device notified of something."""
    body = {"fcm_token": "token-of-ada", "platform": "ios"}
    HoldingsWorld.of(world).funded()
    world.fire("send_outbox")
    world.work_off()
    assert world.call("put_device", device_id="phone", body=body).status == 204
    event = {"id": "event-1", "type": "kyc_status_changed", "payload": {"owner": OWNER, "status": "APPROVED"}}
    world.put("notification-events", json.dumps(event))


def is_pushed_once(world: World) -> bool:
    return [message.token for message in world.firebase.messages] == ["token-of-ada"]


def corporate_action(world: World) -> None:
    """Have a split leave a fraction, which is paid at the opening price of its day, and that day begin."""
    made = world.call("create_portfolio", body={"name": "mine", "exchange": 2})
    days = "".join(f"AAPL,2013-02-{day},99.80,101,98,100,1000\n" for day in (20, 21))
    world.market.load_csv(f"symbol,date,open,high,low,close,volume\nAAPL,2013-02-19,150,151,149,150,1000\n{days}")
    DynamoInstrumentStore().save(Instrument("AAPL", Exchange.NASDAQ))
    body = {"type": "BUY", "symbol": "AAPL", "quantity": 7, "price": 150}
    portfolio = str(made.body["id"])
    bought = world.call("create_transaction", portfolio_id=portfolio, body=body, key="the-purchase-of-ada")
    assert bought.status == 201, bought.body
    world.pass_to(SPLIT_MORNING)
    terms = Terms(Decimal(2), Decimal(3))
    world.market.actions.put([CorporateAction(ActionKind.SPLIT, Exchange.NASDAQ, "AAPL", SPLIT_MORNING.date(), terms)])
    world.fire("apply_corporate_actions")


def is_split_and_paid_once(world: World) -> bool:
    (portfolio,) = world.call("list_portfolios").body["items"]
    items = world.call("list_transactions", portfolio_id=str(portfolio["id"])).body["items"]
    paid = [(item["type"], item["amount"]) for item in items if item["type"] in {"SPLIT", "CASH_IN_LIEU"}]
    return sorted(item_type for item_type, _ in paid) == ["CASH_IN_LIEU", "SPLIT"] and ("CASH_IN_LIEU", 49.9) in paid


ERRANDS: Mapping[str, Errand] = {
    "account-events": Errand("drivewealth", account_event, account_is_open),
    "account-reconciliations": Errand("drivewealth", reconciliation, closing_is_found),
    "money-flow-events": Errand("drivewealth", money_flow_event, is_approved_once),
    "kyc-submissions": Errand("drivewealth", submission, is_approved, is_deferred=False),
    "unknown-outcomes": Errand("drivewealth", unknown_outcome, is_known, is_deferred=False),
    "account-rebalances": Errand("drivewealth", account_rebalance, is_bought_once, is_deferred=False),
    "autopilot-events": Errand("drivewealth", autopilot_event, is_bought_once),
    "account-snapshots": Errand("drivewealth", account_snapshot, worth_is_kept),
    "balance-refreshes": Errand("plaid", balance_refresh, balance_is_kept),
    "stripe-events": Errand("stripe", stripe_event, has_one_card),
    "invoice-charges": Errand("stripe", invoice_charge, is_charged_once, is_deferred=False),
    "pushes": Errand("firebase", push, is_pushed_once),
    "corporate-actions": Errand("market-data", corporate_action, is_split_and_paid_once, is_deferred=False),
}
