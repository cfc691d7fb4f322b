"""Balances: what banks report, and what is done when they do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, SAVINGS, BanksHarness, events
from tests.support.funding import Fault
from trading.banking.balances import flag_needs_reauth
from trading.banking.models import FundingAccount
from trading.platform.errors import Conflict, NotFound, OutcomeUnknown, Refused, Unavailable

pytestmark = pytest.mark.usefixtures("aws")

HOUR = timedelta(hours=1)


@pytest.fixture
def harness() -> BanksHarness:
    return BanksHarness()


@pytest.fixture
def account(harness: BanksHarness) -> FundingAccount:
    return harness.funding_account(harness.person())


def pair(harness: BanksHarness) -> list[FundingAccount]:
    ada = harness.person()
    link_id, shown = harness.link(ada, CHECKING, SAVINGS)
    return [harness.service.add(ada, link_id, linked.account_id, linked.name) for linked in shown]


def down() -> None:
    raise Unavailable("down")


def unknown() -> None:
    raise OutcomeUnknown("lost")


def refused() -> None:
    raise Refused("no")


def test_balances_are_asked_for_as_of_the_last_seven_days_and_kept(
    harness: BanksHarness, account: FundingAccount
) -> None:
    harness.banks.set_balance(account.account_id, 7)
    harness.clock.pass_by(HOUR)

    harness.balances.refresh_all(account.owner)

    kept = harness.account(account)
    assert (kept.balance_cents, kept.balance_at) == (7, harness.clock.moment)
    assert harness.banks.fresh_since == [harness.clock.moment - timedelta(days=7)]


def test_a_bank_that_tells_no_balance_is_fine(harness: BanksHarness, account: FundingAccount) -> None:
    harness.banks.set_balance(account.account_id, None)

    harness.balances.refresh_all(account.owner)

    assert harness.account(account).balance_cents is None
    assert harness.balances.for_deposit(account.owner, account.funding_account_id).balance_cents is None


@pytest.mark.parametrize("fault", [down, unknown, refused])
def test_a_bank_that_does_not_respond_leaves_the_old_balance(harness: BanksHarness, fault: Fault) -> None:
    account = harness.funding_account(harness.person())
    harness.banks.before["balances"] = fault

    harness.balances.refresh_all(account.owner)

    kept = harness.account(account)
    assert (kept.balance_cents, kept.balance_at, kept.needs_reauth) == (100_000, account.balance_at, False)


def test_a_bank_that_wants_a_new_sign_in_flags_link_and_accounts_once(harness: BanksHarness) -> None:
    checking, savings = pair(harness)
    harness.item_of(checking.owner, checking.link_id).needs_login = True

    for _ in range(3):
        harness.balances.refresh_all(checking.owner)

    assert harness.account(checking).needs_reauth
    assert harness.account(savings).needs_reauth
    assert harness.banks.calls["balances"] == 1
    assert len(events("bank_needs_reauth", checking.owner)) == 1


def test_an_account_that_is_gone_is_flagged_alone(harness: BanksHarness) -> None:
    checking, savings = pair(harness)
    item = harness.item_of(checking.owner, checking.link_id)
    item.accounts = [
        replace(linked, current_cents=5) for linked in item.accounts if linked.account_id == checking.account_id
    ]

    harness.balances.refresh_all(checking.owner)
    harness.balances.refresh_all(checking.owner)

    assert (harness.account(checking).needs_reauth, harness.account(checking).balance_cents) == (False, 5)
    assert harness.account(savings).needs_reauth
    assert harness.banks.calls["balances"] == 3 + 1


def test_a_flag_of_the_broker_outlives_a_refresh(harness: BanksHarness, account: FundingAccount) -> None:
    flag_needs_reauth(harness.store, harness.clock, account.owner, account.funding_account_id)

    harness.balances.refresh_all(account.owner)

    assert harness.account(account).needs_reauth


def test_only_accounts_that_money_can_move_on_are_flagged(harness: BanksHarness, account: FundingAccount) -> None:
    harness.service.delete(account.owner, account.funding_account_id)

    flag_needs_reauth(harness.store, harness.clock, account.owner, account.funding_account_id)
    flag_needs_reauth(harness.store, harness.clock, account.owner, "absent")

    assert not harness.account(account).needs_reauth


def test_somebody_who_waits_is_not_kept_waiting_by_every_bank(harness: BanksHarness) -> None:
    ada = harness.person()
    for bank in ("One", "Two", "Three"):
        link_id, (linked,) = harness.link(ada, bank=bank)
        harness.service.add(ada, link_id, linked.account_id, bank)
    harness.banks.after["balances"] = lambda: harness.wall.pass_by(timedelta(seconds=2))

    harness.balances.refresh_all(ada, until=harness.wall.now() + timedelta(seconds=3))

    assert harness.banks.calls["balances"] == 2


def test_a_deposit_sees_the_balance_of_now(harness: BanksHarness, account: FundingAccount) -> None:
    harness.banks.set_balance(account.account_id, 5)

    assert harness.balances.for_deposit(account.owner, account.funding_account_id).balance_cents == 5


@pytest.mark.parametrize("fault", [down, unknown, refused])
def test_a_deposit_may_rely_on_a_balance_of_the_last_hour_alone(harness: BanksHarness, fault: Fault) -> None:
    account = harness.funding_account(harness.person())
    harness.clock.pass_by(HOUR - timedelta(seconds=1))
    harness.banks.before["balances"] = fault

    assert harness.balances.for_deposit(account.owner, account.funding_account_id).balance_cents == 100_000
    harness.clock.pass_by(timedelta(seconds=1))
    with pytest.raises(Conflict) as unavailable:
        harness.balances.for_deposit(account.owner, account.funding_account_id)

    assert unavailable.value.code == "balance_unavailable"


def test_a_deposit_from_a_bank_that_wants_a_new_sign_in_is_refused(
    harness: BanksHarness, account: FundingAccount
) -> None:
    harness.item_of(account.owner, account.link_id).needs_login = True

    for _ in range(2):
        with pytest.raises(Conflict) as conflict:
            harness.balances.for_deposit(account.owner, account.funding_account_id)
        assert conflict.value.code == "bank_needs_reauth"

    assert harness.banks.calls["balances"] == 1
    assert harness.account(account).needs_reauth


def test_a_deposit_from_an_account_that_is_gone_is_refused(harness: BanksHarness, account: FundingAccount) -> None:
    harness.item_of(account.owner, account.link_id).accounts.clear()

    with pytest.raises(Conflict) as conflict:
        harness.balances.for_deposit(account.owner, account.funding_account_id)

    assert conflict.value.code == "bank_needs_reauth"
    assert harness.account(account).needs_reauth


def test_a_deposit_needs_an_account_of_ones_own_that_is_linked(harness: BanksHarness, account: FundingAccount) -> None:
    with pytest.raises(NotFound):
        harness.balances.for_deposit("mallory", account.funding_account_id)
    harness.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(NotFound):
        harness.balances.for_deposit(account.owner, account.funding_account_id)
