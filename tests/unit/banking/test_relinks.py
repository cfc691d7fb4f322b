"""Relinks: the same bank and the same account, nothing guessed; what they replace is ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.banks import CHECKING, SAVINGS, BanksHarness, events, user_of
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
def harness() -> BanksHarness:
    return BanksHarness()


def flagged(harness: BanksHarness, *accounts: LinkedAccount) -> FundingAccount:
    """Return a person's account whose bank wants a new sign-in."""
    account = harness.funding_account(harness.person(), *accounts)
    harness.mark(account.owner, account.link_id)
    return harness.account(account)


def relink(harness: BanksHarness, account: FundingAccount, *accounts: LinkedAccount, bank: str = "First Bank") -> None:
    """Sign in anew by another item, and let the resolver run."""
    token = harness.banks.sign_in(*accounts, bank=bank)
    harness.links.exchange(account.owner, token, link_id=account.link_id)
    settle(harness, account)


def settle(harness: BanksHarness, account: FundingAccount) -> None:
    """Let an hour and a half pass: whoever had begun to ask the broker is done by then."""
    for _ in range(9):
        harness.clock.pass_by(MINUTES)
        harness.resolve(account.owner)


def item_of(harness: BanksHarness, account: FundingAccount) -> str:
    return harness.store.load(account.owner).links[account.link_id].item_id


def at_broker(harness: BanksHarness, account: FundingAccount) -> list[str]:
    return [registered.bank_account_id for registered in harness.broker.of(user_of(account.owner))]


def assert_only_its_own(harness: BanksHarness, account: FundingAccount) -> None:
    """The link's item is the only one of the person's, and so is the registration; nothing waits."""
    after, state = harness.account(account), harness.store.load(account.owner)
    assert {item_of(harness, account)} == set(harness.banks.items)
    assert at_broker(harness, account) == [after.broker_bank_account_id]
    assert (state.removals, after.replaced, after.abandoned, after.renewing, after.due_at) == ({}, (), (), False, None)
    assert set(state.sealed_tokens) == {account.link_id}


def test_a_relink_at_another_bank_is_refused_and_its_item_ended(harness: BanksHarness) -> None:
    account = flagged(harness)
    before = item_of(harness, account)

    with pytest.raises(Conflict) as refused:
        relink(harness, account, CHECKING, bank="Second Bank")
    settle(harness, account)

    assert refused.value.code == "other_institution"
    assert item_of(harness, account) == before
    assert harness.account(account).needs_reauth
    assert set(harness.banks.items) == {before}


def test_a_relink_by_another_item_registers_anew_and_ends_what_it_replaces(harness: BanksHarness) -> None:
    account = flagged(harness)
    before = item_of(harness, account)

    relink(harness, account, CHECKING)

    after = harness.account(account)
    assert item_of(harness, account) != before
    assert not after.needs_reauth
    assert after.broker_bank_account_id != account.broker_bank_account_id
    assert find_reference("bank-item", before) is None
    assert_only_its_own(harness, account)


def test_a_relink_of_the_same_item_changes_no_registration(harness: BanksHarness) -> None:
    account = flagged(harness)

    token = harness.banks.sign_in(again=item_of(harness, account))
    harness.links.exchange(account.owner, token, link_id=account.link_id)

    assert not harness.account(account).needs_reauth
    assert harness.broker.registered == 1
    assert_only_its_own(harness, account)


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
    harness: BanksHarness, had: list[LinkedAccount], shown: list[LinkedAccount]
) -> None:
    account = flagged(harness, *had)

    relink(harness, account, *shown)

    after = harness.account(account)
    assert (after.needs_reauth, after.account_id) == (True, account.account_id)
    item_id = item_of(harness, account)
    assert apply(harness.links, {"webhook_type": "ITEM", "webhook_code": "LOGIN_REPAIRED", "item_id": item_id}) == 1
    assert harness.account(account).needs_reauth


def test_a_lasting_id_tells_alike_accounts_apart(harness: BanksHarness) -> None:
    account = flagged(harness, replace(CHECKING, persistent_id="lasting-1"))

    relink(harness, account, *(replace(CHECKING, persistent_id=f"lasting-{number}") for number in (2, 1)))

    after = harness.account(account)
    shown = harness.banks.items[item_of(harness, account)].accounts
    assert after.account_id == next(linked.account_id for linked in shown if linked.persistent_id == "lasting-1")
    assert not after.needs_reauth


def test_another_lasting_id_is_another_account_whatever_it_looks_like(harness: BanksHarness) -> None:
    account = flagged(harness, replace(CHECKING, persistent_id="lasting-1"))

    relink(harness, account, replace(CHECKING, persistent_id="lasting-2"))

    assert harness.account(account).needs_reauth


def test_two_accounts_of_one_item_that_look_alike_are_both_linked(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, shown = harness.link(ada, CHECKING, CHECKING)

    for linked in shown:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    assert len(harness.broker.of(user_of(ada))) == 2
    assert not any(account.needs_reauth for account in harness.store.load(ada).accounts.values())


def test_of_two_alike_neither_is_guessed_when_the_item_changes(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, shown = harness.link(ada, CHECKING, CHECKING)
    for linked in shown:
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    harness.links.exchange(ada, harness.banks.sign_in(CHECKING), link_id=link_id)

    assert all(account.needs_reauth for account in harness.store.load(ada).accounts.values())


def test_a_flow_in_flight_keeps_its_registration_and_its_item_until_it_ends(harness: BanksHarness) -> None:
    account = flagged(harness)
    before = item_of(harness, account)
    harness.money.in_flight = 1

    relink(harness, account, CHECKING)

    assert before in harness.banks.items
    assert account.broker_bank_account_id in at_broker(harness, account)
    assert not harness.account(account).needs_reauth
    harness.money.in_flight = 0
    harness.clock.pass_by(timedelta(days=1))
    settle(harness, account)
    assert_only_its_own(harness, account)


def test_an_item_that_plaid_does_not_end_is_ended_in_the_end(harness: BanksHarness) -> None:
    account = flagged(harness)
    harness.banks.before["remove_item"] = lost(10**6)
    relink(harness, account, CHECKING)
    for _ in range(60):
        harness.clock.pass_by(timedelta(days=1))
        harness.resolve(account.owner)
    assert len(events("outcome_needs_person", account.owner)) == 1
    harness.banks.before.clear()

    harness.clock.pass_by(timedelta(days=1))
    harness.resolve(account.owner)

    assert_only_its_own(harness, account)


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("lost")])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_new_registration_whose_answer_is_lost_is_made_once(
    harness: BanksHarness, error: TillerError, side: str
) -> None:
    def fault() -> None:
        raise error

    account = flagged(harness)
    getattr(harness.broker, side)["create_bank_account"] = fault
    relink(harness, account, CHECKING)
    getattr(harness.broker, side).clear()

    harness.clock.pass_by(timedelta(hours=2))
    settle(harness, account)
    settle(harness, account)
    harness.clock.pass_by(timedelta(days=1))
    settle(harness, account)

    assert not harness.account(account).needs_reauth
    assert harness.broker.registered == 2
    assert_only_its_own(harness, account)


def test_a_new_registration_that_is_refused_leaves_the_account_flagged(harness: BanksHarness) -> None:
    def refuse() -> None:
        raise Refused("no")

    account = flagged(harness)
    harness.broker.before["create_bank_account"] = refuse
    relink(harness, account, CHECKING)
    harness.broker.before.clear()

    after = harness.account(account)
    assert (after.needs_reauth, after.renewing, after.due_at) == (True, False, None)
    relink(harness, account, CHECKING)
    assert not harness.account(account).needs_reauth
    assert_only_its_own(harness, account)


def test_a_link_that_is_gone_at_the_provider_is_made_from_the_start(harness: BanksHarness) -> None:
    def gone() -> None:
        harness.banks.before.pop("link_token")
        raise Refused("no", code=ITEM_GONE)

    account = harness.funding_account(harness.person())
    harness.banks.before["link_token"] = gone

    begun = harness.links.begin(account.owner, redirect_uri=None, link_id=account.link_id)

    assert begun.token.endswith(":None")
    assert harness.store.load(account.owner).links[account.link_id].revoked
    assert len(events("bank_needs_reauth", account.owner)) == 1


def test_a_permission_taken_back_is_mended_by_a_sign_in_from_the_start_alone(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    item_id = item_of(harness, account)
    webhook = {"webhook_type": "ITEM", "item_id": item_id}

    for code in ("USER_PERMISSION_REVOKED", "USER_PERMISSION_REVOKED", "LOGIN_REPAIRED", "PENDING_DISCONNECT"):
        assert apply(harness.links, {**webhook, "webhook_code": code}) == 1

    assert harness.account(account).needs_reauth
    assert len(events("bank_needs_reauth", account.owner)) == 1
    assert harness.links.begin(account.owner, redirect_uri=None, link_id=account.link_id).token.endswith(":None")
    relink(harness, account, CHECKING)
    assert not harness.account(account).needs_reauth
    assert apply(harness.links, {**webhook, "webhook_code": "USER_PERMISSION_REVOKED"}) == 0


@pytest.mark.parametrize(
    "webhook",
    [
        {"webhook_type": "ITEM", "webhook_code": "USER_ACCOUNT_REVOKED", "account_id": "{account}"},
        {"webhook_type": "AUTH", "webhook_code": "DEFAULT_UPDATE", "account_ids_with_updated_auth": {"{account}": []}},
        {"webhook_type": "AUTH", "webhook_code": "VERIFICATION_EXPIRED", "account_id": "{account}"},
    ],
)
def test_an_account_that_is_gone_is_registered_anew_after_a_sign_in(
    harness: BanksHarness, webhook: dict[str, object]
) -> None:
    ada = harness.person()
    link_id, (first, second) = harness.link(ada, CHECKING, SAVINGS)
    account, other = (harness.service.add(ada, link_id, linked.account_id, linked.name) for linked in (first, second))
    webhook = {name: _filled(value, account.account_id) for name, value in webhook.items()}

    for _ in range(2):
        assert apply(harness.links, {**webhook, "item_id": item_of(harness, account)}) == 1

    assert (harness.account(account).needs_reauth, harness.account(other).needs_reauth) == (True, False)
    assert len(events("bank_needs_reauth", ada)) == 1
    harness.links.exchange(ada, harness.banks.sign_in(again=item_of(harness, account)), link_id=link_id)
    settle(harness, account)
    after = harness.account(account)
    assert not after.needs_reauth
    assert after.broker_bank_account_id != account.broker_bank_account_id
    assert len(at_broker(harness, account)) == 2
    assert harness.store.load(ada).removals == {}


def _filled(value: object, account_id: str) -> object:
    if isinstance(value, dict):
        return {name.replace("{account}", account_id): change for name, change in value.items()}
    return str(value).replace("{account}", account_id)


@pytest.mark.parametrize("account_id", [None, 7, "", "x" * 5000, "absent"])
def test_webhooks_about_no_account_of_ours_flag_nothing(harness: BanksHarness, account_id: object) -> None:
    account = harness.funding_account(harness.person())
    webhook = {"webhook_type": "ITEM", "webhook_code": "USER_ACCOUNT_REVOKED", "account_id": account_id}

    apply(harness.links, {**webhook, "item_id": item_of(harness, account), "account_ids_with_updated_auth": 7})

    assert not harness.account(account).needs_reauth


def test_a_bank_without_an_id_is_known_by_its_account_alone(harness: BanksHarness) -> None:
    account = flagged(harness, replace(CHECKING, persistent_id="lasting"))
    harness.banks.nameless = True

    relink(harness, account, replace(CHECKING, persistent_id="lasting"))

    assert not harness.account(account).needs_reauth
    with pytest.raises(Conflict) as refused:
        relink(harness, account, CHECKING)
    assert refused.value.code == "other_institution"


def test_an_item_of_another_link_of_ones_own_renews_no_second_one(harness: BanksHarness) -> None:
    account = flagged(harness)
    _, _ = harness.link(account.owner, SAVINGS)
    other = next(item for item in harness.banks.items if item != item_of(harness, account))

    with pytest.raises(Conflict) as refused:
        harness.links.exchange(account.owner, harness.banks.sign_in(again=other), link_id=account.link_id)
    settle(harness, account)

    assert refused.value.code == "already_connected"
    assert set(harness.banks.items) == {other, item_of(harness, account)}


def test_an_item_of_somebody_else_is_not_ended(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    mallory = harness.person()

    with pytest.raises(Conflict):
        harness.links.exchange(mallory, harness.banks.sign_in(again=item_of(harness, account)), link_id=None)
    harness.clock.pass_by(MINUTES)
    harness.resolve(mallory)

    assert item_of(harness, account) in harness.banks.items
    assert harness.store.load(mallory).removals == {}


@pytest.mark.parametrize("call", ["institution", "accounts"])
def test_an_item_whose_exchange_failed_half_way_is_ended(harness: BanksHarness, call: str) -> None:
    ada = harness.person()
    harness.banks.before[call] = lost()
    with pytest.raises(Conflict):
        harness.link(ada)
    assert len(harness.banks.items) == 1

    harness.clock.pass_by(MINUTES)
    harness.resolve(ada)

    assert harness.banks.items == {}
    state = harness.store.load(ada)
    assert (state.removals, state.sealed_tokens) == ({}, {})


@pytest.mark.parametrize(("side", "left"), [("before", 0), ("after", 1)])
def test_an_exchange_whose_answer_is_lost_is_ended_or_left_to_a_person(
    harness: BanksHarness, side: str, left: int
) -> None:
    ada = harness.person()
    getattr(harness.banks, side)["exchange"] = lost()
    with pytest.raises(Conflict):
        harness.link(ada)
    getattr(harness.banks, side).clear()

    harness.clock.pass_by(MINUTES)
    harness.resolve(ada)

    assert len(harness.banks.items) == left
    assert len(events("outcome_needs_person", ada)) == left
    assert harness.store.load(ada).removals == {}


def test_a_repaired_link_brings_no_account_back_that_is_gone(harness: BanksHarness) -> None:
    account = harness.funding_account(harness.person())
    webhook = {"webhook_type": "ITEM", "item_id": item_of(harness, account), "account_id": account.account_id}
    for code in ("USER_ACCOUNT_REVOKED", "PENDING_DISCONNECT"):
        assert apply(harness.links, {**webhook, "webhook_code": code}) == 1

    assert apply(harness.links, {**webhook, "webhook_code": "LOGIN_REPAIRED"}) == 1

    assert harness.store.load(account.owner).links[account.link_id].needs_reauth_since is None
    assert harness.account(account).needs_reauth


@pytest.mark.parametrize("side", ["before", "after"])
def test_an_account_that_goes_while_it_is_registered_anew_leaves_nothing(harness: BanksHarness, side: str) -> None:
    account = flagged(harness)
    token = harness.banks.sign_in(CHECKING)
    harness.links.exchange(account.owner, token, link_id=account.link_id)
    getattr(harness.broker, side)["create_bank_account"] = lost()
    harness.renewals.renew_all(account.owner, account.link_id)

    harness.service.delete(account.owner, account.funding_account_id)
    settle(harness, account)

    state = harness.store.load(account.owner)
    assert (harness.banks.items, at_broker(harness, account), state.removals, state.links) == ({}, [], {}, {})
    assert state.sealed_tokens == {}


def test_what_a_relink_replaced_ends_though_the_account_is_connected_again(harness: BanksHarness) -> None:
    account = flagged(harness, CHECKING, SAVINGS)
    second = next(
        linked for linked in harness.item_of(account.owner, account.link_id).accounts if linked.name == SAVINGS.name
    )
    harness.service.add(account.owner, account.link_id, second.account_id, "Savings")
    webhook = {"webhook_type": "ITEM", "item_id": item_of(harness, account), "account_id": account.account_id}
    apply(harness.links, {**webhook, "webhook_code": "USER_ACCOUNT_REVOKED"})
    harness.money.in_flight = 1
    token = harness.banks.sign_in(again=item_of(harness, account))
    harness.links.exchange(account.owner, token, link_id=account.link_id)
    settle(harness, account)
    assert harness.account(account).replaced
    harness.money.in_flight = 0

    harness.service.delete(account.owner, account.funding_account_id)
    harness.service.add(account.owner, account.link_id, account.account_id, "My checking")
    harness.clock.pass_by(timedelta(days=1))
    settle(harness, account)

    accounts = harness.store.load(account.owner).accounts.values()
    assert sorted(at_broker(harness, account)) == sorted(str(account.broker_bank_account_id) for account in accounts)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_relink_while_an_account_is_being_added_registers_it_anew(harness: BanksHarness, arrives: bool) -> None:
    owner = harness.person()
    link_id, shown = harness.link(owner)
    faults = harness.broker.after if arrives else harness.broker.before
    faults["create_bank_account"] = lost(10**6)
    with pytest.raises(Conflict):
        harness.service.add(owner, link_id, shown[0].account_id, "My checking")
    faults.clear()
    account = next(iter(harness.store.load(owner).accounts.values()))

    relink(harness, account, CHECKING)
    harness.clock.pass_by(timedelta(days=1))
    settle(harness, account)
    settle(harness, account)

    after = harness.account(account)
    assert after.account_id in {linked.account_id for linked in harness.banks.items[item_of(harness, account)].accounts}
    assert not after.needs_reauth
    assert_only_its_own(harness, account)


class Overtaken(DynamoBankStore):
    """A store whose owner of an item is read just before a relink replaces that item."""

    def __init__(self, relinked: Callable[[], object]) -> None:
        self.relinked = relinked

    def link_of_item(self, item_id: str) -> tuple[str, str] | None:
        found = super().link_of_item(item_id)
        self.relinked()
        return found


@pytest.mark.parametrize("code", ["PENDING_DISCONNECT", "USER_PERMISSION_REVOKED"])
def test_a_webhook_that_a_relink_overtakes_flags_no_other_item(harness: BanksHarness, code: str) -> None:
    account = flagged(harness)
    webhook = {"webhook_type": "ITEM", "item_id": item_of(harness, account), "webhook_code": code}
    links = replace(harness.links, store=Overtaken(lambda: relink(harness, account, CHECKING)))

    assert apply(links, webhook) == 0

    link = harness.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since, link.revoked, harness.account(account).needs_reauth) == (None, False, False)


@pytest.mark.parametrize("again", [False, True], ids=["another_item", "same_item"])
@pytest.mark.parametrize("code", [LOGIN_REQUIRED, ITEM_GONE, ACCOUNT_GONE])
def test_a_refusal_that_a_relink_overtakes_flags_nothing(harness: BanksHarness, code: str, again: bool) -> None:
    account = harness.funding_account(harness.person())
    item = item_of(harness, account)

    def relinked_and_refused() -> None:
        harness.banks.before.pop("balances")
        token = harness.banks.sign_in(again=item) if again else harness.banks.sign_in(CHECKING)
        harness.links.exchange(account.owner, token, link_id=account.link_id)
        raise Refused("no", code=code)

    harness.banks.before["balances"] = relinked_and_refused
    harness.balances.refresh(account.owner, account.link_id)

    link = harness.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since, link.revoked) == (None, False)
    if code != ACCOUNT_GONE or not again:
        assert not harness.account(account).needs_reauth


@pytest.mark.parametrize("code", [LOGIN_REQUIRED, ITEM_GONE])
def test_a_refused_processor_token_that_a_relink_overtakes_flags_nothing(harness: BanksHarness, code: str) -> None:
    ada = harness.person()
    link_id, (linked,) = harness.link(ada)

    def relinked_and_refused() -> None:
        harness.banks.before.pop("processor_token")
        harness.links.exchange(ada, harness.banks.sign_in(CHECKING), link_id=link_id)
        raise Refused("no", code=code)

    harness.banks.before["processor_token"] = relinked_and_refused
    with pytest.raises(Conflict):
        harness.service.add(ada, link_id, linked.account_id, "Mine")

    link = harness.store.load(ada).links[link_id]
    assert (link.needs_reauth_since, link.revoked) == (None, False)


def test_a_webhook_about_accounts_that_a_relink_overtakes_flags_no_other_item(harness: BanksHarness) -> None:
    account = flagged(harness)
    webhook = {
        "webhook_type": "ITEM",
        "webhook_code": "USER_ACCOUNT_REVOKED",
        "item_id": item_of(harness, account),
        "account_id": account.account_id,
    }
    links = replace(harness.links, store=Overtaken(lambda: relink(harness, account, CHECKING)))

    assert apply(links, webhook) == 0
    assert not harness.account(account).needs_reauth


def renewing(harness: BanksHarness) -> FundingAccount:
    """Return an account that waits to be registered anew."""
    account = flagged(harness)
    harness.links.exchange(account.owner, harness.banks.sign_in(CHECKING), link_id=account.link_id)
    return harness.account(account)


def test_a_registration_that_another_sign_in_overtook_is_ended_and_the_newer_one_made(harness: BanksHarness) -> None:
    account = renewing(harness)

    def sign_in_again() -> None:
        harness.broker.after.pop("create_bank_account")
        harness.links.exchange(account.owner, harness.banks.sign_in(CHECKING), link_id=account.link_id)

    harness.broker.after["create_bank_account"] = sign_in_again
    harness.renewals.renew(account.owner, account.funding_account_id)

    after = harness.account(account)
    assert after.renewing
    assert (after.attempt_id != account.attempt_id, len(after.replaced)) == (True, 1)
    settle(harness, account)
    assert_only_its_own(harness, account)


def test_the_refusal_of_a_registration_that_another_sign_in_overtook_refuses_nothing(harness: BanksHarness) -> None:
    account = renewing(harness)

    def sign_in_again() -> None:
        harness.broker.before.pop("create_bank_account")
        harness.links.exchange(account.owner, harness.banks.sign_in(CHECKING), link_id=account.link_id)
        raise Refused("", code="refused")

    harness.broker.before["create_bank_account"] = sign_in_again
    harness.renewals.renew(account.owner, account.funding_account_id)

    after = harness.account(account)
    assert (after.renewing, after.is_gone) == (True, False)
    settle(harness, account)
    assert_only_its_own(harness, account)


@pytest.mark.parametrize(
    ("code", "is_flagged"), [(LOGIN_REQUIRED, True), (ITEM_GONE, True), (ACCOUNT_GONE, False), ("refused", False)]
)
def test_a_refusal_while_a_bank_is_registered_anew_asks_for_a_sign_in_if_that_helps(
    harness: BanksHarness, code: str, is_flagged: bool
) -> None:
    account = renewing(harness)

    def refused() -> None:
        raise Refused("no", code=code)

    harness.banks.before["processor_token"] = refused
    harness.renewals.renew(account.owner, account.funding_account_id)

    link = harness.store.load(account.owner).links[account.link_id]
    assert (link.needs_reauth_since is not None) is is_flagged
    assert link.revoked is (code == ITEM_GONE)
