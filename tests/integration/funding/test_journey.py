"""From a token to money moved, through the real handlers and the real clients, in one process."""

from itertools import product

import pytest

from sandbox.faults import Fault
from tests.support.world import World


def test_a_person_opens_an_account_links_a_bank_and_moves_money(world: World) -> None:
    bank = world.onboard()
    deposit = world.move("deposit", 500_050, bank, key="the-first-deposit")
    world.pass_by(days=5)

    assert world.call("get_money_flow", money_flow_id=deposit.body["money_flow_id"]).body["status"] == "success"
    withdrawal = world.move("withdrawal", 100_000, bank, key="the-first-withdrawal")
    world.work_off()
    world.pass_by(days=5)

    shown = world.call("get_money_flow", money_flow_id=withdrawal.body["money_flow_id"]).body
    assert [step["status"] for step in shown["timeline"]] == ["pending", "approved", "success"]
    (account,) = world.call("list_trading_accounts").body["items"]
    assert account["day_trade_rule"] == "none"
    assert account["cash_balance_cents"] == account["buying_power_cents"] == 400_050
    assert world.failures == []


def test_accounts_are_shown_by_our_own_books_while_the_broker_tells_no_cash(world: World) -> None:
    bank = world.onboard()
    world.move("deposit", 500_050, bank, key="the-first-deposit")
    world.pass_by(days=5)
    world.fail("drivewealth", "get_money", Fault.HTTP_500)

    (account,) = world.call("list_trading_accounts").body["items"]

    assert account["cash_available_for_withdrawal_cents"] == 500_050


QUICK = [fault for fault in Fault if fault is not Fault.SLOW]


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        *product(["create_user", "create_account", "create_bank_account", "get_status"], QUICK),
        ("create_user", Fault.SLOW),
    ],
)
def test_onboarding_survives_whatever_the_broker_does(world: World, operation: str, fault: Fault) -> None:
    world.fail("drivewealth", operation, fault)
    world.submit()
    for _ in range(4):
        world.pass_by(minutes=6)
        world.resolve()
    link = world.link()
    for _ in range(3):
        answer = world.add_account(link)
        assert answer.status < 500
        world.pass_by(minutes=6)
        world.resolve()

    assert world.call("get_profile").body["trading_enabled"]
    assert len(world.broker.state.users) == len(world.broker.state.accounts) == 1
    assert len(world.broker.state.bank_accounts) == 1
    (account,) = world.call("list_funding_accounts").body["items"]
    assert account["status"] == "linked"


def test_the_nightly_look_at_the_broker_finds_a_difference_and_operators_see_it(world: World) -> None:
    world.onboard()
    (account,) = world.broker.state.accounts.values()
    account.cash_cents = 4_200

    world.fire("reconcile")
    world.work_off()

    operator = {"claims": {"role": "operator"}, "uid": "an-operator"}
    (found,) = world.call("list_discrepancies", **operator).body["items"]
    assert (found["difference_cents"], found["profile_id"], found["status"]) == (4_200, "ada", "open")
    path = {"discrepancy_id": found["discrepancy_id"]}
    closed = world.call("resolve_discrepancy", **operator, body={"reason": "a bonus of theirs"}, **path)
    assert (closed.status, closed.body["status"]) == (200, "resolved")


def test_a_freeze_at_the_broker_stops_money(world: World) -> None:
    bank = world.onboard()
    (account,) = world.broker.state.accounts.values()
    world.broker.accounts.set_status(account, "FROZEN")
    world.work_off()

    answer = world.move("deposit", 100, bank, key="while-it-is-frozen")

    assert (answer.status, answer.body["code"]) == (409, "trading_paused")


def test_balances_are_asked_for_in_market_hours_alone(world: World) -> None:
    world.onboard()
    (item,) = world.plaid.items.values()
    item.accounts[0].balance_cents = 777

    assert world.fire("refresh_balances")["status"] == "done"
    world.work_off()
    (account,) = world.call("list_funding_accounts").body["items"]
    assert account["balance_cents"] == 777

    world.pass_by(hours=12)
    assert world.fire("refresh_balances")["status"] == "not_due"
