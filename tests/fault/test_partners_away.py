"""A partner that hangs or is down for a day: nothing is dead-lettered, and all that waited is done after it is back.

The workers, the schedules, the clients and the simulators are the real ones, in virtual time. Every
queue whose worker calls a partner has a message here with its record, and a result by which it is known
to be done. What trades at the market has its own end: `test_market_away`.
"""

from datetime import timedelta

import pytest

from infra.catalogue import QUEUES, consumers
from tests.support.absent_partners import Absence
from tests.support.errands import ERRANDS, Errand
from tests.support.schedules import Schedules
from tests.support.world import World
from trading.platform.deferrals import waiting

AWAY, BACK = timedelta(hours=24), timedelta(hours=26)
TRADING_DAY = frozenset(
    {"session-entries", "position-exits", "position-sweeps", "session-closes", "portfolio-snapshots"}
)

GIVEN_UP = frozenset({"backtest-runs"})
"""Work that nobody waits a day for: a back-test fails then, says so, and can be asked for again."""


def test_every_queue_whose_worker_calls_a_partner_is_spoken_for() -> None:
    calling = {consumer.queue for _, consumer in consumers() if consumer.calls}

    assert calling == set(ERRANDS) | TRADING_DAY | GIVEN_UP


@pytest.mark.parametrize("absence", Absence)
@pytest.mark.parametrize("queue", sorted(ERRANDS))
def test_what_a_message_asks_for_is_done_after_a_day_without_its_partner(
    world: World, queue: str, absence: Absence
) -> None:
    errand = ERRANDS[queue]
    errand.prepare(world)
    world.partners.away[errand.partner] = absence
    world.work_off()

    schedules = Schedules(world)
    schedules.pass_by(AWAY)

    assert world.partners.asked[errand.partner] > 0
    assert schedules.failed == []
    assert_nothing_failed(world)
    assert (waiting()[0].get(queue, 0) > 0) is errand.is_deferred
    world.partners.away.clear()
    assert not errand.is_done(world)
    wait_until(world, errand)
    assert_nothing_failed(world)
    assert waiting() == ({}, None)


def wait_until(world: World, errand: Errand) -> None:
    """Let time pass until an errand is done and nothing waits any more, at most as long as it may take."""
    schedules, until = Schedules(world), world.now + BACK
    while world.now < until and not (errand.is_done(world) and waiting() == ({}, None)):
        schedules.pass_by(timedelta(hours=1))
    assert errand.is_done(world)


def assert_nothing_failed(world: World) -> None:
    """Hold that no message failed or was parked, and that no worker was cut off."""
    parked = {queue.name: letters for queue in QUEUES if (letters := world.dead_letters(queue.name))}
    assert (world.failures, world.workers.cut_off, parked) == ([], [], {})
