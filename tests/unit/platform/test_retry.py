import pytest

from trading.platform.errors import Conflict, StaleRecord
from trading.platform.retry import ATTEMPTS, retry_on_stale


def test_a_step_is_tried_until_nobody_was_faster() -> None:
    failures = [StaleRecord(), StaleRecord()]

    @retry_on_stale
    def step(value: int) -> int:
        if failures:
            raise failures.pop()
        return value

    assert step(5) == 5


def test_after_some_tries_the_clash_is_the_answer() -> None:
    tries: list[int] = []

    @retry_on_stale
    def step() -> None:
        tries.append(1)
        raise StaleRecord

    with pytest.raises(StaleRecord):
        step()
    assert len(tries) == ATTEMPTS


def test_what_a_fresh_read_cannot_help_is_not_tried_again() -> None:
    tries: list[int] = []

    @retry_on_stale
    def step() -> None:
        tries.append(1)
        raise Conflict

    with pytest.raises(Conflict):
        step()
    assert len(tries) == 1
