"""Opening accounts, following their status, pausing people for an operator."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.funding import FundingHarness, lost
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


def pauses_of(harness: FundingHarness, *, is_known: bool = True) -> PauseService:
    return PauseService(store=harness.accounts, is_known=lambda _: is_known, clock=harness.clock)


def change_status(harness: FundingHarness, owner: str, status: AccountStatus | None, raw_status: str = "") -> None:
    account_id = str(harness.account(owner).broker_account_id)
    before = harness.broker.accounts[account_id]
    harness.broker.accounts[account_id] = BrokerAccount(
        account_id, before.account_no, before.user_id, status, raw_status or str(status)
    )


def test_an_account_counts_from_the_moment_it_is_open() -> None:
    harness = FundingHarness()
    harness.broker.opens_as = AccountStatus.PENDING
    harness.account_service.ensure("ada", "user-1")
    assert harness.account("ada").opened_at is None

    change_status(harness, "ada", AccountStatus.OPEN)
    harness.account_service.apply_event("event-1", str(harness.account("ada").broker_account_id), None)

    assert harness.account("ada").is_open
    assert harness.account("ada").opening is None
    assert count_events("account_opened") == 1


def test_an_opening_is_looked_at_until_it_is_open_even_without_events() -> None:
    harness = FundingHarness()
    harness.broker.opens_as = AccountStatus.PENDING
    harness.account_service.ensure("ada", "user-1")
    change_status(harness, "ada", AccountStatus.OPEN)

    harness.clock.pass_by(timedelta(minutes=2))
    harness.account_service.resume("ada")

    assert harness.account("ada").is_open


def test_an_account_that_stays_pending_is_left_to_a_person_and_looked_at_every_day() -> None:
    harness = FundingHarness()
    harness.broker.opens_as = AccountStatus.PENDING
    harness.account_service.ensure("ada", "user-1")

    for _ in range(10 * 24):
        harness.clock.pass_by(timedelta(hours=1))
        harness.account_service.resume("ada")

    assert count_events("outcome_needs_person") == 1
    (unknown,) = unknowns_of("ada")
    assert (unknown.status, unknown.known["partner_reference"]) == ("PENDING", harness.account("ada").broker_account_id)
    change_status(harness, "ada", AccountStatus.OPEN)
    for _ in range(25):
        harness.clock.pass_by(timedelta(hours=1))
        harness.account_service.resume("ada")
    assert harness.account("ada").is_open
    assert unknowns_of("ada") == []


def test_an_account_that_is_closed_before_it_opened_is_waited_for_no_more() -> None:
    harness = FundingHarness()
    harness.broker.opens_as = AccountStatus.PENDING
    harness.account_service.ensure("ada", "user-1")
    change_status(harness, "ada", AccountStatus.CLOSED)

    harness.clock.pass_by(timedelta(minutes=2))
    harness.account_service.resume("ada")

    assert harness.account("ada").opening is None
    assert harness.account("ada").opened_at is None


def test_an_opening_that_nobody_heard_of_is_looked_for_before_it_is_asked_for_again() -> None:
    harness = FundingHarness()
    harness.broker.before["create_account"] = lost(times=100)
    harness.account_service.ensure("ada", "user-1")
    harness.clock.pass_by(timedelta(minutes=2))

    harness.account_service.ensure("ada", "user-1")

    assert harness.broker.calls["list_accounts"] == 1
    assert harness.broker.calls["create_account"] == 2


def test_a_lost_answer_to_the_opening_is_found_at_the_broker() -> None:
    harness = FundingHarness()
    harness.broker.after["create_account"] = lost()
    harness.account_service.ensure("ada", "user-1")

    harness.clock.pass_by(timedelta(minutes=2))
    harness.account_service.resume("ada")

    assert harness.account("ada").is_open
    assert harness.broker.calls["create_account"] == 1


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_a_freeze_pauses_and_is_told_until_the_broker_lifts_it(status: AccountStatus) -> None:
    harness = FundingHarness()
    ada = harness.person(cash_cents=10_000)

    change_status(harness, ada, status)
    harness.account_service.refresh(ada)
    assert harness.account(ada).pauses == {Pause.BROKER}
    assert count_events("trading_paused") == 1
    with pytest.raises(Conflict) as refused:
        harness.deposit(ada, 100)
    assert refused.value.code == "trading_paused"

    change_status(harness, ada, AccountStatus.OPEN)
    harness.account_service.refresh(ada)
    assert harness.account(ada).pauses == frozenset()
    assert count_events("trading_resumed") == 1


def test_an_account_without_new_trades_takes_no_money() -> None:
    harness = FundingHarness()
    ada = harness.person()
    change_status(harness, ada, AccountStatus.OPEN_NO_NEW_TRADES)
    harness.account_service.refresh(ada)

    with pytest.raises(Conflict) as refused:
        harness.deposit(ada, 100)

    assert refused.value.code == "account_not_open"


def test_a_status_that_nobody_knows_changes_nothing_and_is_told() -> None:
    harness = FundingHarness()
    ada = harness.person()
    change_status(harness, ada, None, "ON_THE_MOON")

    harness.account_service.refresh(ada)

    assert harness.account(ada).is_open


def test_an_event_about_an_account_of_nobody_is_foreign() -> None:
    with pytest.raises(ForeignEvent):
        FundingHarness().account_service.apply_event("event-1", "theirs", None)


def test_an_event_that_is_ahead_of_our_record_is_adopted_by_its_user() -> None:
    harness = FundingHarness()
    harness.broker.after["create_account"] = lost()
    harness.account_service.ensure("ada", "user-1")
    (account_id,) = harness.broker.accounts

    harness.account_service.apply_event("event-1", account_id, "ada")

    assert harness.account("ada").broker_account_id == account_id


def test_a_pause_by_hand_holds_without_an_account_and_outlives_the_opening() -> None:
    harness = FundingHarness()
    pauses_of(harness).pause("ada", BECAUSE)

    harness.account_service.ensure("ada", "user-1")
    PersonRow(partition("ada"), "bank-account#" + "b" * 32, status="linked").save()

    with pytest.raises(Conflict) as refused:
        harness.deposit("ada", 100)
    assert refused.value.code == "trading_paused"


def test_pausing_twice_is_told_once_and_lifting_once() -> None:
    harness = FundingHarness()
    ada = harness.person()
    service = pauses_of(harness)

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
    service = pauses_of(FundingHarness(), is_known=False)

    with pytest.raises(NotFound):
        step(service, "nobody", BECAUSE)
    assert service.store.find("nobody") is None


def test_who_has_no_account_and_no_pause_is_resumed_into_the_same() -> None:
    assert pauses_of(FundingHarness()).lift("ada", BECAUSE).pauses == frozenset()


def test_the_word_that_an_account_stands_as_it_did_leaves_it_as_it_is() -> None:
    harness = FundingHarness()
    ada = harness.person()
    account = harness.account(ada)
    found, later = harness.broker.accounts[str(account.broker_account_id)], harness.clock.now() + timedelta(days=1)

    assert with_broker_account(account, found, later) == account
    closed = replace(found, status=AccountStatus.CLOSED)
    assert with_broker_account(account, closed, later).updated_at == later
