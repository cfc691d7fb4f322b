"""Registrations at the broker whose attempt another sign-in, a deletion or an operator ended: none stays there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, BanksHarness, user_of
from tests.support.funding import always, lost
from tests.support.unknowns import decided
from tests.unit.banking.test_relinks import assert_only_its_own, at_broker, flagged, renewing, settle
from trading.banking.models import Abandoned, AccountState, FundingAccount
from trading.banking.ports import BankChange
from trading.banking.registrations import find_outdated
from trading.banking.store import funding_account_sk
from trading.banking.unknowns import BankUnknowns
from trading.platform.errors import Unavailable
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness() -> BanksHarness:
    return BanksHarness()


def sign_in_again(harness: BanksHarness, account: FundingAccount) -> None:
    harness.links.exchange(account.owner, harness.banks.sign_in(CHECKING), link_id=account.link_id)


def overtaken(harness: BanksHarness, overtake: Callable[[], object]) -> None:
    """Have something happen while the broker is being asked, whose answer is lost then."""

    def before() -> None:
        harness.broker.before.clear()
        overtake()

    harness.broker.before["create_bank_account"] = before
    harness.broker.after["create_bank_account"] = lost()


@pytest.mark.parametrize("relinks", [1, 2, 3])
def test_registrations_without_an_answer_end_though_sign_ins_overtook_them(harness: BanksHarness, relinks: int) -> None:
    account = renewing(harness)
    for _ in range(relinks):
        harness.broker.after["create_bank_account"] = lost()
        harness.renewals.renew(account.owner, account.funding_account_id)
        sign_in_again(harness, account)
    assert len(at_broker(harness, account)) == 1 + relinks

    settle(harness, account)

    assert_only_its_own(harness, account)


def test_a_registration_that_arrives_after_all_was_cleaned_up_ends_too(harness: BanksHarness) -> None:
    account = renewing(harness)

    def overtake() -> None:
        sign_in_again(harness, account)
        for _ in range(3):
            harness.clock.pass_by(timedelta(minutes=10))
            harness.resolve(account.owner)

    overtaken(harness, overtake)
    harness.renewals.renew(account.owner, account.funding_account_id)
    assert len(at_broker(harness, account)) == 2

    settle(harness, account)

    assert_only_its_own(harness, account)


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_arrives_for_an_account_that_was_deleted_meanwhile_ends(harness: BanksHarness, is_lost: bool) -> None:
    account = renewing(harness)
    overtaken(harness, lambda: harness.service.delete(account.owner, account.funding_account_id))
    if not is_lost:
        harness.broker.after.clear()
    harness.renewals.renew(account.owner, account.funding_account_id)
    assert len(at_broker(harness, account)) == 1

    settle(harness, account)

    assert (at_broker(harness, account), harness.store.load(account.owner).removals, harness.banks.items) == (
        [],
        {},
        {},
    )


def test_what_was_registered_anew_ends_though_an_operator_ended_the_deletion(harness: BanksHarness) -> None:
    account = renewing(harness)
    harness.broker.after["create_bank_account"] = lost()
    harness.renewals.renew(account.owner, account.funding_account_id)
    harness.broker.before["bank_accounts_of"] = harness.broker.before["delete_bank_account"] = always(Unavailable())
    harness.service.delete(account.owner, account.funding_account_id)
    harness.resolve_for(timedelta(days=8), account.owner, account.funding_account_id)
    harness.broker.before.clear()
    harness.broker.accounts.pop(str(account.broker_bank_account_id))
    service = BankUnknowns(harness.store, harness.broker, harness.clock)

    done = service.resolve(
        account.owner, funding_account_sk(account.funding_account_id), decided(Decision.ARRIVED, None)
    )
    settle(harness, account)

    assert (done, at_broker(harness, account)) == ("deleted", [])


def test_what_arrives_for_an_adding_that_was_ended_meanwhile_ends(harness: BanksHarness) -> None:
    owner = harness.person()
    link_id, (linked,) = harness.link(owner)

    def end() -> None:
        harness.broker.before.clear()
        (account,) = harness.store.load(owner).accounts.values()
        failed = account.moved(AccountState.FAILED, harness.clock.now()).settled()
        harness.store.commit(BankChange(accounts=(failed,), settles=True))

    harness.broker.before["create_bank_account"] = end
    account = harness.service.add(owner, link_id, linked.account_id, "My checking")
    assert (account.state, len(harness.broker.of(user_of(owner)))) == (AccountState.FAILED, 1)

    settle(harness, account)

    assert at_broker(harness, account) == []
    assert harness.service.add(owner, link_id, linked.account_id, "My checking").state is AccountState.LINKED


def test_money_on_its_way_holds_up_the_end_of_what_was_abandoned(harness: BanksHarness) -> None:
    account = renewing(harness)
    harness.broker.after["create_bank_account"] = lost()
    harness.renewals.renew(account.owner, account.funding_account_id)
    sign_in_again(harness, account)
    harness.money.in_flight = 1
    settle(harness, account)
    assert len(at_broker(harness, account)) == 3

    harness.money.in_flight = 0
    harness.clock.pass_by(timedelta(days=1))
    settle(harness, account)

    assert_only_its_own(harness, account)


def test_a_registration_in_use_is_never_ended(harness: BanksHarness) -> None:
    account = flagged(harness)
    mixed_up = replace(
        account,
        replaced=(str(account.broker_bank_account_id),),
        abandoned=(Abandoned(account.nickname, harness.clock.now()),),
    )

    assert find_outdated(harness.broker, harness.store.load(account.owner), mixed_up) == ()
