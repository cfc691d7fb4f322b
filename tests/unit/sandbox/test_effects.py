"""What partners really did, told by our own ids: the managed side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.effects import effects
from tests.unit.sandbox.partners.drivewealth.advisor import Advisor
from tests.unit.sandbox.partners.drivewealth.bench import Bench
from trading.managed.runs.models import Run
from trading.managed.runs.store import DynamoRunStore

AT = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_portfolios_and_funds_are_told_by_the_ids_that_clients_gave(bench: Bench) -> None:
    advisor = Advisor(bench)
    fund = advisor.fund(AAPL=1)

    told = effects(bench.broker)

    at = "2013-02-19T15:02:00Z"
    made = {"status": "ACTIVE", "amount_cents": None, "at": at}
    assert told["portfolios"] == [{"id": advisor.portfolio_id, "refs": ["2"], **made}]
    assert told["funds"] == [{"id": fund, "refs": ["2_89"], **made}]
    assert told["autopilot_runs"] == []


def test_runs_are_told_by_the_versions_that_they_carry(bench: Bench) -> None:
    advisor = Advisor(bench)
    run_id, other = advisor.order(), advisor.order()
    for number, (broker_id, version_ids) in enumerate(((run_id, ("v1", "v2")), (None, ("v3",)))):
        run = Run(str(number), ("ada",), AT, version_ids=version_ids, broker_run_id=broker_id)
        DynamoRunStore().save(run)
    bench.pass_by(hours=1)

    told = effects(bench.broker)["autopilot_runs"]

    assert [(run["id"], run["refs"], run["status"]) for run in told] == [
        (run_id, ["v1", "v2"], "REBALANCE_NO_ORDERS_GENERATED"),
        (other, [], "REBALANCE_NO_ORDERS_GENERATED"),
    ]
    assert {run["at"] for run in told} == {"2013-02-19T15:02:00Z"}
