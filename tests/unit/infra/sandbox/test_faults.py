"""Faults hit the calls that they name, as often as they say."""

from infra.sandbox.faults import Fault, Faults


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


def test_faults_can_be_taken_back() -> None:
    faults = Faults()
    faults.add("market", "*", Fault.SLOW, 5)

    assert faults.clear() == {"items": []}
    assert faults.take("market", "quotes") is None
