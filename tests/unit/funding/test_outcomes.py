"""When the outcome of a money flow has its next lookup."""

import pytest

from tests.support.funding import FundingHarness
from trading.brokerage.schedule import LOOKUP_DELAYS
from trading.funding.money_flows.outcomes import with_lookup

pytestmark = pytest.mark.usefixtures("aws")


def test_each_look_is_followed_by_a_later_one_until_a_person_is_needed() -> None:
    harness = FundingHarness()
    flow, now = harness.deposit(harness.person(), 500), harness.clock.now()

    for lookups in range(1, len(LOOKUP_DELAYS)):
        flow = with_lookup(flow, now)
        assert (flow.lookups, flow.due_at, flow.needs_person) == (lookups, now + LOOKUP_DELAYS[lookups], False)
    last = with_lookup(flow, now)

    assert (last.lookups, last.due_at, last.needs_person) == (len(LOOKUP_DELAYS), None, True)
