"""Limits per caller count wall time: virtual time, far away from it, rests or jumps, and changes nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.support.calls import Answer
from tests.support.world import World
from trading.platform.limits import BURST, PER_SECOND

YEARS = timedelta(days=3650)
TRIES = 400
TOO_MANY, NOT_FOUND = 429, 404


@dataclass
class Flood:
    """One caller's requests to a route that moves money, with the wall time that they took."""

    world: World
    began_at: float = field(default_factory=time.time)
    passed: int = 0

    def ask(self) -> Answer:
        """Pay an invoice that nobody has."""
        answer = self.world.call("pay_invoice", invoice_id="i" * 32, key="a-key-of-16-letters")
        assert answer.status in {TOO_MANY, NOT_FOUND}
        self.passed += answer.status == NOT_FOUND
        return answer

    def until(self, status: int) -> Answer:
        """Ask until a status comes."""
        for _ in range(TRIES):
            answer = self.ask()
            if answer.status == status:
                return answer
        raise AssertionError(f"{status} never came")

    @property
    def most(self) -> float:
        """Return how many may have passed by now: the burst, and what flowed back in since the first."""
        return BURST + (time.time() - self.began_at) * PER_SECOND


@pytest.fixture
def flood(world: World) -> Flood:
    return Flood(world)


def stand_still(world: World) -> None:
    del world


def jump(world: World) -> None:
    world._set_time(world.now + YEARS)


@pytest.mark.parametrize("move", [stand_still, jump])
def test_a_burst_passes_and_flows_back_by_the_wall_alone(flood: Flood, move: Callable[[World], None]) -> None:
    refused = flood.until(TOO_MANY)
    assert (refused.body["code"], refused.headers["Retry-After"]) == ("too_many_requests", "1")
    assert BURST <= flood.passed <= flood.most

    move(flood.world)
    flood.until(TOO_MANY)
    assert flood.passed <= flood.most
    refused_at = time.time()
    flood.until(NOT_FOUND)

    assert time.time() - refused_at < 10 / PER_SECOND
    assert flood.passed <= flood.most
