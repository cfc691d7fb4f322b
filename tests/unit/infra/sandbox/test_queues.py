"""When queues count as quiet, and which ones a run can fill."""

import pytest

from infra.catalogue import FUNCTIONS
from infra.sandbox.queues import Look, fed_by


@pytest.mark.parametrize(
    ("look", "quiet", "quiet_with_retries"),
    [
        (Look({"a": 0}, {"a": 0}, 0), True, True),
        (Look({"a": 1}, {"a": 0}, 0), False, False),
        (Look({"a": 0}, {"a": 1}, 0), True, False),
        (Look({"a": 0}, {"a": 1}, 1), False, False),
    ],
    ids=["empty", "visible", "waits for a retry", "at work"],
)
def test_a_message_that_waits_for_its_retry_is_waited_for_on_demand_alone(
    look: Look, *, quiet: bool, quiet_with_retries: bool
) -> None:
    assert look.is_quiet(wait_retries=False) is quiet
    assert look.is_quiet(wait_retries=True) is quiet_with_retries


def test_a_job_feeds_the_queues_that_it_sends_to() -> None:
    rows = {row.name: row for row in FUNCTIONS}

    assert fed_by(rows["plan_sessions"]) == {"session-plans"}
    assert fed_by(rows["build_signals"]) == frozenset()
