"""Registrations at the broker whose attempt another sign-in, a deletion or an operator ended: none stays there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, BanksBench, user_of
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
def bench() -> BanksBench:
    return BanksBench()


def sign_in_again(bench: BanksBench, account: FundingAccount) -> None:
    bench.links.exchange(account.owner, bench.banks.sign_in(CHECKING), link_id=account.link_id)


def overtaken(bench: BanksBench, overtake: Callable[[], object]) -> None:
    """Have something happen while the broker is being asked, whose answer is lost then."""

    def before() -> None:
        bench.broker.before.clear()
        overtake()

    bench.broker.before["create_bank_account"] = before
    bench.broker.after["create_bank_account"] = lost()


@pytest.mark.parametrize("relinks", [1, 2, 3])
def test_registrations_without_an_answer_end_though_sign_ins_overtook_them(bench: BanksBench, relinks: int) -> None:
    account = renewing(bench)
    for _ in range(relinks):
        bench.broker.after["create_bank_account"] = lost()
        bench.renewals.renew(account.owner, account.funding_account_id)
        sign_in_again(bench, account)
    assert len(at_broker(bench, account)) == 1 + relinks

    settle(bench, account)

    assert_only_its_own(bench, account)


def test_a_registration_that_arrives_after_all_was_cleaned_up_ends_too(bench: BanksBench) -> None:
    account = renewing(bench)

    def overtake() -> None:
        sign_in_again(bench, account)
        for _ in range(3):
            bench.clock.pass_by(timedelta(minutes=10))
            bench.resolve(account.owner)

    overtaken(bench, overtake)
    bench.renewals.renew(account.owner, account.funding_account_id)
    assert len(at_broker(bench, account)) == 2

    settle(bench, account)

    assert_only_its_own(bench, account)


@pytest.mark.parametrize("is_lost", [True, False])
def test_what_arrives_for_an_account_that_was_deleted_meanwhile_ends(bench: BanksBench, is_lost: bool) -> None:
    account = renewing(bench)
    overtaken(bench, lambda: bench.service.delete(account.owner, account.funding_account_id))
    if not is_lost:
        bench.broker.after.clear()
    bench.renewals.renew(account.owner, account.funding_account_id)
    assert len(at_broker(bench, account)) == 1

    settle(bench, account)

    assert (at_broker(bench, account), bench.store.load(account.owner).removals, bench.banks.items) == ([], {}, {})


def test_what_was_registered_anew_ends_though_an_operator_ended_the_deletion(bench: BanksBench) -> None:
    account = renewing(bench)
    bench.broker.after["create_bank_account"] = lost()
    bench.renewals.renew(account.owner, account.funding_account_id)
    bench.broker.before["bank_accounts_of"] = bench.broker.before["delete_bank_account"] = always(Unavailable())
    bench.service.delete(account.owner, account.funding_account_id)
    bench.resolve_for(timedelta(days=8), account.owner, account.funding_account_id)
    bench.broker.before.clear()
    bench.broker.accounts.pop(str(account.broker_bank_account_id))
    service = BankUnknowns(bench.store, bench.broker, bench.clock)

    done = service.resolve(
        account.owner, funding_account_sk(account.funding_account_id), decided(Decision.ARRIVED, None)
    )
    settle(bench, account)

    assert (done, at_broker(bench, account)) == ("deleted", [])


def test_what_arrives_for_an_adding_that_was_ended_meanwhile_ends(bench: BanksBench) -> None:
    owner = bench.person()
    link_id, (linked,) = bench.link(owner)

    def end() -> None:
        bench.broker.before.clear()
        (account,) = bench.store.load(owner).accounts.values()
        failed = account.moved(AccountState.FAILED, bench.clock.now()).settled()
        bench.store.commit(BankChange(accounts=(failed,), settles=True))

    bench.broker.before["create_bank_account"] = end
    account = bench.service.add(owner, link_id, linked.account_id, "My checking")
    assert (account.state, len(bench.broker.of(user_of(owner)))) == (AccountState.FAILED, 1)

    settle(bench, account)

    assert at_broker(bench, account) == []
    assert bench.service.add(owner, link_id, linked.account_id, "My checking").state is AccountState.LINKED


def test_money_on_its_way_holds_up_the_end_of_what_was_abandoned(bench: BanksBench) -> None:
    account = renewing(bench)
    bench.broker.after["create_bank_account"] = lost()
    bench.renewals.renew(account.owner, account.funding_account_id)
    sign_in_again(bench, account)
    bench.money.in_flight = 1
    settle(bench, account)
    assert len(at_broker(bench, account)) == 3

    bench.money.in_flight = 0
    bench.clock.pass_by(timedelta(days=1))
    settle(bench, account)

    assert_only_its_own(bench, account)


def test_a_registration_in_use_is_never_ended(bench: BanksBench) -> None:
    account = flagged(bench)
    mixed_up = replace(
        account,
        replaced=(str(account.broker_bank_account_id),),
        abandoned=(Abandoned(account.nickname, bench.clock.now()),),
    )

    assert find_outdated(bench.broker, bench.store.load(account.owner), mixed_up) == ()
