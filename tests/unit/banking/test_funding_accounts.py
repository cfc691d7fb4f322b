"""Funding accounts: one at the broker for each at a bank, whoever fails; deleted when nothing is in flight."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.support.banks import CANARY, CHECKING, SAVINGS, BanksHarness, events, everything_kept, user_of
from tests.support.crashes import cut_in
from tests.support.funding import Fault, lost
from trading.banking.models import AccountState, FundingAccount, funding_account_id_of
from trading.banking.ports import BankChange
from trading.banking.store import DynamoBankStore, funding_account_sk
from trading.brokerage.banks import LINK_REFUSED, LOGIN_REQUIRED, LinkedAccount
from trading.brokerage.errors import BANK_NEEDS_REAUTH
from trading.platform.errors import Conflict, NotFound, Refused, StaleRecord, Unavailable
from trading.platform.people import PersonRow, partition

pytestmark = pytest.mark.usefixtures("aws")

MINUTE = timedelta(minutes=1)


@pytest.fixture
def harness() -> BanksHarness:
    return BanksHarness()


def failing(error: Exception, times: int = 10**6) -> Fault:
    left = [times]

    def fault() -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fault


def code_of(refused: pytest.ExceptionInfo[Conflict]) -> str:
    return refused.value.code


def test_an_account_is_registered_at_the_broker_and_linked(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)

    account = harness.service.add(ada, link_id, linked.account_id, "Rainy days")

    assert account.funding_account_id == funding_account_id_of(ada, linked.account_id)
    assert (account.state, account.name, account.mask) == (AccountState.LINKED, "Rainy days", "0001")
    assert (account.balance_cents, account.linked_at, account.due_at) == (100_000, harness.clock.moment, None)
    (at_broker,) = harness.broker.of(user_of(ada))
    assert at_broker.nickname.startswith("Rainy days #")
    assert (at_broker.bank_account_id, at_broker.nickname) == (account.broker_bank_account_id, account.nickname)
    row = PersonRow.get(partition(ada), funding_account_sk(account.funding_account_id))
    assert row.status == "linked"
    assert row.due_key is None


def test_no_token_of_a_registration_is_left_behind(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())

    assert set(harness.store.load(account.owner).sealed_tokens) == {account.link_id}
    assert CANARY not in everything_kept()


def test_adding_again_changes_nothing(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())

    again = harness.service.add(account.owner, account.link_id, account.account_id, "Another name")

    assert again == harness.account(account)
    assert harness.broker.calls["create_bank_account"] == 1


def test_a_foreign_or_absent_link_or_account_is_not_found(harness: BanksHarness) -> None:
    ada, mallory = harness.person(), harness.person()
    link_id, (linked,) = harness.link(ada)

    for owner, link, account_id in (
        (mallory, link_id, linked.account_id),
        (ada, "absent", linked.account_id),
        (ada, link_id, "absent"),
    ):
        with pytest.raises(NotFound):
            harness.service.add(owner, link, account_id, "Mine")

    assert harness.broker.calls["create_bank_account"] == 0


def test_who_is_not_known_to_the_broker_connects_nothing(harness: BanksHarness) -> None:
    link_id, (linked,) = harness.link("nobody")

    with pytest.raises(Conflict) as refused:
        harness.service.add("nobody", link_id, linked.account_id, "Mine")

    assert code_of(refused) == "account_not_open"
    assert harness.banks.calls["processor_token"] == 0


def test_a_person_whose_form_was_not_sent_yet_connects_nothing(harness: BanksHarness) -> None:
    link_id, (linked,) = harness.link("early")
    PersonRow(partition("early"), "kyc#record", document='{"user_id": null}', version=1).save()

    with pytest.raises(Conflict) as refused:
        harness.service.add("early", link_id, linked.account_id, "Mine")

    assert code_of(refused) == "account_not_open"


def test_the_same_account_by_another_sign_in_is_refused_before_the_broker_hears_of_it(harness: BanksHarness) -> None:
    ada = harness.person()
    harness.funding_account(ada)
    link_id, (twin,) = harness.link(ada)

    with pytest.raises(Conflict) as refused:
        harness.service.add(ada, link_id, twin.account_id, "A twin")

    assert code_of(refused) == "already_connected"
    assert harness.broker.calls["create_bank_account"] == 1


@pytest.mark.parametrize("other", [replace(CHECKING, mask="0009"), replace(CHECKING, name="Joint")])
def test_another_account_of_the_same_bank_is_none_of_a_twin(harness: BanksHarness, other: LinkedAccount) -> None:
    ada = harness.person()
    harness.funding_account(ada)
    link_id, (linked,) = harness.link(ada, other)

    assert harness.service.add(ada, link_id, linked.account_id, "Other").state is AccountState.LINKED


def test_a_twin_at_another_bank_or_of_another_person_is_fine(harness: BanksHarness) -> None:
    ada, bert = harness.person(), harness.person()
    harness.funding_account(ada)
    elsewhere, (linked,) = harness.link(ada, CHECKING, bank="Second Bank")

    assert harness.service.add(ada, elsewhere, linked.account_id, "Other").state is AccountState.LINKED
    assert harness.funding_account(bert).state is AccountState.LINKED


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_of_the_broker_is_pending_and_asked_again_under_the_same_key(
    harness: BanksHarness, side: str
) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    getattr(harness.broker, side)["create_bank_account"] = lost()

    with pytest.raises(Conflict) as pending:
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    account = harness.service.add(ada, link_id, linked.account_id, "Another name")

    assert code_of(pending) == "bank_link_pending"
    assert (account.state, account.name) == (AccountState.LINKED, "Mine")
    assert len(harness.broker.of(user_of(ada))) == harness.broker.registered == 1


@pytest.mark.parametrize("side", ["before", "after"])
def test_the_resolver_connects_what_the_person_does_not_ask_for_again(harness: BanksHarness, side: str) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    getattr(harness.broker, side)["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    funding_account_id = funding_account_id_of(ada, linked.account_id)
    row = PersonRow.get(partition(ada), funding_account_sk(funding_account_id))
    assert row.due_at == int((harness.clock.moment + MINUTE).timestamp())

    harness.service.resume(ada, funding_account_id)
    assert harness.of(ada, funding_account_id).state is AccountState.ADDING
    harness.clock.pass_by(MINUTE)
    account = harness.service.resume(ada, funding_account_id)

    assert account is not None
    assert (account.state, account.due_at) == (AccountState.LINKED, None)
    assert len(harness.broker.of(user_of(ada))) == harness.broker.registered == 1


def test_a_registration_needs_no_bank_once_it_was_begun(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    harness.banks.items.clear()

    assert harness.service.add(ada, link_id, linked.account_id, "Mine").state is AccountState.LINKED


def test_a_broker_that_is_down_for_days_is_left_to_a_person(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.before["create_bank_account"] = failing(Unavailable("down"))
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    funding_account_id = funding_account_id_of(ada, linked.account_id)

    harness.resolve_for(timedelta(days=7), ada, funding_account_id)

    account = harness.of(ada, funding_account_id)
    assert (account.state, account.due_at, account.needs_person) == (AccountState.ADDING, None, True)
    assert len(events("outcome_needs_person", ada)) == 1
    assert harness.broker.calls["create_bank_account"] == 1 + 6  # after 1, 6 and 66 minutes, then daily within 95 hours
    assert harness.broker.calls["bank_accounts_of"] == 8


def test_after_95_hours_nothing_is_sent_again(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")
    harness.clock.pass_by(timedelta(hours=95))

    with pytest.raises(Conflict) as refused:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_link_pending"
    assert harness.broker.calls["create_bank_account"] == 1
    assert harness.of(ada, funding_account_id_of(ada, linked.account_id)).state is AccountState.ADDING


def test_a_registration_whose_answer_was_lost_is_found_and_not_sent_again(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    harness.clock.pass_by(timedelta(days=4, hours=1))
    harness.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    account = harness.of(ada, funding_account_id_of(ada, linked.account_id))
    assert (account.state, account.broker_bank_account_id) == (AccountState.LINKED, "broker-bank-1")
    assert harness.broker.calls["create_bank_account"] == 1


@pytest.mark.parametrize(
    ("code", "shown_code"), [(BANK_NEEDS_REAUTH, "bank_needs_reauth"), ("refused", "bank_link_failed")]
)
def test_a_refusal_of_the_broker_frees_the_account_for_another_try(
    harness: BanksHarness, code: str, shown_code: str
) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.before["create_bank_account"] = failing(Refused("their words", code=code), times=1)

    with pytest.raises(Conflict) as refused:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    assert (code_of(refused), "their words" in refused.value.detail) == (shown_code, False)
    failed = harness.of(ada, funding_account_id_of(ada, linked.account_id))
    assert (failed.state, failed.due_at) == (AccountState.FAILED, None)
    assert set(harness.store.load(ada).sealed_tokens) == {link_id}
    again = harness.service.add(ada, link_id, linked.account_id, "Mine")
    assert (again.state, again.attempt_id == failed.attempt_id) == (AccountState.LINKED, False)


@pytest.mark.parametrize("call", ["accounts", "processor_token"])
def test_a_bank_that_cannot_be_asked_leaves_nothing_behind(harness: BanksHarness, call: str) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)

    for error in (Unavailable("down"), Refused("no", code=LINK_REFUSED)):
        harness.banks.before[call] = failing(error)
        with pytest.raises(Conflict) as refused:
            harness.service.add(ada, link_id, linked.account_id, "Mine")
        assert code_of(refused) == "bank_link_failed"

    assert harness.store.load(ada).accounts == {}
    assert harness.broker.calls["create_bank_account"] == 0


def test_a_bank_that_wants_a_new_sign_in_has_its_link_flagged(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.banks.before["processor_token"] = failing(Refused("no", code=LOGIN_REQUIRED))

    with pytest.raises(Conflict) as refused:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_needs_reauth"
    assert harness.store.load(ada).links[link_id].needs_reauth_since is not None
    assert len(events("bank_needs_reauth", ada)) == 1


def test_two_that_add_at_once_register_once(harness: BanksHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    rivals: list[FundingAccount] = []
    cut_in(monkeypatch, lambda: rivals.append(harness.service.add(ada, link_id, linked.account_id, "Rival")))

    account = harness.service.add(ada, link_id, linked.account_id, "Mine")

    assert account.funding_account_id == rivals[0].funding_account_id
    assert harness.broker.registered == 1


@dataclass
class Overtaken(DynamoBankStore):
    """Records with a rival that acts right after the first step was written."""

    rival: Callable[[], object] | None

    def commit(self, change: BankChange) -> None:
        """Write a step, then let the rival act, once."""
        super().commit(change)
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()


def test_who_is_overtaken_by_the_resolver_answers_what_it_found(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)

    def rival() -> None:
        harness.clock.pass_by(MINUTE)
        harness.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    account = replace(harness.service, store=Overtaken(rival)).add(ada, link_id, linked.account_id, "Mine")

    assert account.state is AccountState.LINKED
    assert harness.broker.calls["create_bank_account"] == 1


def test_who_is_overtaken_by_a_refusal_is_told_of_it(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    harness.broker.before["create_bank_account"] = failing(Refused("no"))

    def rival() -> None:
        harness.clock.pass_by(MINUTE)
        harness.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    with pytest.raises(Conflict) as refused:
        replace(harness.service, store=Overtaken(rival)).add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_link_failed"
    assert harness.broker.calls["create_bank_account"] == 1


def test_of_two_twins_at_once_one_is_registered(harness: BanksHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = harness.person()
    first, (one,) = harness.link(ada)
    second, (other,) = harness.link(ada)
    cut_in(monkeypatch, lambda: harness.service.add(ada, second, other.account_id, "Rival"))

    with pytest.raises(Conflict) as refused:
        harness.service.add(ada, first, one.account_id, "Mine")

    assert code_of(refused) == "already_connected"
    assert harness.broker.registered == 1


def test_deleting_forgets_the_account_at_the_broker_and_the_link_at_the_provider(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    item_id = harness.item_of(account.owner, account.link_id).item_id

    harness.service.delete(account.owner, account.funding_account_id)

    assert harness.broker.accounts == {}
    assert harness.banks.items == {}
    state = harness.store.load(account.owner)
    assert (state.links, state.sealed_tokens) == ({}, {})
    assert harness.store.link_of_item(item_id) is None
    kept = harness.account(account)
    assert (kept.state, kept.name, kept.mask, kept.due_at) == (AccountState.DELETED, "My checking", "0001", None)


def test_a_link_lives_as_long_as_an_account_needs_it(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (checking, savings) = harness.link(ada, CHECKING, SAVINGS)
    first, second = (
        harness.service.add(ada, link_id, linked.account_id, linked.name) for linked in (checking, savings)
    )

    harness.service.delete(ada, first.funding_account_id)
    assert harness.banks.calls["remove_item"] == 0
    harness.service.delete(ada, second.funding_account_id)

    assert harness.banks.calls["remove_item"] == 1
    assert harness.store.load(ada).links == {}


def test_two_accounts_of_a_link_that_go_at_once_leave_no_link(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, (checking, savings) = harness.link(ada, CHECKING, SAVINGS)
    first, second = (
        harness.service.add(ada, link_id, linked.account_id, linked.name) for linked in (checking, savings)
    )
    harness.broker.after["delete_bank_account"] = lost()
    harness.service.delete(ada, first.funding_account_id)

    harness.service.delete(ada, second.funding_account_id)
    harness.service.delete(ada, first.funding_account_id)

    assert {harness.account(account).state for account in (first, second)} == {AccountState.DELETED}
    assert (harness.banks.items, harness.store.load(ada).links) == ({}, {})


def test_an_account_added_while_the_last_other_goes_keeps_the_link(
    harness: BanksHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = harness.person()
    link_id, (checking, savings) = harness.link(ada, CHECKING, SAVINGS)
    first = harness.service.add(ada, link_id, checking.account_id, "One")
    harness.banks.before["remove_item"] = lambda: cut_in(
        monkeypatch, lambda: harness.service.add(ada, link_id, savings.account_id, "Two")
    )

    harness.banks.after["remove_item"] = lambda: harness.banks.items.update(kept)
    kept = dict(harness.banks.items)
    harness.service.delete(ada, first.funding_account_id)

    assert link_id in harness.store.load(ada).links
    assert harness.account(first).state is AccountState.DELETED


def test_money_in_flight_holds_an_account(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    harness.money.in_flight = 1

    with pytest.raises(Conflict) as refused:
        harness.service.delete(account.owner, account.funding_account_id)

    assert code_of(refused) == "money_in_flight"
    assert harness.account(account).state is AccountState.LINKED


@pytest.mark.parametrize(("known", "actual"), [(0, 1), (1, None), (3, 4)])
def test_money_that_begins_to_move_meanwhile_holds_an_account(
    harness: BanksHarness, known: int, actual: int | None
) -> None:
    account = harness.funding_account(harness.person())
    harness.money.account_version = known
    if actual is not None:
        PersonRow(partition(account.owner), "account", document="{}", version=actual).save()

    with pytest.raises(StaleRecord):
        harness.service.delete(account.owner, account.funding_account_id)

    assert harness.account(account).state is AccountState.LINKED
    assert harness.broker.calls["delete_bank_account"] == 0


def test_a_foreign_absent_or_deleted_account_is_not_found(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    for owner, funding_account_id in (("mallory", account.funding_account_id), (account.owner, "f" * 32)):
        with pytest.raises(NotFound):
            harness.service.delete(owner, funding_account_id)
    harness.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(NotFound):
        harness.service.delete(account.owner, account.funding_account_id)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("partner", ["broker", "banks"])
def test_a_deletion_that_a_partner_holds_up_is_finished_by_the_resolver(
    harness: BanksHarness, partner: str, side: str
) -> None:
    account = harness.funding_account(harness.person())
    name = "delete_bank_account" if partner == "broker" else "remove_item"
    getattr(getattr(harness, partner), side)[name] = lost()

    harness.service.delete(account.owner, account.funding_account_id)
    assert harness.account(account).state is AccountState.DELETING
    harness.clock.pass_by(MINUTE)
    harness.service.resume(account.owner, account.funding_account_id)

    assert harness.account(account).state is AccountState.DELETED
    assert (harness.broker.accounts, harness.banks.items) == ({}, {})


def test_a_deletion_that_a_partner_refuses_is_left_to_a_person_and_can_be_asked_for_again(
    harness: BanksHarness,
) -> None:
    account = harness.funding_account(harness.person())
    harness.broker.before["delete_bank_account"] = failing(Refused("no"))
    harness.service.delete(account.owner, account.funding_account_id)

    harness.resolve_for(timedelta(days=8), account.owner, account.funding_account_id)
    assert harness.account(account).due_at is None
    assert len(events("outcome_needs_person", account.owner)) == 1
    harness.broker.before.clear()
    harness.service.delete(account.owner, account.funding_account_id)

    assert harness.account(account).state is AccountState.DELETED


def test_an_account_that_is_being_removed_is_not_added(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    harness.broker.before["delete_bank_account"] = lost()
    harness.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(Conflict) as refused:
        harness.service.add(account.owner, account.link_id, account.account_id, "Mine")

    assert code_of(refused) == "bank_link_pending"


def test_what_was_deleted_can_be_connected_anew(harness: BanksHarness) -> None:
    ada = harness.person()
    first = harness.funding_account(ada)
    harness.service.delete(ada, first.funding_account_id)

    link_id, (linked,) = harness.link(ada, replace(CHECKING, account_id=first.account_id))
    again = harness.service.add(ada, link_id, linked.account_id, "Again")

    assert again.funding_account_id == first.funding_account_id
    assert (again.state, again.broker_bank_account_id == first.broker_bank_account_id) == (AccountState.LINKED, False)


@pytest.mark.parametrize("answer", [None, Refused("no")], ids=["arrived", "refused"])
def test_the_late_answer_of_an_attempt_that_was_ended_settles_no_later_one(
    harness: BanksHarness, answer: Refused | None
) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)
    funding_account_id = funding_account_id_of(ada, linked.account_id)

    def ended_and_begun_anew() -> None:
        harness.broker.after["create_bank_account"] = lost()
        settled = replace(harness.of(ada, funding_account_id), state=AccountState.FAILED, due_at=None)
        harness.store.commit(BankChange(accounts=(settled,), settles=True))
        with pytest.raises(Conflict):
            harness.service.add(ada, link_id, linked.account_id, "Anew")
        if answer is not None:
            raise answer

    harness.broker.after["create_bank_account"] = ended_and_begun_anew
    with pytest.raises(Conflict) as pending:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    later = harness.of(ada, funding_account_id)
    assert (later.state, later.name, later.broker_bank_account_id) == (AccountState.ADDING, "Anew", None)
    assert code_of(pending) == ("bank_link_pending" if answer is None else "bank_link_failed")
    harness.clock.pass_by(MINUTE)
    harness.service.resume(ada, funding_account_id)
    linked = harness.of(ada, funding_account_id)
    assert linked.state is AccountState.LINKED
    assert harness.broker.accounts[str(linked.broker_bank_account_id)].nickname == linked.nickname
