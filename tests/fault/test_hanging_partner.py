"""A partner that hangs in the middle of a batch: the rest of it is sent anew, by the worker that knows its time.

Workers, clients and deadlines are the real ones; what would be waited is added to their clock.
"""

import json
from dataclasses import replace

import pytest

from infra.catalogue import consumers
from infra.catalogue.kinds import Consumer, Function
from tests.support.absent_partners import Absence
from tests.support.holdings import HoldingsWorld
from tests.support.workers import received
from tests.support.world import World
from trading.platform.deferrals import waiting

QUEUE, MESSAGES = "account-reconciliations", 10


def with_time_for(row: Function, messages: int) -> Function:
    """Return a row whose function takes ten messages and has time for some of them at their worst."""
    assert isinstance(row.trigger, Consumer)
    trigger = replace(row.trigger, batch_limit=MESSAGES)
    made = replace(row, trigger=trigger)
    object.__setattr__(made, "timeout_seconds", 1 + messages * trigger.budget_seconds)
    return made


@pytest.mark.parametrize("fitting", [1, 2])
def test_the_rest_of_a_batch_that_hangs_is_sent_anew_and_not_handed_back(world: World, fitting: int) -> None:
    HoldingsWorld.of(world).funded()
    row = next(row for row, consumer in consumers() if consumer.queue == QUEUE)
    for _ in range(MESSAGES):
        world.put(QUEUE, json.dumps({"owner": "ada"}))
    world.partners.away["drivewealth"] = Absence.HANGS

    world.workers.work_off(with_time_for(row, fitting), most=MESSAGES)

    begun = waiting()[0][QUEUE]
    anew = received(QUEUE)
    assert fitting <= begun < MESSAGES
    assert len(anew) == MESSAGES - begun
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in anew} == {"1"}
    assert (world.failures, world.workers.cut_off, world.dead_letters(QUEUE)) == ([], [], [])
