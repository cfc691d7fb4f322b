"""Faults hit the calls that they name, as often as they say."""

import asyncio

from starlette.responses import Response

from sandbox.faults import Fault, Faults
from sandbox.partners import failing


def test_a_fault_is_used_up() -> None:
    faults = Faults()
    faults.add("market", "quotes", Fault.HTTP_500, 2)

    assert [faults.take("market", "quotes") for _ in range(3)] == [Fault.HTTP_500, Fault.HTTP_500, None]


def test_a_fault_leaves_other_calls_alone() -> None:
    faults = Faults()
    faults.add("market", "quotes", Fault.SLOW, 1)

    assert faults.take("market", "bars") is None
    assert faults.take("broker", "quotes") is None
    assert faults.take("market", "quotes") is Fault.SLOW


def test_a_star_stands_for_any_operation() -> None:
    faults = Faults()
    faults.add("market", "*", Fault.MALFORMED, 2)

    assert [faults.take("market", what) for what in ("quotes", "bars")] == [Fault.MALFORMED] * 2


def test_faults_happen_in_the_order_they_were_asked_for() -> None:
    faults = Faults()
    faults.add("market", "*", Fault.SLOW, 1)
    faults.add("market", "quotes", Fault.HTTP_429, 1)

    assert [faults.take("market", "quotes") for _ in range(2)] == [Fault.SLOW, Fault.HTTP_429]


def test_a_look_up_fails_by_its_own_name_and_by_that_of_all_look_ups() -> None:
    faults = Faults()
    faults.add("drivewealth", "list_deposits", Fault.SLOW, 1)
    faults.add("drivewealth", "get_status", Fault.HANG, 2)

    taken = [faults.take("drivewealth", what) for what in ("list_redemptions", "list_deposits", "get_status")]

    assert taken == [Fault.HANG, Fault.SLOW, Fault.HANG]


def test_a_call_that_hangs_holds_nobody_else_up() -> None:
    assert failing.HANG_SECONDS > failing.SLOW_SECONDS

    async def both() -> bool:
        hanging = asyncio.create_task(failing.failing(Response(), Fault.HANG))
        await asyncio.gather(*(failing.failing(Response(), None) for _ in range(100)))
        hangs = not hanging.done()
        hanging.cancel()
        return hangs

    assert asyncio.run(both())


def test_faults_can_be_taken_back() -> None:
    faults = Faults()
    faults.add("market", "*", Fault.SLOW, 5)

    assert faults.clear() == {"items": []}
    assert faults.take("market", "quotes") is None
