"""What tests of the simulated broker share."""

import json
from pathlib import Path

import pytest

from tests.unit.sandbox.partners.drivewealth.advisor import CASH, Advisor
from tests.unit.sandbox.partners.drivewealth.control_client import ControlClient
from tests.unit.sandbox.partners.drivewealth.harness import Harness
from trading.platform.people import PersonRow, partition


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


@pytest.fixture
def advisor(harness: Harness) -> Advisor:
    return Advisor(harness)


@pytest.fixture
def control(advisor: Advisor) -> ControlClient:
    return ControlClient(advisor)


@pytest.fixture
def ada(aws: None, advisor: Advisor) -> str:
    """Have the broker's user of the account be Ada; return her fund, half of what she has."""
    row = PersonRow(partition("ada"), "kyc#record", document=json.dumps({"user_id": advisor.account["userID"]}))
    row.save()
    fund = advisor.fund(AAPL=0.5, MSFT=0.5)
    advisor.rebalance({CASH: 0.5, fund: 0.5})
    return fund
