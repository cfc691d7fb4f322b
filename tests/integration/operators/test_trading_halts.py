"""GET, PUT /api/operator/trading-stop over the real handlers: who may, what they answer, what is left behind."""

import json

import pytest

from tests.support.world import World
from trading.brokerage.halt_rows import COPIES, MONEY_HALT_LABEL, check_money_moves, load_trading_halt
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow
from trading.platform.tables import ConditionFailed, Transaction

OPERATOR = {"role": "operator"}


def put(world: World, *, stopped: bool, reason: str = "a fault at the exchange") -> dict[str, object]:
    answer = world.call("put_trading_stop", "olga", body={"stopped": stopped, "reason": reason}, claims=OPERATOR)
    assert answer.status == 200, answer.body
    reply: dict[str, object] = answer.body
    return reply


def test_trading_is_stopped_and_goes_on_with_an_audit_record_of_each(world: World) -> None:
    assert not load_trading_halt().trading_halted

    stopped = put(world, stopped=True)
    is_stopped = load_trading_halt().trading_halted
    released = put(world, stopped=False, reason="it was mended")

    assert (stopped["stopped"], stopped["changed_by"], is_stopped) == (True, "olga", True)
    assert (released["stopped"], released["reason"], load_trading_halt().trading_halted) == (
        False,
        "it was mended",
        False,
    )
    audits = [
        json.loads(str(row.document))
        for row in PersonRow.query("operator#trading-halt", PersonRow.sk.startswith("audit#"))
    ]
    made = {(audit["action"], audit["actor"], audit["reason"]) for audit in audits}
    assert made == {("stop_trading", "olga", "a fault at the exchange"), ("release_trading", "olga", "it was mended")}
    names = [json.loads(row.body)["type"] for row in OutboxRow.scan()]
    assert sorted(names) == ["all_trading_released", "all_trading_stopped"]


def test_stopping_twice_keeps_it_stopped_and_tells_both_reasons(world: World) -> None:
    for reason in ("first", "second"):
        assert put(world, stopped=True, reason=reason)["reason"] == reason

    assert (load_trading_halt().trading_halted, load_trading_halt().reason, load_trading_halt().version) == (
        True,
        "second",
        2,
    )


@pytest.mark.parametrize(
    "body",
    [{}, {"stopped": True}, {"reason": "x"}, {"stopped": "yes", "reason": "x"}, {"stopped": True, "reason": " "}],
)
def test_a_stop_without_its_fields_is_refused(world: World, body: dict[str, object]) -> None:
    answer = world.call("put_trading_stop", "olga", body=body, claims=OPERATOR)

    assert (answer.status, load_trading_halt().version) == (400, 0)


def test_nobody_but_operators_stops_trading(world: World) -> None:
    answer = world.call("put_trading_stop", "ada", body={"stopped": True, "reason": "x"})

    assert (answer.status, load_trading_halt().trading_halted) == (403, False)


def stop(world: World, scope: str, *, stopped: bool) -> dict[str, object]:
    body = {"stopped": stopped, "reason": "because", "scope": scope}
    answer = world.call("put_trading_stop", "olga", body=body, claims=OPERATOR)
    assert answer.status == 200, answer.body
    reply: dict[str, object] = answer.body
    return reply


def shown(world: World) -> tuple[object, object]:
    answer = world.call("get_trading_stop", "olga", claims=OPERATOR)
    assert answer.status == 200
    return answer.body["stopped"], answer.body["scope"]


def test_trading_and_money_are_stopped_and_released_apart(world: World) -> None:
    assert shown(world) == (False, None)

    assert stop(world, "money", stopped=True)["scope"] == "money"
    assert (load_trading_halt().trading_halted, load_trading_halt().money_halted) == (False, True)
    assert stop(world, "trading", stopped=True)["scope"] == "all"
    assert shown(world) == (True, "all")
    assert stop(world, "money", stopped=False)["scope"] == "trading"
    assert (load_trading_halt().trading_halted, load_trading_halt().money_halted) == (True, False)
    stop(world, "all", stopped=True)
    assert stop(world, "all", stopped=False)["scope"] is None
    assert shown(world) == (False, None)


@pytest.mark.parametrize("scope", [None, True, "everything", ""])
def test_a_scope_that_there_is_not_is_refused(world: World, scope: object) -> None:
    body = {"stopped": True, "reason": "x", "scope": scope}
    answer = world.call("put_trading_stop", "olga", body=body, claims=OPERATOR)

    assert (answer.status, load_trading_halt().scope) == (400, None)


def moves_money(owner: str) -> bool:
    """Say whether a transaction that is conditioned on the stop of money goes through."""
    transaction = Transaction()
    check_money_moves(transaction, owner)
    transaction.put(PersonRow(f"person#{owner}", "probe"))
    try:
        transaction.commit()
    except ConditionFailed as error:
        return MONEY_HALT_LABEL not in error.labels
    return True


def test_the_stop_of_money_lies_in_every_copy(world: World) -> None:
    def refused() -> int:
        return sum(not moves_money(f"person-{number}") for number in range(COPIES * 4))

    assert refused() == 0
    stop(world, "money", stopped=True)
    assert refused() == COPIES * 4
    stop(world, "money", stopped=False)
    assert refused() == 0
