"""When a money flow whose outcome is open is looked at again."""

import pytest

from tests.support.funding import FundingBench
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.money_flows.outcomes import with_look

pytestmark = pytest.mark.usefixtures("aws")


def test_each_look_is_followed_by_a_later_one_until_a_person_is_needed() -> None:
    bench = FundingBench()
    flow, now = bench.deposit(bench.person(), 500), bench.clock.now()

    for looks in range(1, len(LOOKUP_DELAYS)):
        flow = with_look(flow, now)
        assert (flow.looks, flow.due_at, flow.needs_person) == (looks, now + LOOKUP_DELAYS[looks], False)
    last = with_look(flow, now)

    assert (last.looks, last.due_at, last.needs_person) == (len(LOOKUP_DELAYS), None, True)
