"""One caller's bucket: thirty at once, five a second from then on, and nobody else's."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.client import BaseClient

from trading.platform.clock import FixedClock
from trading.platform.errors import TooManyRequests
from trading.platform.limits import BURST, admit

pytestmark = pytest.mark.usefixtures("aws")

NOW = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


def admitted(caller: str, count: int, *, after: float = 0.0) -> int:
    """Return how many of a number of requests are admitted at one moment."""
    clock, let_in = FixedClock(NOW + timedelta(seconds=after)), 0
    for _ in range(count):
        try:
            admit(caller, clock)
        except TooManyRequests:
            continue
        let_in += 1
    return let_in


def test_thirty_pass_at_once_and_no_more() -> None:
    assert admitted("ada", BURST + 20) == 30


def test_who_is_refused_is_told_when_to_come_back() -> None:
    admitted("ada", BURST)

    with pytest.raises(TooManyRequests) as refused:
        admit("ada", FixedClock(NOW))
    assert refused.value.retry_after == 1


def test_five_a_second_flow_back_and_never_more_than_thirty() -> None:
    admitted("ada", BURST)

    assert admitted("ada", 10, after=0.19) == 0
    assert admitted("ada", 10, after=1) == 5
    assert admitted("ada", 40, after=3) == 10
    assert admitted("ada", 100, after=3600) == 30


def test_who_asks_steadily_is_never_refused() -> None:
    assert sum(admitted("ada", 1, after=number * 0.2) for number in range(60)) == 60


def test_one_callers_flood_is_nobody_elses() -> None:
    admitted("mallory", 100)

    assert admitted("ada", BURST) == 30


def test_an_older_clock_gives_nothing_away() -> None:
    admitted("ada", BURST, after=10)

    assert admitted("ada", 5, after=0) == 0


def test_who_does_not_hurry_costs_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    real, made = BaseClient._make_api_call, []
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda self, *more: made.append(more[0]) or real(self, *more))  # type: ignore[func-returns-value]

    for number in range(3):
        admit("ada", FixedClock(NOW + timedelta(seconds=number)))

    assert made == ["UpdateItem"] * 3


def test_a_bucket_is_forgotten_in_the_end() -> None:
    admitted("ada", 1)

    (item,) = boto3.client("dynamodb").scan(TableName="rate-limits")["Items"]
    assert int(item["expires_at"]["N"]) == int((NOW + timedelta(hours=1)).timestamp())
