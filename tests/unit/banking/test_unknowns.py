"""Registrations and removals of bank accounts that are left to a person."""

from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, SAVINGS, BanksHarness, events
from tests.support.unknowns import decided, unknowns_of
from trading.banking.models import AccountState, FundingAccount, funding_account_id_of
from trading.banking.store import funding_account_sk
from trading.banking.unknowns import BankUnknowns
from trading.brokerage.models import BrokerBankAccount
from trading.platform.errors import Conflict, OutcomeUnknown, Refused, Unavailable
from trading.platform.unknowns import Decision

pytestmark = pytest.mark.usefixtures("aws")
A_WEEK = timedelta(days=8)


@pytest.fixture
def harness() -> BanksHarness:
    return BanksHarness()


def gone() -> None:
    raise OutcomeUnknown("lost")


def down() -> None:
    raise Unavailable("down")


def refuses() -> None:
    raise Refused("no")


def resolve(harness: BanksHarness, account: FundingAccount, decision: Decision, reference: str | None = None) -> str:
    service = BankUnknowns(harness.store, harness.broker, harness.clock)
    sk = funding_account_sk(account.funding_account_id)
    return service.resolve(account.owner, sk, decided(decision, reference))


def stuck(harness: BanksHarness, *, arrived: bool = False) -> FundingAccount:
    """Return a bank account whose registration nobody found out about."""
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    (harness.broker.after if arrived else harness.broker.before)["create_bank_account"] = gone
    harness.broker.before["bank_accounts_of"] = down
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    harness.resolve_for(A_WEEK, ada, funding_account_id_of(ada, linked.account_id))
    harness.broker.before.clear()
    harness.broker.after.clear()
    return harness.of(ada, funding_account_id_of(ada, linked.account_id))


def stuck_removal(harness: BanksHarness) -> FundingAccount:
    """Return a bank account whose removal the broker did not take."""
    account = harness.funding_account(harness.person())
    harness.broker.before["delete_bank_account"] = refuses
    harness.service.delete(account.owner, account.funding_account_id)
    harness.resolve_for(A_WEEK, account.owner, account.funding_account_id)
    harness.broker.before.clear()
    return harness.account(account)


def test_a_registration_that_never_arrived_lets_the_account_be_connected_again(harness: BanksHarness) -> None:
    account = stuck(harness)
    (unknown,) = unknowns_of(account.owner)
    assert (unknown.status, unknown.known["waits_for"]) == ("adding", "registration")

    assert resolve(harness, account, Decision.NEVER_ARRIVED) == "failed"

    assert unknowns_of(account.owner) == []
    again = harness.service.add(account.owner, account.link_id, account.account_id, "Mine")
    assert again.state is AccountState.LINKED
    assert harness.broker.registered == 1


def test_a_registration_that_the_broker_has_cannot_be_called_never_arrived(harness: BanksHarness) -> None:
    account = stuck(harness, arrived=True)

    with pytest.raises(Conflict) as refused:
        resolve(harness, account, Decision.NEVER_ARRIVED)

    assert refused.value.code == "partner_knows_it"
    assert harness.account(account) == account


@pytest.mark.parametrize("is_named", [True, False])
def test_a_registration_that_arrived_is_taken_over(harness: BanksHarness, is_named: bool) -> None:
    account = stuck(harness, arrived=True)
    (bank_account_id,) = harness.broker.accounts

    assert resolve(harness, account, Decision.ARRIVED, bank_account_id if is_named else None) == "linked"

    after = harness.account(account)
    assert (after.broker_bank_account_id, after.needs_person) == (bank_account_id, False)
    assert after.linked_at is not None
    assert unknowns_of(account.owner) == []


def test_what_is_another_persons_or_accounts_is_not_taken_over(harness: BanksHarness) -> None:
    account = stuck(harness)
    linked = harness.funding_account(account.owner, SAVINGS)
    theirs = BrokerBankAccount("broker-bank-9", account.nickname, "somebody-else")
    harness.broker.accounts[theirs.bank_account_id] = theirs

    for reference in ("broker-bank-9", str(linked.broker_bank_account_id), "nothing", None):
        with pytest.raises(Conflict) as refused:
            resolve(harness, account, Decision.ARRIVED, reference)
        assert refused.value.code == "not_at_partner"


def test_an_account_of_the_same_name_is_not_guessed_but_taken_at_a_persons_word(harness: BanksHarness) -> None:
    account = stuck(harness)
    harness.broker.accounts["broker-bank-8"] = BrokerBankAccount("broker-bank-8", account.name, account.user_id)
    with pytest.raises(Conflict):
        resolve(harness, account, Decision.ARRIVED)

    assert resolve(harness, account, Decision.ARRIVED, "broker-bank-8") == "linked"


def test_a_registration_that_arrives_after_it_was_ended_is_not_taken_for_the_next(harness: BanksHarness) -> None:
    account = stuck(harness)
    harness.broker.accounts["late"] = BrokerBankAccount("late", account.nickname, account.user_id)
    with pytest.raises(Conflict):
        resolve(harness, account, Decision.NEVER_ARRIVED)
    harness.broker.accounts.clear()
    resolve(harness, account, Decision.NEVER_ARRIVED)
    harness.broker.accounts["late"] = BrokerBankAccount("late", account.nickname, account.user_id)

    harness.broker.after["create_bank_account"] = gone
    with pytest.raises(Conflict):
        harness.service.add(account.owner, account.link_id, account.account_id, "Mine")
    harness.broker.after.clear()
    harness.clock.pass_by(timedelta(minutes=2))
    harness.service.resume(account.owner, account.funding_account_id)

    assert harness.account(account).broker_bank_account_id == "broker-bank-1"


def test_two_of_the_same_name_are_not_taken_for_each_other(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (one, two) = harness.link(ada, CHECKING, SAVINGS)
    for linked, faults in ((one, harness.broker.after), (two, harness.broker.before)):
        faults["create_bank_account"] = gone
        with pytest.raises(Conflict):
            harness.service.add(ada, link_id, linked.account_id, "Mine")
        faults.clear()

    harness.clock.pass_by(timedelta(minutes=2))
    for linked in (two, one):
        harness.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    first, second = (harness.of(ada, funding_account_id_of(ada, linked.account_id)) for linked in (one, two))
    assert (first.broker_bank_account_id, second.broker_bank_account_id) == ("broker-bank-1", "broker-bank-2")


def test_nothing_is_decided_while_the_broker_cannot_be_asked(harness: BanksHarness) -> None:
    account, removal = stuck(harness), stuck_removal(harness)
    harness.broker.before["bank_accounts_of"] = down

    for unknown in (account, removal):
        for decision in (Decision.NEVER_ARRIVED, Decision.ARRIVED):
            with pytest.raises(Unavailable):
                resolve(harness, unknown, decision)
        assert harness.account(unknown) == unknown


def test_a_second_time_that_a_person_is_needed_is_told_again(harness: BanksHarness) -> None:
    account = stuck(harness)
    calls = harness.broker.calls["create_bank_account"]
    resolve(harness, account, Decision.LOOK_AGAIN)
    assert unknowns_of(account.owner) == []

    harness.resolve_for(A_WEEK, account.owner, account.funding_account_id)

    assert len(events("outcome_needs_person", account.owner)) == 2
    assert len(unknowns_of(account.owner)) == 1
    assert harness.broker.calls["create_bank_account"] == calls


def test_a_removal_that_never_arrived_leaves_the_account_linked(harness: BanksHarness) -> None:
    account = stuck_removal(harness)
    assert unknowns_of(account.owner)[0].known["waits_for"] == "removal"
    with pytest.raises(Conflict) as refused:
        resolve(harness, account, Decision.ARRIVED)
    assert refused.value.code == "not_at_partner"

    assert resolve(harness, account, Decision.NEVER_ARRIVED) == "linked"

    assert harness.account(account).broker_bank_account_id is not None
    assert unknowns_of(account.owner) == []


def test_a_removal_that_arrived_is_finished(harness: BanksHarness) -> None:
    account = stuck_removal(harness)
    harness.broker.accounts.clear()
    with pytest.raises(Conflict) as refused:
        resolve(harness, account, Decision.NEVER_ARRIVED)
    assert refused.value.code == "partner_knows_it"

    assert resolve(harness, account, Decision.ARRIVED) == "deleted"

    assert harness.service.add(account.owner, account.link_id, account.account_id, "Mine").state is AccountState.LINKED


def test_what_is_not_left_to_a_person_is_not_decided(harness: BanksHarness) -> None:
    with pytest.raises(Conflict) as refused:
        resolve(harness, harness.funding_account(harness.person()), Decision.NEVER_ARRIVED)

    assert refused.value.code == "already_resolved"
