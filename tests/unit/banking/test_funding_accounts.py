"""Funding accounts: one at the broker for each at a bank, whoever fails; deleted when nothing is in flight."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.support.banks import CANARY, CHECKING, SAVINGS, BanksBench, events, everything_kept, user_of
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
def bench() -> BanksBench:
    return BanksBench()


def failing(error: Exception, times: int = 10**6) -> Fault:
    left = [times]

    def fault() -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fault


def code_of(refused: pytest.ExceptionInfo[Conflict]) -> str:
    return refused.value.code


def test_an_account_is_registered_at_the_broker_and_linked(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)

    account = bench.service.add(ada, link_id, linked.account_id, "Rainy days")

    assert account.funding_account_id == funding_account_id_of(ada, linked.account_id)
    assert (account.state, account.name, account.mask) == (AccountState.LINKED, "Rainy days", "0001")
    assert (account.balance_cents, account.linked_at, account.due_at) == (100_000, bench.clock.moment, None)
    (at_broker,) = bench.broker.of(user_of(ada))
    assert at_broker.nickname.startswith("Rainy days #")
    assert (at_broker.bank_account_id, at_broker.nickname) == (account.broker_bank_account_id, account.nickname)
    row = PersonRow.get(partition(ada), funding_account_sk(account.funding_account_id))
    assert row.status == "linked"
    assert row.due_key is None


def test_no_token_of_a_registration_is_left_behind(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())

    assert set(bench.store.load(account.owner).sealed_tokens) == {account.link_id}
    assert CANARY not in everything_kept()


def test_adding_again_changes_nothing(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())

    again = bench.service.add(account.owner, account.link_id, account.account_id, "Another name")

    assert again == bench.account(account)
    assert bench.broker.calls["create_bank_account"] == 1


def test_a_foreign_or_absent_link_or_account_is_not_found(bench: BanksBench) -> None:
    ada, mallory = bench.person(), bench.person()
    link_id, (linked,) = bench.link(ada)

    for owner, link, account_id in (
        (mallory, link_id, linked.account_id),
        (ada, "absent", linked.account_id),
        (ada, link_id, "absent"),
    ):
        with pytest.raises(NotFound):
            bench.service.add(owner, link, account_id, "Mine")

    assert bench.broker.calls["create_bank_account"] == 0


def test_who_is_not_known_to_the_broker_connects_nothing(bench: BanksBench) -> None:
    link_id, (linked,) = bench.link("nobody")

    with pytest.raises(Conflict) as refused:
        bench.service.add("nobody", link_id, linked.account_id, "Mine")

    assert code_of(refused) == "account_not_open"
    assert bench.banks.calls["processor_token"] == 0


def test_a_person_whose_form_was_not_sent_yet_connects_nothing(bench: BanksBench) -> None:
    link_id, (linked,) = bench.link("early")
    PersonRow(partition("early"), "kyc#record", document='{"user_id": null}', version=1).save()

    with pytest.raises(Conflict) as refused:
        bench.service.add("early", link_id, linked.account_id, "Mine")

    assert code_of(refused) == "account_not_open"


def test_the_same_account_by_another_sign_in_is_refused_before_the_broker_hears_of_it(bench: BanksBench) -> None:
    ada = bench.person()
    bench.funding_account(ada)
    link_id, (twin,) = bench.link(ada)

    with pytest.raises(Conflict) as refused:
        bench.service.add(ada, link_id, twin.account_id, "A twin")

    assert code_of(refused) == "already_connected"
    assert bench.broker.calls["create_bank_account"] == 1


@pytest.mark.parametrize("other", [replace(CHECKING, mask="0009"), replace(CHECKING, name="Joint")])
def test_another_account_of_the_same_bank_is_none_of_a_twin(bench: BanksBench, other: LinkedAccount) -> None:
    ada = bench.person()
    bench.funding_account(ada)
    link_id, (linked,) = bench.link(ada, other)

    assert bench.service.add(ada, link_id, linked.account_id, "Other").state is AccountState.LINKED


def test_a_twin_at_another_bank_or_of_another_person_is_fine(bench: BanksBench) -> None:
    ada, bert = bench.person(), bench.person()
    bench.funding_account(ada)
    elsewhere, (linked,) = bench.link(ada, CHECKING, bank="Second Bank")

    assert bench.service.add(ada, elsewhere, linked.account_id, "Other").state is AccountState.LINKED
    assert bench.funding_account(bert).state is AccountState.LINKED


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_of_the_broker_is_pending_and_asked_again_under_the_same_key(
    bench: BanksBench, side: str
) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    getattr(bench.broker, side)["create_bank_account"] = lost()

    with pytest.raises(Conflict) as pending:
        bench.service.add(ada, link_id, linked.account_id, "Mine")
    account = bench.service.add(ada, link_id, linked.account_id, "Another name")

    assert code_of(pending) == "bank_link_pending"
    assert (account.state, account.name) == (AccountState.LINKED, "Mine")
    assert len(bench.broker.of(user_of(ada))) == bench.broker.registered == 1


@pytest.mark.parametrize("side", ["before", "after"])
def test_the_resolver_connects_what_the_person_does_not_ask_for_again(bench: BanksBench, side: str) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    getattr(bench.broker, side)["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")
    funding_account_id = funding_account_id_of(ada, linked.account_id)
    row = PersonRow.get(partition(ada), funding_account_sk(funding_account_id))
    assert row.due_at == int((bench.clock.moment + MINUTE).timestamp())

    bench.service.resume(ada, funding_account_id)
    assert bench.of(ada, funding_account_id).state is AccountState.ADDING
    bench.clock.pass_by(MINUTE)
    account = bench.service.resume(ada, funding_account_id)

    assert account is not None
    assert (account.state, account.due_at) == (AccountState.LINKED, None)
    assert len(bench.broker.of(user_of(ada))) == bench.broker.registered == 1


def test_a_registration_needs_no_bank_once_it_was_begun(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")
    bench.banks.items.clear()

    assert bench.service.add(ada, link_id, linked.account_id, "Mine").state is AccountState.LINKED


def test_a_broker_that_is_down_for_days_is_left_to_a_person(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.before["create_bank_account"] = failing(Unavailable("down"))
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")
    funding_account_id = funding_account_id_of(ada, linked.account_id)

    bench.resolve_for(timedelta(days=7), ada, funding_account_id)

    account = bench.of(ada, funding_account_id)
    assert (account.state, account.due_at, account.needs_person) == (AccountState.ADDING, None, True)
    assert len(events("outcome_needs_person", ada)) == 1
    assert bench.broker.calls["create_bank_account"] == 1 + 6  # after 1, 6 and 66 minutes, then daily within 95 hours
    assert bench.broker.calls["bank_accounts_of"] == 8


def test_after_95_hours_nothing_is_sent_again(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")
    bench.clock.pass_by(timedelta(hours=95))

    with pytest.raises(Conflict) as refused:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_link_pending"
    assert bench.broker.calls["create_bank_account"] == 1
    assert bench.of(ada, funding_account_id_of(ada, linked.account_id)).state is AccountState.ADDING


def test_a_registration_whose_answer_was_lost_is_found_and_not_sent_again(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.after["create_bank_account"] = lost()
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    bench.clock.pass_by(timedelta(days=4, hours=1))
    bench.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    account = bench.of(ada, funding_account_id_of(ada, linked.account_id))
    assert (account.state, account.broker_bank_account_id) == (AccountState.LINKED, "broker-bank-1")
    assert bench.broker.calls["create_bank_account"] == 1


@pytest.mark.parametrize(
    ("code", "shown_code"), [(BANK_NEEDS_REAUTH, "bank_needs_reauth"), ("refused", "bank_link_failed")]
)
def test_a_refusal_of_the_broker_frees_the_account_for_another_try(
    bench: BanksBench, code: str, shown_code: str
) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.before["create_bank_account"] = failing(Refused("their words", code=code), times=1)

    with pytest.raises(Conflict) as refused:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    assert (code_of(refused), "their words" in refused.value.detail) == (shown_code, False)
    failed = bench.of(ada, funding_account_id_of(ada, linked.account_id))
    assert (failed.state, failed.due_at) == (AccountState.FAILED, None)
    assert set(bench.store.load(ada).sealed_tokens) == {link_id}
    again = bench.service.add(ada, link_id, linked.account_id, "Mine")
    assert (again.state, again.attempt_id == failed.attempt_id) == (AccountState.LINKED, False)


@pytest.mark.parametrize("call", ["accounts", "processor_token"])
def test_a_bank_that_cannot_be_asked_leaves_nothing_behind(bench: BanksBench, call: str) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)

    for error in (Unavailable("down"), Refused("no", code=LINK_REFUSED)):
        bench.banks.before[call] = failing(error)
        with pytest.raises(Conflict) as refused:
            bench.service.add(ada, link_id, linked.account_id, "Mine")
        assert code_of(refused) == "bank_link_failed"

    assert bench.store.load(ada).accounts == {}
    assert bench.broker.calls["create_bank_account"] == 0


def test_a_bank_that_wants_a_new_sign_in_has_its_link_flagged(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.banks.before["processor_token"] = failing(Refused("no", code=LOGIN_REQUIRED))

    with pytest.raises(Conflict) as refused:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_needs_reauth"
    assert bench.store.load(ada).links[link_id].needs_reauth_since is not None
    assert len(events("bank_needs_reauth", ada)) == 1


def test_two_that_add_at_once_register_once(bench: BanksBench, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    rivals: list[FundingAccount] = []
    cut_in(monkeypatch, lambda: rivals.append(bench.service.add(ada, link_id, linked.account_id, "Rival")))

    account = bench.service.add(ada, link_id, linked.account_id, "Mine")

    assert account.funding_account_id == rivals[0].funding_account_id
    assert bench.broker.registered == 1


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


def test_who_is_overtaken_by_the_resolver_answers_what_it_found(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)

    def rival() -> None:
        bench.clock.pass_by(MINUTE)
        bench.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    account = replace(bench.service, store=Overtaken(rival)).add(ada, link_id, linked.account_id, "Mine")

    assert account.state is AccountState.LINKED
    assert bench.broker.calls["create_bank_account"] == 1


def test_who_is_overtaken_by_a_refusal_is_told_of_it(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    bench.broker.before["create_bank_account"] = failing(Refused("no"))

    def rival() -> None:
        bench.clock.pass_by(MINUTE)
        bench.service.resume(ada, funding_account_id_of(ada, linked.account_id))

    with pytest.raises(Conflict) as refused:
        replace(bench.service, store=Overtaken(rival)).add(ada, link_id, linked.account_id, "Mine")

    assert code_of(refused) == "bank_link_failed"
    assert bench.broker.calls["create_bank_account"] == 1


def test_of_two_twins_at_once_one_is_registered(bench: BanksBench, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = bench.person()
    first, (one,) = bench.link(ada)
    second, (other,) = bench.link(ada)
    cut_in(monkeypatch, lambda: bench.service.add(ada, second, other.account_id, "Rival"))

    with pytest.raises(Conflict) as refused:
        bench.service.add(ada, first, one.account_id, "Mine")

    assert code_of(refused) == "already_connected"
    assert bench.broker.registered == 1


def test_deleting_forgets_the_account_at_the_broker_and_the_link_at_the_provider(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    item_id = bench.item_of(account.owner, account.link_id).item_id

    bench.service.delete(account.owner, account.funding_account_id)

    assert bench.broker.accounts == {}
    assert bench.banks.items == {}
    state = bench.store.load(account.owner)
    assert (state.links, state.sealed_tokens) == ({}, {})
    assert bench.store.link_of_item(item_id) is None
    kept = bench.account(account)
    assert (kept.state, kept.name, kept.mask, kept.due_at) == (AccountState.DELETED, "My checking", "0001", None)


def test_a_link_lives_as_long_as_an_account_needs_it(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (checking, savings) = bench.link(ada, CHECKING, SAVINGS)
    first, second = (bench.service.add(ada, link_id, linked.account_id, linked.name) for linked in (checking, savings))

    bench.service.delete(ada, first.funding_account_id)
    assert bench.banks.calls["remove_item"] == 0
    bench.service.delete(ada, second.funding_account_id)

    assert bench.banks.calls["remove_item"] == 1
    assert bench.store.load(ada).links == {}


def test_two_accounts_of_a_link_that_go_at_once_leave_no_link(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, (checking, savings) = bench.link(ada, CHECKING, SAVINGS)
    first, second = (bench.service.add(ada, link_id, linked.account_id, linked.name) for linked in (checking, savings))
    bench.broker.after["delete_bank_account"] = lost()
    bench.service.delete(ada, first.funding_account_id)

    bench.service.delete(ada, second.funding_account_id)
    bench.service.delete(ada, first.funding_account_id)

    assert {bench.account(account).state for account in (first, second)} == {AccountState.DELETED}
    assert (bench.banks.items, bench.store.load(ada).links) == ({}, {})


def test_an_account_added_while_the_last_other_goes_keeps_the_link(
    bench: BanksBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = bench.person()
    link_id, (checking, savings) = bench.link(ada, CHECKING, SAVINGS)
    first = bench.service.add(ada, link_id, checking.account_id, "One")
    bench.banks.before["remove_item"] = lambda: cut_in(
        monkeypatch, lambda: bench.service.add(ada, link_id, savings.account_id, "Two")
    )

    bench.banks.after["remove_item"] = lambda: bench.banks.items.update(kept)
    kept = dict(bench.banks.items)
    bench.service.delete(ada, first.funding_account_id)

    assert link_id in bench.store.load(ada).links
    assert bench.account(first).state is AccountState.DELETED


def test_money_in_flight_holds_an_account(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    bench.money.in_flight = 1

    with pytest.raises(Conflict) as refused:
        bench.service.delete(account.owner, account.funding_account_id)

    assert code_of(refused) == "money_in_flight"
    assert bench.account(account).state is AccountState.LINKED


@pytest.mark.parametrize(("known", "actual"), [(0, 1), (1, None), (3, 4)])
def test_money_that_begins_to_move_meanwhile_holds_an_account(
    bench: BanksBench, known: int, actual: int | None
) -> None:
    account = bench.funding_account(bench.person())
    bench.money.account_version = known
    if actual is not None:
        PersonRow(partition(account.owner), "account", document="{}", version=actual).save()

    with pytest.raises(StaleRecord):
        bench.service.delete(account.owner, account.funding_account_id)

    assert bench.account(account).state is AccountState.LINKED
    assert bench.broker.calls["delete_bank_account"] == 0


def test_a_foreign_absent_or_deleted_account_is_not_found(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    for owner, funding_account_id in (("mallory", account.funding_account_id), (account.owner, "f" * 32)):
        with pytest.raises(NotFound):
            bench.service.delete(owner, funding_account_id)
    bench.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(NotFound):
        bench.service.delete(account.owner, account.funding_account_id)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("partner", ["broker", "banks"])
def test_a_deletion_that_a_partner_holds_up_is_finished_by_the_resolver(
    bench: BanksBench, partner: str, side: str
) -> None:
    account = bench.funding_account(bench.person())
    name = "delete_bank_account" if partner == "broker" else "remove_item"
    getattr(getattr(bench, partner), side)[name] = lost()

    bench.service.delete(account.owner, account.funding_account_id)
    assert bench.account(account).state is AccountState.DELETING
    bench.clock.pass_by(MINUTE)
    bench.service.resume(account.owner, account.funding_account_id)

    assert bench.account(account).state is AccountState.DELETED
    assert (bench.broker.accounts, bench.banks.items) == ({}, {})


def test_a_deletion_that_a_partner_refuses_is_left_to_a_person_and_can_be_asked_for_again(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    bench.broker.before["delete_bank_account"] = failing(Refused("no"))
    bench.service.delete(account.owner, account.funding_account_id)

    bench.resolve_for(timedelta(days=8), account.owner, account.funding_account_id)
    assert bench.account(account).due_at is None
    assert len(events("outcome_needs_person", account.owner)) == 1
    bench.broker.before.clear()
    bench.service.delete(account.owner, account.funding_account_id)

    assert bench.account(account).state is AccountState.DELETED


def test_an_account_that_is_being_removed_is_not_added(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    bench.broker.before["delete_bank_account"] = lost()
    bench.service.delete(account.owner, account.funding_account_id)

    with pytest.raises(Conflict) as refused:
        bench.service.add(account.owner, account.link_id, account.account_id, "Mine")

    assert code_of(refused) == "bank_link_pending"


def test_what_was_deleted_can_be_connected_anew(bench: BanksBench) -> None:
    ada = bench.person()
    first = bench.funding_account(ada)
    bench.service.delete(ada, first.funding_account_id)

    link_id, (linked,) = bench.link(ada, replace(CHECKING, account_id=first.account_id))
    again = bench.service.add(ada, link_id, linked.account_id, "Again")

    assert again.funding_account_id == first.funding_account_id
    assert (again.state, again.broker_bank_account_id == first.broker_bank_account_id) == (AccountState.LINKED, False)


@pytest.mark.parametrize("answer", [None, Refused("no")], ids=["arrived", "refused"])
def test_the_late_answer_of_an_attempt_that_was_ended_settles_no_later_one(
    bench: BanksBench, answer: Refused | None
) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)
    funding_account_id = funding_account_id_of(ada, linked.account_id)

    def ended_and_begun_anew() -> None:
        bench.broker.after["create_bank_account"] = lost()
        settled = replace(bench.of(ada, funding_account_id), state=AccountState.FAILED, due_at=None)
        bench.store.commit(BankChange(accounts=(settled,), settles=True))
        with pytest.raises(Conflict):
            bench.service.add(ada, link_id, linked.account_id, "Anew")
        if answer is not None:
            raise answer

    bench.broker.after["create_bank_account"] = ended_and_begun_anew
    with pytest.raises(Conflict) as pending:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    later = bench.of(ada, funding_account_id)
    assert (later.state, later.name, later.broker_bank_account_id) == (AccountState.ADDING, "Anew", None)
    assert code_of(pending) == ("bank_link_pending" if answer is None else "bank_link_failed")
    bench.clock.pass_by(MINUTE)
    bench.service.resume(ada, funding_account_id)
    linked = bench.of(ada, funding_account_id)
    assert linked.state is AccountState.LINKED
    assert bench.broker.accounts[str(linked.broker_bank_account_id)].nickname == linked.nickname
