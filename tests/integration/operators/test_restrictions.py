"""What operators read of restrictions in force: everybody's, people's and portfolios', in pages, by few requests."""

from dataclasses import replace
from typing import Any

import pytest

from tests.benchmarks.requests_counted import counted
from tests.support.world import START, World
from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.accounts.ports import AccountChange
from trading.funding.accounts.store import DynamoAccountStore

OPERATOR = {"role": "operator"}
MAX_REQUESTS = 11


def operate(world: World, name: str, **more: Any) -> Any:
    answer = world.call(name, "olga", claims=OPERATOR, **more)
    assert answer.status == 200, answer.body
    return answer.body


def shown(world: World, **query: str) -> list[dict[str, Any]]:
    return list(operate(world, "list_restrictions", query=query)["items"])


def open_portfolio(world: World, owner: str, name: str = "day") -> str:
    made = world.call("create_portfolio", owner, body={"name": name, "exchange": 2, "is_automated": True})
    assert made.status == 201, made.body
    return str(made.body["id"])


def stop(world: World, owner: str, **more: str) -> str:
    portfolio_id = open_portfolio(world, owner)
    answer = world.call("stop_portfolio", owner, portfolio_id=portfolio_id, body={"strength": "reduce_only", **more})
    assert answer.status == 200, answer.body
    return portfolio_id


def pause(world: World, owner: str, reason: str, strength: str = "reduce_only") -> None:
    operate(world, "pause_person", profile_id=owner, body={"reason": reason, "strength": strength})


def test_without_restrictions_there_is_nothing(world: World) -> None:
    open_portfolio(world, "ada")

    assert shown(world) == []


def test_each_level_is_shown_with_who_why_and_until_when(world: World) -> None:
    portfolio_id = stop(world, "ada", until="2013-02-20T15:00:00Z")
    world.pass_by(minutes=1)
    open_portfolio(world, "bob")
    pause(world, "bob", "a call from the bank", "flatten")
    operate(world, "put_trading_stop", body={"stopped": True, "reason": "a fault", "strength": "no_new_entries"})

    everybody, bob, ada = shown(world)

    (halt,), (paused,), (stopped,) = everybody["causes"], bob["causes"], ada["causes"]
    named = ("kind", "strength", "set_by", "until")
    assert [everybody["scope"], bob["scope"], ada["scope"]] == ["everything", "person", "portfolio"]
    assert (bob["profile_id"], ada["profile_id"], str(ada["portfolio_id"])) == ("bob", "ada", portfolio_id)
    assert [halt[name] for name in named] == ["kill_switch", "no_new_entries", "olga", None]
    assert [paused[name] for name in named] == ["kill_switch", "flatten", "olga", None]
    assert [stopped[name] for name in named] == ["owner_stop", "reduce_only", "owner", "2013-02-20T15:00:00Z"]
    assert (halt["reason"], paused["reason"]) == ("a fault", "a call from the bank")
    assert (stopped["since"], paused["since"]) == ("2013-02-19T15:00:00Z", "2013-02-19T15:01:00Z")


def test_what_is_over_is_not_shown(world: World) -> None:
    stopped = stop(world, "ada", until="2013-02-19T15:05:00Z")
    lifted = stop(world, "bob")
    pause(world, "bob", "x")
    operate(world, "put_trading_stop", body={"stopped": True, "reason": "x", "scope": "all"})
    assert len(shown(world)) == 4

    world.pass_by(minutes=6)
    world.call("resume_portfolio", "bob", portfolio_id=lifted)
    operate(world, "resume_person", profile_id="bob", body={"reason": "x"})
    operate(world, "put_trading_stop", body={"stopped": False, "reason": "x", "scope": "all"})

    assert (shown(world), stopped != lifted) == ([], True)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"pauses": frozenset({Pause.RETURNED_DEPOSIT, Pause.BROKER})}, ["broker", "returned_deposit"]),
        ({"billing_hold": True}, ["billing_hold"]),
        ({"status": AccountStatus.OPEN_NO_NEW_TRADES}, ["no_new_trades"]),
    ],
)
def test_what_nobody_in_particular_set_is_shown_too(world: World, changes: dict[str, Any], kinds: list[str]) -> None:
    account = replace(TradingAccount.shell("ada", START), **changes)
    DynamoAccountStore().commit(AccountChange(account, START))

    (item,) = shown(world)

    assert [cause["kind"] for cause in item["causes"]] == kinds
    assert {cause["since"] for cause in item["causes"]} == {"2013-02-19T15:00:00Z"}


def test_a_restriction_keeps_its_beginning_while_the_account_changes(world: World) -> None:
    store = DynamoAccountStore()
    account = store.commit(AccountChange(replace(TradingAccount.shell("ada", START), billing_hold=True), START))
    world.pass_by(days=1)

    store.commit(AccountChange(replace(account, updated_at=world.now), world.now))

    assert shown(world)[0]["causes"][0]["since"] == "2013-02-19T15:00:00Z"


def test_pages_show_everything_once_the_last_first_by_few_requests(world: World) -> None:
    for number in range(5):
        stop(world, f"owner{number}")
        pause(world, f"owner{number}", "x")
        world.pass_by(minutes=1)
    operate(world, "put_trading_stop", body={"stopped": True, "reason": "x"})
    found, query = [], {"limit": "1"}
    while query.get("cursor", "") is not None:
        with counted() as requests:
            page = operate(world, "list_restrictions", query=query)
        assert sum(requests.values()) <= MAX_REQUESTS
        found += [(item["scope"], item["profile_id"]) for item in page["items"]]
        query = {"limit": "3", "cursor": page["next_cursor"]}

    owners = [f"owner{number}" for number in (4, 3, 2, 1, 0)]
    assert found[0] == ("everything", None)
    assert sorted(found[1:]) == sorted([*(("person", o) for o in owners), *(("portfolio", o) for o in owners)])
    assert [owner for _, owner in found[1::2]] == owners


def test_nobody_but_operators_reads_restrictions(world: World) -> None:
    assert world.call("list_restrictions", "ada").status == 403
