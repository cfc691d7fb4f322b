"""PUT /api/operator/trading-stop over the real handlers: who may, what it answers, what it leaves behind."""

import json

import pytest

from tests.support.world import World
from trading.brokerage.stop_rows import trading_stop
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow

OPERATOR = {"role": "operator"}


def put(world: World, *, stopped: bool, reason: str = "a fault at the exchange") -> dict[str, object]:
    answer = world.call("put_trading_stop", "olga", body={"stopped": stopped, "reason": reason}, claims=OPERATOR)
    assert answer.status == 200, answer.body
    told: dict[str, object] = answer.body
    return told


def test_trading_is_stopped_and_goes_on_with_an_audit_record_of_each(world: World) -> None:
    assert not trading_stop().stopped

    stopped = put(world, stopped=True)
    is_stopped = trading_stop().stopped
    released = put(world, stopped=False, reason="it was mended")

    assert (stopped["stopped"], stopped["changed_by"], is_stopped) == (True, "olga", True)
    assert (released["stopped"], released["reason"], trading_stop().stopped) == (False, "it was mended", False)
    audits = [
        json.loads(str(row.document))
        for row in PersonRow.query("operator#trading-stop", PersonRow.sk.startswith("audit#"))
    ]
    made = {(each["action"], each["actor"], each["reason"]) for each in audits}
    assert made == {("stop_trading", "olga", "a fault at the exchange"), ("release_trading", "olga", "it was mended")}
    told = [json.loads(row.body)["type"] for row in OutboxRow.scan()]
    assert sorted(told) == ["all_trading_released", "all_trading_stopped"]


def test_stopping_twice_keeps_it_stopped_and_tells_both_reasons(world: World) -> None:
    for reason in ("first", "second"):
        assert put(world, stopped=True, reason=reason)["reason"] == reason

    assert (trading_stop().stopped, trading_stop().reason, trading_stop().version) == (True, "second", 2)


@pytest.mark.parametrize(
    "body",
    [{}, {"stopped": True}, {"reason": "x"}, {"stopped": "yes", "reason": "x"}, {"stopped": True, "reason": " "}],
)
def test_a_stop_without_its_fields_is_refused(world: World, body: dict[str, object]) -> None:
    answer = world.call("put_trading_stop", "olga", body=body, claims=OPERATOR)

    assert (answer.status, trading_stop().version) == (400, 0)


def test_nobody_but_operators_stops_trading(world: World) -> None:
    answer = world.call("put_trading_stop", "ada", body={"stopped": True, "reason": "x"})

    assert (answer.status, trading_stop().stopped) == (403, False)
