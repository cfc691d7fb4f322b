"""Relinks: the same bank and the same account, nothing guessed; what they replace is ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, SAVINGS, BanksBench, events, user_of
from tests.support.funding import lost
from trading.banking.models import FundingAccount
from trading.banking.store import DynamoBankStore
from trading.banking.webhooks import apply
from trading.brokerage.banks import ACCOUNT_GONE, ITEM_GONE, LOGIN_REQUIRED, LinkedAccount
from trading.platform.errors import Conflict, OutcomeUnknown, Refused, TillerError, Unavailable
from trading.platform.people import find_reference

pytestmark = pytest.mark.usefixtures("aws")

MINUTES = timedelta(minutes=10)
BARE = replace(CHECKING, name="", mask=None)


@pytest.fixture
def bench() -> BanksBench:
    return BanksBench()


def flagged(bench: BanksBench, *accounts: LinkedAccount) -> FundingAccount:
    """Return a person's account whose bank wants a new sign-in."""
    account = bench.funding_account(bench.person(), *accounts)
    bench.mark(account.owner, account.link_id)
    return bench.account(account)


def relink(bench: BanksBench, account: FundingAccount, *accounts: LinkedAccount, bank: str = "First Bank") -> None:
    """Sign in anew by another item, and let the resolver run."""
    token = bench.banks.sign_in(*accounts, bank=bank)
    bench.links.exchange(account.owner, token, link_id=account.link_id)
    settle(bench, account)


def settle(bench: BanksBench, account: FundingAccount) -> None:
    """Let an hour and a half pass: whoever had begun to ask the broker is done by then."""
    for _ in range(9):
        bench.clock.pass_by(MINUTES)
        bench.resolve(account.owner)


def item_of(bench: BanksBench, account: FundingAccount) -> str:
    return bench.store.load(account.owner).links[account.link_id].item_id


def at_broker(bench: BanksBench, account: FundingAccount) -> list[str]:
    return [registered.bank_account_id for registered in bench.broker.of(user_of(account.owner))]


def assert_only_its_own(bench: BanksBench, account: FundingAccount) -> None:
    """The link's item is the only one of the person's, and so is the registration; nothing waits."""
    after, state = bench.account(account), bench.store.load(account.owner)
    assert {item_of(bench, account)} == set(bench.banks.items)
    assert at_broker(bench, account) == [after.broker_bank_account_id]
    assert (state.removals, after.replaced, after.abandoned, after.renewing, after.due_at) == ({}, (), (), False, None)
    assert set(state.sealed_tokens) == {account.link_id}


def test_a_relink_at_another_bank_is_refused_and_its_item_ended(bench: BanksBench) -> None:
    account = flagged(bench)
    before = item_of(bench, account)

    with pytest.raises(Conflict) as refused:
        relink(bench, account, CHECKING, bank="Second Bank")
    settle(bench, account)

    assert refused.value.code == "other_institution"
    assert item_of(bench, account) == before
    assert bench.account(account).needs_reauth
    assert set(bench.banks.items) == {before}


def test_a_relink_by_another_item_registers_anew_and_ends_what_it_replaces(bench: BanksBench) -> None:
    account = flagged(bench)
    before = item_of(bench, account)

    relink(bench, account, CHECKING)

    after = bench.account(account)
    assert item_of(bench, account) != before
    assert not after.needs_reauth
    assert after.broker_bank_account_id != account.broker_bank_account_id
    assert find_reference("bank-item", before) is None
    assert_only_its_own(bench, account)


def test_a_relink_of_the_same_item_changes_no_registration(bench: BanksBench) -> None:
    account = flagged(bench)

    token = bench.banks.sign_in(again=item_of(bench, account))
    bench.links.exchange(account.owner, token, link_id=account.link_id)

    assert not bench.account(account).needs_reauth
    assert bench.broker.registered == 1
    assert_only_its_own(bench, account)


ALIKE = [
    ([CHECKING], [CHECKING, CHECKING]),
    ([CHECKING], [CHECKING, replace(CHECKING, mask=None)]),
    ([CHECKING], [CHECKING, replace(CHECKING, name="")]),
    ([CHECKING], [BARE]),
    ([BARE], [CHECKING]),
    ([BARE], [BARE]),
    ([CHECKING], [SAVINGS]),
]


@pytest.mark.parametrize(("had", "shown"), ALIKE)
def test_what_could_be_another_account_is_not_guessed(
    bench: BanksBench, had: list[LinkedAccount], shown: list[LinkedAccount]
) -> None:
    account = flagged(bench, *had)

    relink(bench, account, *shown)

    after = bench.account(account)
    assert (after.needs_reauth, after.account_id) == (True, account.account_id)
    item_id = item_of(bench, account)
    assert apply(bench.links, {"webhook_type": "ITEM", "webhook_code": "LOGIN_REPAIRED", "item_id": item_id}) == 1
    assert bench.account(account).needs_reauth


def test_a_lasting_id_tells_alike_accounts_apart(bench: BanksBench) -> None:
    account = flagged(bench, replace(CHECKING, persistent_id="lasting-1"))

    relink(bench, account, *(replace(CHECKING, persistent_id=f"lasting-{number}") for number in (2, 1)))

    after = bench.account(account)
    shown = bench.banks.items[item_of(bench, account)].accounts
    assert after.account_id == next(linked.account_id for linked in shown if linked.persistent_id == "lasting-1")
    assert not after.needs_reauth


def test_another_lasting_id_is_another_account_whatever_it_looks_like(bench: BanksBench) -> None:
    account = flagged(bench, replace(CHECKING, persistent_id="lasting-1"))

    relink(bench, account, replace(CHECKING, persistent_id="lasting-2"))

    assert bench.account(account).needs_reauth


def test_two_accounts_of_one_item_that_look_alike_are_both_linked(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, shown = bench.link(ada, CHECKING, CHECKING)

    for linked in shown:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    assert len(bench.broker.of(user_of(ada))) == 2
    assert not any(account.needs_reauth for account in bench.store.load(ada).accounts.values())


def test_of_two_alike_neither_is_guessed_when_the_item_changes(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, shown = bench.link(ada, CHECKING, CHECKING)
    for linked in shown:
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    bench.links.exchange(ada, bench.banks.sign_in(CHECKING), link_id=link_id)

    assert all(account.needs_reauth for account in bench.store.load(ada).accounts.values())


def test_a_flow_in_flight_keeps_its_registration_and_its_item_until_it_ends(bench: BanksBench) -> None:
    account = flagged(bench)
    before = item_of(bench, account)
    bench.money.in_flight = 1

    relink(bench, account, CHECKING)

    assert before in bench.banks.items
    assert account.broker_bank_account_id in at_broker(bench, account)
    assert not bench.account(account).needs_reauth
    bench.money.in_flight = 0
    bench.clock.pass_by(timedelta(days=1))
    settle(bench, account)
    assert_only_its_own(bench, account)


def test_an_item_that_plaid_does_not_end_is_ended_in_the_end(bench: BanksBench) -> None:
    account = flagged(bench)
    bench.banks.before["remove_item"] = lost(10**6)
    relink(bench, account, CHECKING)
    for _ in range(60):
        bench.clock.pass_by(timedelta(days=1))
        bench.resolve(account.owner)
    assert len(events("outcome_needs_person", account.owner)) == 1
    bench.banks.before.clear()

    bench.clock.pass_by(timedelta(days=1))
    bench.resolve(account.owner)

    assert_only_its_own(bench, account)


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_new_registration_whose_answer_is_lost_is_made_once(bench: BanksBench, error: TillerError, side: str) -> None:
    def fault() -> None:
        raise error

    account = flagged(bench)
    getattr(bench.broker, side)["create_bank_account"] = fault
    relink(bench, account, CHECKING)
    getattr(bench.broker, side).clear()

    bench.clock.pass_by(timedelta(hours=2))
    settle(bench, account)
    settle(bench, account)
    bench.clock.pass_by(timedelta(days=1))
    settle(bench, account)

    assert not bench.account(account).needs_reauth
    assert bench.broker.registered == 2
    assert_only_its_own(bench, account)


def test_a_new_registration_that_is_refused_leaves_the_account_flagged(bench: BanksBench) -> None:
    def refuse() -> None:
        raise Refused("no")

    account = flagged(bench)
    bench.broker.before["create_bank_account"] = refuse
    relink(bench, account, CHECKING)
    bench.broker.before.clear()

    after = bench.account(account)
    assert (after.needs_reauth, after.renewing, after.due_at) == (True, False, None)
    relink(bench, account, CHECKING)
    assert not bench.account(account).needs_reauth
    assert_only_its_own(bench, account)


def test_a_link_that_is_gone_at_the_provider_is_made_from_the_start(bench: BanksBench) -> None:
    def gone() -> None:
        bench.banks.before.pop("link_token")
        raise Refused("no", code=ITEM_GONE)

    account = bench.funding_account(bench.person())
    bench.banks.before["link_token"] = gone

    begun = bench.links.begin(account.owner, redirect_uri=None, link_id=account.link_id)

    assert begun.token.endswith(":None")
    assert bench.store.load(account.owner).links[account.link_id].revoked
    assert len(events("bank_needs_reauth", account.owner)) == 1


def test_a_permission_taken_back_is_mended_by_a_sign_in_from_the_start_alone(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    item_id = item_of(bench, account)
    webhook = {"webhook_type": "ITEM", "item_id": item_id}

    for code in ("USER_PERMISSION_REVOKED", "USER_PERMISSION_REVOKED", "LOGIN_REPAIRED", "PENDING_DISCONNECT"):
        assert apply(bench.links, {**webhook, "webhook_code": code}) == 1

    assert bench.account(account).needs_reauth
    assert len(events("bank_needs_reauth", account.owner)) == 1
    assert bench.links.begin(account.owner, redirect_uri=None, link_id=account.link_id).token.endswith(":None")
    relink(bench, account, CHECKING)
    assert not bench.account(account).needs_reauth
    assert apply(bench.links, {**webhook, "webhook_code": "USER_PERMISSION_REVOKED"}) == 0


@pytest.mark.parametrize(
    "webhook",
    [
        {"webhook_type": "ITEM", "webhook_code": "USER_ACCOUNT_REVOKED", "account_id": "{account}"},
        {"webhook_type": "AUTH", "webhook_code": "DEFAULT_UPDATE", "account_ids_with_updated_auth": {"{account}": []}},
        {"webhook_type": "AUTH", "webhook_code": "VERIFICATION_EXPIRED", "account_id": "{account}"},
    ],
)
def test_an_account_that_is_gone_is_registered_anew_after_a_sign_in(
    bench: BanksBench, webhook: dict[str, object]
) -> None:
    ada = bench.person()
    link_id, (first, second) = bench.link(ada, CHECKING, SAVINGS)
    account, other = (bench.service.add(ada, link_id, linked.account_id, linked.name) for linked in (first, second))
    webhook = {name: _filled(value, account.account_id) for name, value in webhook.items()}

    for _ in range(2):
        assert apply(bench.links, {**webhook, "item_id": item_of(bench, account)}) == 1

    assert (bench.account(account).needs_reauth, bench.account(other).needs_reauth) == (True, False)
    assert len(events("bank_needs_reauth", ada)) == 1
    bench.links.exchange(ada, bench.banks.sign_in(again=item_of(bench, account)), link_id=link_id)
    settle(bench, account)
    after = bench.account(account)
    assert not after.needs_reauth
    assert after.broker_bank_account_id != account.broker_bank_account_id
    assert len(at_broker(bench, account)) == 2
    assert bench.store.load(ada).removals == {}


def _filled(value: object, account_id: str) -> object:
    if isinstance(value, dict):
        return {name.replace("{account}", account_id): change for name, change in value.items()}
    return str(value).replace("{account}", account_id)


@pytest.mark.parametrize("account_id", [None, 7, "", "x" * 5000, "absent"])
def test_webhooks_about_no_account_of_ours_flag_nothing(bench: BanksBench, account_id: object) -> None:
    account = bench.funding_account(bench.person())
    webhook = {"webhook_type": "ITEM", "webhook_code": "USER_ACCOUNT_REVOKED", "account_id": account_id}

    apply(bench.links, {**webhook, "item_id": item_of(bench, account), "account_ids_with_updated_auth": 7})

    assert not bench.account(account).needs_reauth


def test_a_bank_without_an_id_is_known_by_its_account_alone(bench: BanksBench) -> None:
    account = flagged(bench, replace(CHECKING, persistent_id="lasting"))
    bench.banks.nameless = True

    relink(bench, account, replace(CHECKING, persistent_id="lasting"))

    assert not bench.account(account).needs_reauth
    with pytest.raises(Conflict) as refused:
        relink(bench, account, CHECKING)
    assert refused.value.code == "other_institution"


def test_an_item_of_another_link_of_ones_own_renews_no_second_one(bench: BanksBench) -> None:
    account = flagged(bench)
    _, _ = bench.link(account.owner, SAVINGS)
    other = next(item for item in bench.banks.items if item != item_of(bench, account))

    with pytest.raises(Conflict) as refused:
        bench.links.exchange(account.owner, bench.banks.sign_in(again=other), link_id=account.link_id)
    settle(bench, account)

    assert refused.value.code == "already_connected"
    assert set(bench.banks.items) == {other, item_of(bench, account)}


def test_an_item_of_somebody_else_is_not_ended(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    mallory = bench.person()

    with pytest.raises(Conflict):
        bench.links.exchange(mallory, bench.banks.sign_in(again=item_of(bench, account)), link_id=None)
    bench.clock.pass_by(MINUTES)
    bench.resolve(mallory)

    assert item_of(bench, account) in bench.banks.items
    assert bench.store.load(mallory).removals == {}


@pytest.mark.parametrize("call", ["institution", "accounts"])
def test_an_item_whose_exchange_failed_half_way_is_ended(bench: BanksBench, call: str) -> None:
    ada = bench.person()
    bench.banks.before[call] = lost()
    with pytest.raises(Conflict):
        bench.link(ada)
    assert len(bench.banks.items) == 1

    bench.clock.pass_by(MINUTES)
    bench.resolve(ada)

    assert bench.banks.items == {}
    state = bench.store.load(ada)
    assert (state.removals, state.sealed_tokens) == ({}, {})


@pytest.mark.parametrize(("side", "left"), [("before", 0), ("after", 1)])
def test_an_exchange_whose_answer_is_lost_is_ended_or_left_to_a_person(bench: BanksBench, side: str, left: int) -> None:
    ada = bench.person()
    getattr(bench.banks, side)["exchange"] = lost()
    with pytest.raises(Conflict):
        bench.link(ada)
    getattr(bench.banks, side).clear()

    bench.clock.pass_by(MINUTES)
    bench.resolve(ada)

    assert len(bench.banks.items) == left
    assert len(events("outcome_needs_person", ada)) == left
    assert bench.store.load(ada).removals == {}


def test_a_repaired_link_brings_no_account_back_that_is_gone(bench: BanksBench) -> None:
    account = bench.funding_account(bench.person())
    webhook = {"webhook_type": "ITEM", "item_id": item_of(bench, account), "account_id": account.account_id}
    for code in ("USER_ACCOUNT_REVOKED", "PENDING_DISCONNECT"):
        assert apply(bench.links, {**webhook, "webhook_code": code}) == 1

    assert apply(bench.links, {**webhook, "webhook_code": "LOGIN_REPAIRED"}) == 1

    assert bench.store.load(account.owner).links[account.link_id].needs_reauth_since is None
    assert bench.account(account).needs_reauth


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_account_that_goes_while_it_is_registered_anew_leaves_nothing(bench: BanksBench, side: str) -> None:
    account = flagged(bench)
    token = bench.banks.sign_in(CHECKING)
    bench.links.exchange(account.owner, token, link_id=account.link_id)
    getattr(bench.broker, side)["create_bank_account"] = lost()
    bench.renewals.renew_all(account.owner, account.link_id)

    bench.service.delete(account.owner, account.funding_account_id)
    settle(bench, account)

    state = bench.store.load(account.owner)
    assert (bench.banks.items, at_broker(bench, account), state.removals, state.links) == ({}, [], {}, {})
    assert state.sealed_tokens == {}


def test_what_a_relink_replaced_ends_though_the_account_is_connected_again(bench: BanksBench) -> None:
    account = flagged(bench, CHECKING, SAVINGS)
    second = next(
        linked for linked in bench.item_of(account.owner, account.link_id).accounts if linked.name == SAVINGS.name
    )
    bench.service.add(account.owner, account.link_id, second.account_id, "Savings")
    webhook = {"webhook_type": "ITEM", "item_id": item_of(bench, account), "account_id": account.account_id}
    apply(bench.links, {**webhook, "webhook_code": "USER_ACCOUNT_REVOKED"})
    bench.money.in_flight = 1
    token = bench.banks.sign_in(again=item_of(bench, account))
    bench.links.exchange(account.owner, token, link_id=account.link_id)
    settle(bench, account)
    assert bench.account(account).replaced
    bench.money.in_flight = 0

    bench.service.delete(account.owner, account.funding_account_id)
    bench.service.add(account.owner, account.link_id, account.account_id, "My checking")
    bench.clock.pass_by(timedelta(days=1))
    settle(bench, account)

    accounts = bench.store.load(account.owner).accounts.values()
    assert sorted(at_broker(bench, account)) == sorted(str(account.broker_bank_account_id) for account in accounts)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_relink_while_an_account_is_being_added_registers_it_anew(bench: BanksBench, arrives: bool) -> None:
    owner = bench.person()
    link_id, shown = bench.link(owner)
    faults = bench.broker.after if arrives else bench.broker.before
    faults["create_bank_account"] = lost(10**6)
    with pytest.raises(Conflict):
        bench.service.add(owner, link_id, shown[0].account_id, "My checking")
    faults.clear()
    account = next(iter(bench.store.load(owner).accounts.values()))

    relink(bench, account, CHECKING)
    bench.clock.pass_by(timedelta(days=1))
    settle(bench, account)
    settle(bench, account)

    after = bench.account(account)
    assert after.account_id in {linked.account_id for linked in bench.banks.items[item_of(bench, account)].accounts}
    assert not after.needs_reauth
    assert_only_its_own(bench, account)


class Overtaken(DynamoBankStore):
    """A store whose owner of an item is read just before a relink replaces that item."""

    def __init__(self, relinked: Callable[[], object]) -> None:
        self.relinked = relinked

    def link_of_item(self, item_id: str) -> tuple[str, str] | None:
        found = super().link_of_item(item_id)
        self.relinked()
        return found


@pytest.mark.parametrize("code", ["PENDING_DISCONNECT", "USER_PERMISSION_REVOKED"])
def test_a_webhook_that_a_relink_overtakes_flags_no_other_item(bench: BanksBench, code: str) -> None:
    account = flagged(bench)
    webhook = {"webhook_type": "ITEM", "item_id": item_of(bench, account), "webhook_code": code}
    links = replace(bench.links, store=Overtaken(lambda: relink(bench, account, CHECKING)))

    assert apply(links, webhook) == 0

    link = bench.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since, link.revoked, bench.account(account).needs_reauth) == (None, False, False)


@pytest.mark.parametrize("again", [False, True], ids=["another_item", "same_item"])
@pytest.mark.parametrize("code", [LOGIN_REQUIRED, ITEM_GONE, ACCOUNT_GONE])
def test_a_refusal_that_a_relink_overtakes_flags_nothing(bench: BanksBench, code: str, again: bool) -> None:
    account = bench.funding_account(bench.person())
    item = item_of(bench, account)

    def relinked_and_refused() -> None:
        bench.banks.before.pop("balances")
        token = bench.banks.sign_in(again=item) if again else bench.banks.sign_in(CHECKING)
        bench.links.exchange(account.owner, token, link_id=account.link_id)
        raise Refused("no", code=code)

    bench.banks.before["balances"] = relinked_and_refused
    bench.balances.refresh(account.owner, account.link_id)

    link = bench.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since, link.revoked) == (None, False)
    if code != ACCOUNT_GONE or not again:
        assert not bench.account(account).needs_reauth


@pytest.mark.parametrize("code", [LOGIN_REQUIRED, ITEM_GONE])
def test_a_refused_processor_token_that_a_relink_overtakes_flags_nothing(bench: BanksBench, code: str) -> None:
    ada = bench.person()
    link_id, (linked,) = bench.link(ada)

    def relinked_and_refused() -> None:
        bench.banks.before.pop("processor_token")
        bench.links.exchange(ada, bench.banks.sign_in(CHECKING), link_id=link_id)
        raise Refused("no", code=code)

    bench.banks.before["processor_token"] = relinked_and_refused
    with pytest.raises(Conflict):
        bench.service.add(ada, link_id, linked.account_id, "Mine")

    link = bench.store.load(ada).links[link_id]
    assert (link.needs_reauth_since, link.revoked) == (None, False)


def test_a_webhook_about_accounts_that_a_relink_overtakes_flags_no_other_item(bench: BanksBench) -> None:
    account = flagged(bench)
    webhook = {
        "webhook_type": "ITEM",
        "webhook_code": "USER_ACCOUNT_REVOKED",
        "item_id": item_of(bench, account),
        "account_id": account.account_id,
    }
    links = replace(bench.links, store=Overtaken(lambda: relink(bench, account, CHECKING)))

    assert apply(links, webhook) == 0
    assert not bench.account(account).needs_reauth


def renewing(bench: BanksBench) -> FundingAccount:
    """Return an account that waits to be registered anew."""
    account = flagged(bench)
    bench.links.exchange(account.owner, bench.banks.sign_in(CHECKING), link_id=account.link_id)
    return bench.account(account)


def test_a_registration_that_another_sign_in_overtook_is_ended_and_the_newer_one_made(bench: BanksBench) -> None:
    account = renewing(bench)

    def sign_in_again() -> None:
        bench.broker.after.pop("create_bank_account")
        bench.links.exchange(account.owner, bench.banks.sign_in(CHECKING), link_id=account.link_id)

    bench.broker.after["create_bank_account"] = sign_in_again
    bench.renewals.renew(account.owner, account.funding_account_id)

    after = bench.account(account)
    assert after.renewing
    assert (after.attempt_id != account.attempt_id, len(after.replaced)) == (True, 1)
    settle(bench, account)
    assert_only_its_own(bench, account)


def test_the_refusal_of_a_registration_that_another_sign_in_overtook_refuses_nothing(bench: BanksBench) -> None:
    account = renewing(bench)

    def sign_in_again() -> None:
        bench.broker.before.pop("create_bank_account")
        bench.links.exchange(account.owner, bench.banks.sign_in(CHECKING), link_id=account.link_id)
        raise Refused("", code="refused")

    bench.broker.before["create_bank_account"] = sign_in_again
    bench.renewals.renew(account.owner, account.funding_account_id)

    after = bench.account(account)
    assert (after.renewing, after.is_gone) == (True, False)
    settle(bench, account)
    assert_only_its_own(bench, account)


@pytest.mark.parametrize(
    ("code", "is_flagged"), [(LOGIN_REQUIRED, True), (ITEM_GONE, True), (ACCOUNT_GONE, False), ("refused", False)]
)
def test_a_refusal_while_a_bank_is_registered_anew_asks_for_a_sign_in_if_that_helps(
    bench: BanksBench, code: str, is_flagged: bool
) -> None:
    account = renewing(bench)

    def refused() -> None:
        raise Refused("no", code=code)

    bench.banks.before["processor_token"] = refused
    bench.renewals.renew(account.owner, account.funding_account_id)

    link = bench.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since is not None) is is_flagged
    assert link.revoked is (code == ITEM_GONE)
