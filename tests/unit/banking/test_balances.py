"""Balances: what banks report, and what is done when they do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, SAVINGS, BanksBench, events
from tests.support.funding import Fault
from trading.banking.balances import flag_needs_reauth
from trading.banking.models import FundingAccount
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

HOUR = timedelta(hours=1)


@pytest.fixture
def bench() -> BanksBench:
    return BanksBench()


@pytest.fixture
def account(bench: BanksBench) -> FundingAccount:
    return bench.funding_account(bench.person())


def pair(bench: BanksBench) -> list[FundingAccount]:
    ada = bench.person()
    link_id, shown = bench.link(ada, CHECKING, SAVINGS)
    return [bench.service.add(ada, link_id, linked.account_id, linked.name) for linked in shown]


def down() -> None:
    raise Unavailable("down")


def unknown() -> None:
    raise OutcomeUnknown("lost")


def refused() -> None:
    raise Refused("no")


def test_balances_are_asked_for_as_of_the_last_seven_days_and_kept(bench: BanksBench, account: FundingAccount) -> None:
    bench.banks.set_balance(account.account_id, 7)
    bench.clock.pass_by(HOUR)

    bench.balances.refresh_all(account.owner)

    kept = bench.account(account)
    assert (kept.balance_cents, kept.balance_at) == (7, bench.clock.moment)
    assert bench.banks.fresh_since == [bench.clock.moment - timedelta(days=7)]


def test_a_bank_that_tells_no_balance_is_fine(bench: BanksBench, account: FundingAccount) -> None:
    bench.banks.set_balance(account.account_id, None)

    bench.balances.refresh_all(account.owner)

    assert bench.account(account).balance_cents is None
    assert bench.balances.for_deposit(account.owner, account.funding_account_id).balance_cents is None


@pytest.mark.parametrize("fault", [down, unknown, refused])
def test_a_bank_that_does_not_respond_leaves_the_old_balance(bench: BanksBench, fault: Fault) -> None:
    account = bench.funding_account(bench.person())
    bench.banks.before["balances"] = fault

    bench.balances.refresh_all(account.owner)

    kept = bench.account(account)
    assert (kept.balance_cents, kept.balance_at, kept.needs_reauth) == (100_000, account.balance_at, False)


def test_a_bank_that_wants_a_new_sign_in_flags_link_and_accounts_once(bench: BanksBench) -> None:
    checking, savings = pair(bench)
    bench.item_of(checking.owner, checking.link_id).needs_login = True

    for _ in range(3):
        bench.balances.refresh_all(checking.owner)

    assert bench.account(checking).needs_reauth
    assert bench.account(savings).needs_reauth
    assert bench.banks.calls["balances"] == 1
    assert len(events("bank_needs_reauth", checking.owner)) == 1


def test_an_account_that_is_gone_is_flagged_alone(bench: BanksBench) -> None:
    checking, savings = pair(bench)
    item = bench.item_of(checking.owner, checking.link_id)
    item.accounts = [
        replace(linked, current_cents=5) for linked in item.accounts if linked.account_id == checking.account_id
    ]

    bench.balances.refresh_all(checking.owner)
    bench.balances.refresh_all(checking.owner)

    assert (bench.account(checking).needs_reauth, bench.account(checking).balance_cents) == (False, 5)
    assert bench.account(savings).needs_reauth
    assert bench.banks.calls["balances"] == 3 + 1


def test_a_flag_of_the_broker_outlives_a_refresh(bench: BanksBench, account: FundingAccount) -> None:
    flag_needs_reauth(bench.store, bench.clock, account.owner, account.funding_account_id)

    bench.balances.refresh_all(account.owner)

    assert bench.account(account).needs_reauth


def test_only_accounts_that_money_can_move_on_are_flagged(bench: BanksBench, account: FundingAccount) -> None:
    bench.service.delete(account.owner, account.funding_account_id)

    flag_needs_reauth(bench.store, bench.clock, account.owner, account.funding_account_id)
    flag_needs_reauth(bench.store, bench.clock, account.owner, "absent")

    assert not bench.account(account).needs_reauth


def test_somebody_who_waits_is_not_kept_waiting_by_every_bank(bench: BanksBench) -> None:
    ada = bench.person()
    for bank in ("One", "Two", "Three"):
        link_id, (linked,) = bench.link(ada, bank=bank)
        bench.service.add(ada, link_id, linked.account_id, bank)
    bench.banks.after["balances"] = lambda: bench.wall.pass_by(timedelta(seconds=2))

    bench.balances.refresh_all(ada, until=bench.wall.now() + timedelta(seconds=3))

    assert bench.banks.calls["balances"] == 2


def test_a_deposit_sees_the_balance_of_now(bench: BanksBench, account: FundingAccount) -> None:
    bench.banks.set_balance(account.account_id, 5)

    assert bench.balances.for_deposit(account.owner, account.funding_account_id).balance_cents == 5


@pytest.mark.parametrize("fault", [down, unknown, refused])
def test_a_deposit_may_rely_on_a_balance_of_the_last_hour_alone(bench: BanksBench, fault: Fault) -> None:
    account = bench.funding_account(bench.person())
    bench.clock.pass_by(HOUR - timedelta(seconds=1))
    bench.banks.before["balances"] = fault

    assert bench.balances.for_deposit(account.owner, account.funding_account_id).balance_cents == 100_000
    bench.clock.pass_by(timedelta(seconds=1))
    with pytest.raises(Conflict) as unavailable:
        bench.balances.for_deposit(account.owner, account.funding_account_id)

    assert unavailable.value.code == "balance_unavailable"


def test_a_deposit_from_a_bank_that_wants_a_new_sign_in_is_refused(bench: BanksBench, account: FundingAccount) -> None:
    bench.item_of(account.owner, account.link_id).needs_login = True

    for _ in range(2):
        with pytest.raises(Conflict) as conflict:
            bench.balances.for_deposit(account.owner, account.funding_account_id)
        assert conflict.value.code == "bank_needs_reauth"

    assert bench.banks.calls["balances"] == 1
    assert bench.account(account).needs_reauth


def test_a_deposit_from_an_account_that_is_gone_is_refused(bench: BanksBench, account: FundingAccount) -> None:
    bench.item_of(account.owner, account.link_id).accounts.clear()

    with pytest.raises(Conflict) as conflict:
        bench.balances.for_deposit(account.owner, account.funding_account_id)

    assert conflict.value.code == "bank_needs_reauth"
    assert bench.account(account).needs_reauth


def test_a_deposit_needs_an_account_of_ones_own_that_is_linked(bench: BanksBench, account: FundingAccount) -> None:
    with pytest.raises(NotFound):
        bench.balances.for_deposit("mallory", account.funding_account_id)
    bench.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(NotFound):
        bench.balances.for_deposit(account.owner, account.funding_account_id)
