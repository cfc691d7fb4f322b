import math
from dataclasses import dataclass

import pytest

from trading.platform.deadline import lambda_seconds, require_seconds, seconds_left, time_limit
from trading.platform.errors import Unavailable


@dataclass(frozen=True)
class Context:
    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def test_nothing_limits_what_no_edge_began() -> None:
    require_seconds(10_000)

    assert seconds_left() == math.inf


def test_of_nested_limits_the_nearest_counts_and_each_ends_with_its_block() -> None:
    with time_limit(10):
        with time_limit(1_000):
            assert seconds_left() <= 10
        with time_limit(1):
            assert seconds_left() <= 1
        assert 9 < seconds_left() <= 10

    assert seconds_left() == math.inf


def test_a_call_for_which_too_little_time_is_left_is_not_begun() -> None:
    with time_limit(5):
        require_seconds(4)
        with pytest.raises(Unavailable):
            require_seconds(6)


def test_an_invocation_says_how_long_it_may_still_take() -> None:
    assert lambda_seconds(Context(1_500)) == 1.5
    assert lambda_seconds(None) == math.inf
