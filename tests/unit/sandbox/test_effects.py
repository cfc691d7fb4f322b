"""What partners really did, by our own ids: the managed side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.effects import effects
from tests.unit.sandbox.partners.drivewealth.advisor import Advisor
from tests.unit.sandbox.partners.drivewealth.harness import Harness
from trading.managed.runs.models import Run
from trading.managed.runs.store import DynamoRunStore

AT = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_portfolios_and_funds_are_listed_by_the_ids_that_clients_gave(harness: Harness) -> None:
    advisor = Advisor(harness)
    fund = advisor.fund(AAPL=1)

    done = effects(harness.broker)

    at = "2013-02-19T15:02:00Z"
    made = {"status": "ACTIVE", "amount_cents": None, "at": at}
    assert done["portfolios"] == [{"id": advisor.portfolio_id, "refs": ["2"], **made}]
    assert done["funds"] == [{"id": fund, "refs": ["2_89"], **made}]
    assert done["autopilot_runs"] == []


def test_runs_are_listed_by_the_versions_that_they_carry(harness: Harness) -> None:
    advisor = Advisor(harness)
    run_id, other = advisor.order(), advisor.order()
    for number, (broker_id, version_ids) in enumerate(((run_id, ("v1", "v2")), (None, ("v3",)))):
        run = Run(str(number), ("ada",), AT, version_ids=version_ids, broker_run_id=broker_id)
        DynamoRunStore().save(run)
    harness.pass_by(hours=1)

    done = effects(harness.broker)["autopilot_runs"]

    assert [(run["id"], run["refs"], run["status"]) for run in done] == [
        (run_id, ["v1", "v2"], "REBALANCE_NO_ORDERS_GENERATED"),
        (other, [], "REBALANCE_NO_ORDERS_GENERATED"),
    ]
    assert {run["at"] for run in done} == {"2013-02-19T15:02:00Z"}
