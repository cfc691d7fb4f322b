"""Schedule resume_runs: each minute have runs gone on with that nobody is at work on any more."""

from collections.abc import Mapping
from datetime import datetime

from trading.platform.fan_out import hand_over
from trading.platform.runs import left_alone
from trading.platform.schedule import scheduled


def resume(_: datetime) -> Mapping[str, object]:
    """Invoke the function of each such run; it goes on where the run stopped."""
    resumed = [hand_over(run.function, run.job, run.scheduled_at) for run in left_alone()]
    return {"status": "done", "resumed": sum(resumed)}


lambda_handler = scheduled("resume_runs", lambda: resume)
