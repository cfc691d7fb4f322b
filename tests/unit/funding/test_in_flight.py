"""How much may be on its way at once: two hundred flows of a person, so that their account's record stays small."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.funding import BANK, FundingHarness
from trading.banking.ports import InFlight as BanksInFlight
from trading.brokerage.models import Direction
from trading.funding.accounts.models import InFlight
from trading.funding.banks import AccountMoney
from trading.funding.rows import account_row
from trading.platform.errors import Conflict

pytestmark = pytest.mark.usefixtures("aws")

THEN = datetime(2026, 1, 2, 15, 0, tzinfo=UTC)


def with_in_flight(harness: FundingHarness, owner: str, count: int) -> None:
    """Have a person's account wait for a number of deposits."""
    flows = {f"{number:032x}": InFlight(Direction.DEPOSIT, "another-bank", 1, THEN) for number in range(count)}
    account_row(replace(harness.account(owner), in_flight=flows)).save()


@pytest.mark.parametrize("step", [FundingHarness.deposit, FundingHarness.withdraw])
def test_with_two_hundred_on_their_way_no_other_is_begun(step: object) -> None:
    assert callable(step)
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    with_in_flight(harness, ada, 200)

    with pytest.raises(Conflict) as refused:
        step(harness, ada, 100)

    assert refused.value.code == "limit_exceeded"
    assert len(harness.account(ada).in_flight) == 200


def test_the_two_hundredth_is_begun() -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)
    with_in_flight(harness, ada, 199)

    flow = harness.deposit(ada, 100)

    assert flow.funding_account_id == BANK
    assert len(harness.account(ada).in_flight) == 200


def test_of_who_has_no_account_nothing_is_in_flight_and_nothing_was_written() -> None:
    money = AccountMoney(FundingHarness().accounts)

    assert money.on("nobody", BANK) == BanksInFlight(count=0, account_version=0)
