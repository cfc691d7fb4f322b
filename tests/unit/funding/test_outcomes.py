"""When a money flow whose outcome is open is looked at again."""

import pytest

from tests.support.funding import FundingBench
from trading.brokerage.schedule import LOOKED_AFTER
from trading.funding.money_flows.outcomes import with_look

pytestmark = pytest.mark.usefixtures("aws")


def test_each_look_is_followed_by_a_later_one_until_a_person_is_needed() -> None:
    bench = FundingBench()
    flow, now = bench.deposit(bench.person(), 500), bench.clock.now()

    for looks in range(1, len(LOOKED_AFTER)):
        flow = with_look(flow, now)
        assert (flow.looks, flow.due_at, flow.needs_person) == (looks, now + LOOKED_AFTER[looks], False)
    last = with_look(flow, now)

    assert (last.looks, last.due_at, last.needs_person) == (len(LOOKED_AFTER), None, True)
