"""Openings of accounts that are left to a person."""

from datetime import timedelta

import pytest

from tests.support.funding import FundingHarness, lost
from tests.support.unknowns import decided, unknowns_of
from trading.brokerage.models import AccountStatus, BrokerAccount
from trading.funding.accounts.unknowns import AccountUnknowns
from trading.platform.errors import Conflict, Unavailable
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")


def down() -> None:
    raise Unavailable("down")


def stuck(harness: FundingHarness, *, arrived: bool = False) -> str:
    """Return a person whose account's opening nobody found out about."""
    ada = "ada"
    faults = harness.broker.after if arrived else harness.broker.before
    faults["create_account"] = lost(times=1_000)
    harness.account_service.ensure(ada, "user-1")
    harness.broker.before["list_accounts"] = down
    pass_days(harness, ada, 8)
    harness.broker.before.clear()
    harness.broker.after.clear()
    return ada


def pass_days(harness: FundingHarness, owner: str, days: int) -> None:
    for _ in range(days * 24):
        harness.clock.pass_by(timedelta(hours=1))
        harness.account_service.resume(owner)


def resolve(harness: FundingHarness, decision: Decision, reference: str | None = None) -> str:
    return AccountUnknowns(harness.accounts, harness.broker, harness.clock).resolve(
        "ada", "account", decided(decision, reference)
    )


def test_an_opening_that_never_arrived_begins_anew_under_another_key() -> None:
    harness = FundingHarness()
    ada = stuck(harness)
    before = harness.account(ada).opening
    assert before is not None
    assert unknowns_of(ada)[0].status == "opening"

    assert resolve(harness, Decision.NEVER_ARRIVED) == "opening"
    assert unknowns_of(ada) == []
    harness.account_service.resume(ada)

    assert harness.account(ada).is_open
    assert before.attempt_id not in harness.broker.by_key
    assert len(harness.broker.accounts) == 1


def test_an_opening_that_the_broker_knows_cannot_be_called_never_arrived() -> None:
    harness = FundingHarness()
    ada = stuck(harness, arrived=True)
    before = harness.account(ada)

    with pytest.raises(Conflict) as refused:
        resolve(harness, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert harness.account(ada) == before


@pytest.mark.parametrize("is_named", [True, False])
def test_an_opening_that_arrived_is_taken_over(is_named: bool) -> None:
    harness = FundingHarness()
    ada = stuck(harness, arrived=True)
    (account_id,) = harness.broker.accounts

    assert resolve(harness, Decision.ARRIVED, account_id if is_named else None) == "OPEN"

    assert harness.account(ada).is_open
    assert harness.accounts.owner_of(account_id) == ada
    assert unknowns_of(ada) == []


def test_another_persons_account_is_not_taken_over() -> None:
    harness = FundingHarness()
    stuck(harness)
    harness.broker.accounts["theirs"] = BrokerAccount("theirs", "DWFK000009", "user-2", AccountStatus.OPEN, "OPEN")

    for reference in ("theirs", "nobodys", None):
        with pytest.raises(Conflict) as refused:
            resolve(harness, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"


def test_nothing_is_decided_while_the_broker_cannot_be_asked() -> None:
    harness = FundingHarness()
    ada = stuck(harness)
    harness.broker.before["list_accounts"] = down
    before = harness.account(ada)

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Unavailable):
            resolve(harness, decision)

    assert harness.account(ada) == before


def test_a_second_time_that_a_person_is_needed_is_told_again() -> None:
    harness = FundingHarness()
    ada = stuck(harness)
    calls = harness.broker.calls["create_account"]
    resolve(harness, Decision.LOOK_AGAIN)
    assert unknowns_of(ada) == []
    harness.broker.before["create_account"] = lost(times=1_000)

    pass_days(harness, ada, 8)

    assert len(unknowns_of(ada)) == 1
    assert harness.broker.calls["create_account"] == calls  # its key is no more known, so nothing is sent


def test_an_account_that_the_broker_lost_is_opened_anew() -> None:
    harness = FundingHarness()
    harness.broker.opens_as = AccountStatus.PENDING
    harness.account_service.ensure("ada", "user-1")
    pass_days(harness, "ada", 8)
    harness.broker.accounts.clear()
    harness.broker.opens_as = AccountStatus.OPEN

    resolve(harness, Decision.NEVER_ARRIVED)
    harness.account_service.resume("ada")

    assert harness.account("ada").is_open


def test_what_was_opened_meanwhile_waits_for_nobody() -> None:
    harness = FundingHarness()
    harness.account_service.ensure("ada", "user-1")

    with pytest.raises(Conflict) as refused:
        resolve(harness, Decision.LOOK_AGAIN)

    assert refused.value.code == "already_resolved"
