"""Opening accounts, following their status, pausing people for an operator."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.funding import FundingBench, lost
from tests.support.unknowns import unknowns_of
from trading.brokerage.models import AccountStatus, BrokerAccount
from trading.funding.accounts.models import Pause
from trading.funding.accounts.pauses import PauseService
from trading.funding.accounts.service import with_broker_account
from trading.funding.errors import ForeignEvent
from trading.platform.audit import Audit
from trading.platform.errors import Conflict, NotFound
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")

BECAUSE = Audit("the-operator", "a call from the bank")


def count_events(name: str) -> int:
    return sum(json.loads(str(row.body))["type"] == name for row in OutboxRow.scan())


def pauses_of(bench: FundingBench, *, is_known: bool = True) -> PauseService:
    return PauseService(store=bench.accounts, is_known=lambda _: is_known, clock=bench.clock)


def change_status(bench: FundingBench, owner: str, status: AccountStatus | None, raw_status: str = "") -> None:
    account_id = str(bench.account(owner).broker_account_id)
    before = bench.broker.accounts[account_id]
    bench.broker.accounts[account_id] = BrokerAccount(
        account_id, before.account_no, before.user_id, status, raw_status or str(status)
    )


def test_an_account_counts_from_the_moment_it_is_open() -> None:
    bench = FundingBench()
    bench.broker.opens_as = AccountStatus.PENDING
    bench.account_service.ensure("ada", "user-1")
    assert bench.account("ada").opened_at is None

    change_status(bench, "ada", AccountStatus.OPEN)
    bench.account_service.apply_event("event-1", str(bench.account("ada").broker_account_id), None)

    assert bench.account("ada").is_open
    assert bench.account("ada").opening is None
    assert count_events("account_opened") == 1


def test_an_opening_is_looked_at_until_it_is_open_even_without_events() -> None:
    bench = FundingBench()
    bench.broker.opens_as = AccountStatus.PENDING
    bench.account_service.ensure("ada", "user-1")
    change_status(bench, "ada", AccountStatus.OPEN)

    bench.clock.pass_by(timedelta(minutes=2))
    bench.account_service.resume("ada")

    assert bench.account("ada").is_open


def test_an_account_that_stays_pending_is_left_to_a_person_and_looked_at_every_day() -> None:
    bench = FundingBench()
    bench.broker.opens_as = AccountStatus.PENDING
    bench.account_service.ensure("ada", "user-1")

    for _ in range(10 * 24):
        bench.clock.pass_by(timedelta(hours=1))
        bench.account_service.resume("ada")

    assert count_events("outcome_needs_person") == 1
    (unknown,) = unknowns_of("ada")
    assert (unknown.status, unknown.known["partner_reference"]) == ("PENDING", bench.account("ada").broker_account_id)
    change_status(bench, "ada", AccountStatus.OPEN)
    for _ in range(25):
        bench.clock.pass_by(timedelta(hours=1))
        bench.account_service.resume("ada")
    assert bench.account("ada").is_open
    assert unknowns_of("ada") == []


def test_an_account_that_is_closed_before_it_opened_is_waited_for_no_more() -> None:
    bench = FundingBench()
    bench.broker.opens_as = AccountStatus.PENDING
    bench.account_service.ensure("ada", "user-1")
    change_status(bench, "ada", AccountStatus.CLOSED)

    bench.clock.pass_by(timedelta(minutes=2))
    bench.account_service.resume("ada")

    assert bench.account("ada").opening is None
    assert bench.account("ada").opened_at is None


def test_an_opening_that_nobody_heard_of_is_looked_for_before_it_is_asked_for_again() -> None:
    bench = FundingBench()
    bench.broker.before["create_account"] = lost(times=100)
    bench.account_service.ensure("ada", "user-1")
    bench.clock.pass_by(timedelta(minutes=2))

    bench.account_service.ensure("ada", "user-1")

    assert bench.broker.calls["list_accounts"] == 1
    assert bench.broker.calls["create_account"] == 2


def test_a_lost_answer_to_the_opening_is_found_at_the_broker() -> None:
    bench = FundingBench()
    bench.broker.after["create_account"] = lost()
    bench.account_service.ensure("ada", "user-1")

    bench.clock.pass_by(timedelta(minutes=2))
    bench.account_service.resume("ada")

    assert bench.account("ada").is_open
    assert bench.broker.calls["create_account"] == 1


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_a_freeze_pauses_and_is_told_until_the_broker_lifts_it(status: AccountStatus) -> None:
    bench = FundingBench()
    ada = bench.person(cash_cents=10_000)

    change_status(bench, ada, status)
    bench.account_service.refresh(ada)
    assert bench.account(ada).pauses == {Pause.BROKER}
    assert count_events("trading_paused") == 1
    with pytest.raises(Conflict) as refused:
        bench.deposit(ada, 100)
    assert refused.value.code == "trading_paused"

    change_status(bench, ada, AccountStatus.OPEN)
    bench.account_service.refresh(ada)
    assert bench.account(ada).pauses == frozenset()
    assert count_events("trading_resumed") == 1


def test_an_account_without_new_trades_takes_no_money() -> None:
    bench = FundingBench()
    ada = bench.person()
    change_status(bench, ada, AccountStatus.OPEN_NO_NEW_TRADES)
    bench.account_service.refresh(ada)

    with pytest.raises(Conflict) as refused:
        bench.deposit(ada, 100)

    assert refused.value.code == "account_not_open"


def test_a_status_that_nobody_knows_changes_nothing_and_is_told() -> None:
    bench = FundingBench()
    ada = bench.person()
    change_status(bench, ada, None, "ON_THE_MOON")

    bench.account_service.refresh(ada)

    assert bench.account(ada).is_open


def test_an_event_about_an_account_of_nobody_is_foreign() -> None:
    with pytest.raises(ForeignEvent):
        FundingBench().account_service.apply_event("event-1", "theirs", None)


def test_an_event_that_is_ahead_of_our_record_is_adopted_by_its_user() -> None:
    bench = FundingBench()
    bench.broker.after["create_account"] = lost()
    bench.account_service.ensure("ada", "user-1")
    (account_id,) = bench.broker.accounts

    bench.account_service.apply_event("event-1", account_id, "ada")

    assert bench.account("ada").broker_account_id == account_id


def test_a_pause_by_hand_holds_without_an_account_and_outlives_the_opening() -> None:
    bench = FundingBench()
    pauses_of(bench).pause("ada", BECAUSE)

    bench.account_service.ensure("ada", "user-1")
    PersonRow(partition("ada"), "bank-account#" + "b" * 32, status="linked").save()

    with pytest.raises(Conflict) as refused:
        bench.deposit("ada", 100)
    assert refused.value.code == "trading_paused"


def test_pausing_twice_is_told_once_and_lifting_once() -> None:
    bench = FundingBench()
    ada = bench.person()
    service = pauses_of(bench)

    service.pause(ada, BECAUSE)
    service.pause(ada, BECAUSE)
    service.lift(ada, BECAUSE)
    service.lift(ada, BECAUSE)

    assert (count_events("trading_paused"), count_events("trading_resumed")) == (1, 1)
    audits = list(PersonRow.query(partition(ada), PersonRow.sk.startswith("audit#")))
    assert [json.loads(str(row.document))["action"] for row in audits].count("pause") == 2
    assert {json.loads(str(row.document))["actor"] for row in audits} == {"the-operator"}


@pytest.mark.parametrize("step", [PauseService.pause, PauseService.lift])
def test_nobody_unknown_can_be_paused_or_resumed(step: Callable[[PauseService, str, Audit], object]) -> None:
    service = pauses_of(FundingBench(), is_known=False)

    with pytest.raises(NotFound):
        step(service, "nobody", BECAUSE)
    assert service.store.find("nobody") is None


def test_who_has_no_account_and_no_pause_is_resumed_into_the_same() -> None:
    assert pauses_of(FundingBench()).lift("ada", BECAUSE).pauses == frozenset()


def test_the_word_that_an_account_stands_as_it_did_leaves_it_as_it_is() -> None:
    bench = FundingBench()
    ada = bench.person()
    account = bench.account(ada)
    found, later = bench.broker.accounts[str(account.broker_account_id)], bench.clock.now() + timedelta(days=1)

    assert with_broker_account(account, found, later) == account
    closed = replace(found, status=AccountStatus.CLOSED)
    assert with_broker_account(account, closed, later).updated_at == later
