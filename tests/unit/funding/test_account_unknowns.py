"""Openings of accounts that are left to a person."""

from datetime import timedelta

import pytest

from tests.support.funding import FundingBench, lost
from tests.support.unknowns import decided, unknowns_of
from trading.brokerage.models import AccountStatus, BrokerAccount
from trading.funding.accounts.unknowns import AccountUnknowns
from trading.platform.errors import Conflict, Unavailable
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")


def down() -> None:
    raise Unavailable("down")


def stuck(bench: FundingBench, *, arrived: bool = False) -> str:
    """Return a person whose account's opening nobody found out about."""
    ada = "ada"
    faults = bench.broker.after if arrived else bench.broker.before
    faults["create_account"] = lost(times=1_000)
    bench.account_service.ensure(ada, "user-1")
    bench.broker.before["list_accounts"] = down
    pass_days(bench, ada, 8)
    bench.broker.before.clear()
    bench.broker.after.clear()
    return ada


def pass_days(bench: FundingBench, owner: str, days: int) -> None:
    for _ in range(days * 24):
        bench.clock.pass_by(timedelta(hours=1))
        bench.account_service.resume(owner)


def resolve(bench: FundingBench, decision: Decision, reference: str | None = None) -> str:
    return AccountUnknowns(bench.accounts, bench.broker, bench.clock).resolve(
        "ada", "account", decided(decision, reference)
    )


def test_an_opening_that_never_arrived_begins_anew_under_another_key() -> None:
    bench = FundingBench()
    ada = stuck(bench)
    before = bench.account(ada).opening
    assert before is not None
    assert unknowns_of(ada)[0].status == "opening"

    assert resolve(bench, Decision.NEVER_ARRIVED) == "opening"
    assert unknowns_of(ada) == []
    bench.account_service.resume(ada)

    assert bench.account(ada).is_open
    assert before.attempt_id not in bench.broker.by_key
    assert len(bench.broker.accounts) == 1


def test_an_opening_that_the_broker_knows_cannot_be_called_never_arrived() -> None:
    bench = FundingBench()
    ada = stuck(bench, arrived=True)
    before = bench.account(ada)

    with pytest.raises(Conflict) as refused:
        resolve(bench, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert bench.account(ada) == before


@pytest.mark.parametrize("is_named", [True, False])
def test_an_opening_that_arrived_is_taken_over(is_named: bool) -> None:
    bench = FundingBench()
    ada = stuck(bench, arrived=True)
    (account_id,) = bench.broker.accounts

    assert resolve(bench, Decision.ARRIVED, account_id if is_named else None) == "OPEN"

    assert bench.account(ada).is_open
    assert bench.accounts.owner_of(account_id) == ada
    assert unknowns_of(ada) == []


def test_another_persons_account_is_not_taken_over() -> None:
    bench = FundingBench()
    stuck(bench)
    bench.broker.accounts["theirs"] = BrokerAccount("theirs", "DWFK000009", "user-2", AccountStatus.OPEN, "OPEN")

    for reference in ("theirs", "nobodys", None):
        with pytest.raises(Conflict) as refused:
            resolve(bench, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"


def test_nothing_is_decided_while_the_broker_cannot_be_asked() -> None:
    bench = FundingBench()
    ada = stuck(bench)
    bench.broker.before["list_accounts"] = down
    before = bench.account(ada)

    for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
        with pytest.raises(Unavailable):
            resolve(bench, decision)

    assert bench.account(ada) == before


def test_a_second_time_that_a_person_is_needed_is_told_again() -> None:
    bench = FundingBench()
    ada = stuck(bench)
    calls = bench.broker.calls["create_account"]
    resolve(bench, Decision.LOOK_AGAIN)
    assert unknowns_of(ada) == []
    bench.broker.before["create_account"] = lost(times=1_000)

    pass_days(bench, ada, 8)

    assert len(unknowns_of(ada)) == 1
    assert bench.broker.calls["create_account"] == calls  # its key is no more known, so nothing is sent


def test_an_account_that_the_broker_lost_is_opened_anew() -> None:
    bench = FundingBench()
    bench.broker.opens_as = AccountStatus.PENDING
    bench.account_service.ensure("ada", "user-1")
    pass_days(bench, "ada", 8)
    bench.broker.accounts.clear()
    bench.broker.opens_as = AccountStatus.OPEN

    resolve(bench, Decision.NEVER_ARRIVED)
    bench.account_service.resume("ada")

    assert bench.account("ada").is_open


def test_what_was_opened_meanwhile_waits_for_nobody() -> None:
    bench = FundingBench()
    bench.account_service.ensure("ada", "user-1")

    with pytest.raises(Conflict) as refused:
        resolve(bench, Decision.LOOK_AGAIN)

    assert refused.value.code == "already_resolved"
