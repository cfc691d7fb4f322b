"""Bank links: made once an item, renewed by their owner alone, watched."""

from dataclasses import replace

import pytest

from tests.support.banks import CANARY, CHECKING, SAVINGS, BanksHarness, events, everything_kept
from tests.support.funding import lost
from trading.banking.models import BankLink
from trading.banking.ports import BankChange
from trading.banking.webhooks import apply
from trading.platform.errors import Conflict, NotFound, Unavailable
from trading.platform.people import PersonRow, find_reference, partition

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def harness() -> BanksHarness:
    return BanksHarness()


def link_of(harness: BanksHarness, owner: str, link_id: str) -> BankLink:
    return harness.store.load(owner).links[link_id]


def test_a_sign_in_becomes_a_link_with_its_accounts(harness: BanksHarness) -> None:
    link_id, shown = harness.link("ada", CHECKING, SAVINGS, bank="First Bank")

    link = link_of(harness, "ada", link_id)
    assert (link.institution_name, link.needs_reauth_since) == ("First Bank", None)
    assert [(linked.name, linked.current_cents) for linked in shown] == [("Checking", 100_000), ("Savings", None)]
    assert find_reference("bank-item", link.item_id) == ("ada", link_id)


def test_what_opens_a_link_lies_sealed(harness: BanksHarness) -> None:
    link_id, _ = harness.link("ada")

    assert CANARY not in everything_kept()
    token = harness.store.open_token("ada", harness.store.load("ada").sealed_tokens[link_id])
    assert token == harness.item_of("ada", link_id).access_token


def test_a_step_of_a_link_shows_no_token_when_printed() -> None:
    assert CANARY not in repr(BankChange(token=CANARY, processor_token=CANARY))


def test_links_are_found_by_the_job_that_refreshes_balances(harness: BanksHarness) -> None:
    harness.link("ada")

    found = [row.pk for shard in range(4) for row in PersonRow.by_group.query(f"live-links#{shard}")]
    assert found == [partition("ada")]


def test_the_same_item_again_is_the_same_link(harness: BanksHarness) -> None:
    link_id, shown = harness.link("ada")

    again = harness.banks.sign_in(again=link_of(harness, "ada", link_id).item_id)
    link, shown_again = harness.links.exchange("ada", again, link_id=None)

    assert (link.link_id, shown_again) == (link_id, shown)
    assert len(harness.store.load("ada").links) == 1


def test_an_item_of_somebody_else_is_refused(harness: BanksHarness) -> None:
    link_id, _ = harness.link("ada")
    theirs = harness.banks.sign_in(again=link_of(harness, "ada", link_id).item_id)

    with pytest.raises(Conflict) as refused:
        harness.links.exchange("mallory", theirs, link_id=None)

    assert refused.value.code == "already_connected"
    assert harness.store.load("mallory").links == {}


def test_a_public_token_is_good_once(harness: BanksHarness) -> None:
    token = harness.banks.sign_in(CHECKING)
    harness.links.exchange("ada", token, link_id=None)

    with pytest.raises(Conflict) as refused:
        harness.links.exchange("ada", token, link_id=None)

    assert refused.value.code == "bank_link_failed"


@pytest.mark.parametrize("call", ["exchange", "institution", "accounts"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_asks_the_person_to_start_again(harness: BanksHarness, call: str, side: str) -> None:
    getattr(harness.banks, side)[call] = lost()

    with pytest.raises(Conflict) as refused:
        harness.links.exchange("ada", harness.banks.sign_in(CHECKING), link_id=None)

    assert refused.value.code == "bank_link_failed"
    assert CANARY not in str(refused.value)
    assert harness.link("ada")[0] in harness.store.load("ada").links


def test_an_account_that_is_connected_is_not_offered_again(harness: BanksHarness) -> None:
    ada = harness.person()
    link_id, shown = harness.link(ada, CHECKING, SAVINGS)
    harness.service.add(ada, link_id, shown[0].account_id, "Mine")

    again = harness.banks.sign_in(again=link_of(harness, ada, link_id).item_id)
    _, offered = harness.links.exchange(ada, again, link_id=None)

    assert [linked.name for linked in offered] == ["Savings"]


def test_a_sign_in_is_begun_for_a_link_of_ones_own_alone(harness: BanksHarness) -> None:
    link_id, _ = harness.link("ada")
    item_id = link_of(harness, "ada", link_id).item_id

    assert harness.links.begin("ada", redirect_uri=None, link_id=None).token == "link:ada:None:None"
    assert harness.links.begin("ada", redirect_uri="u", link_id=link_id).token == f"link:ada:u:{item_id}"
    for owner, asked in (("mallory", link_id), ("ada", "absent")):
        with pytest.raises(NotFound):
            harness.links.begin(owner, redirect_uri=None, link_id=asked)


def test_a_provider_that_is_down_is_a_conflict(harness: BanksHarness) -> None:
    def down() -> None:
        raise Unavailable("down")

    harness.banks.before["link_token"] = down

    with pytest.raises(Conflict) as refused:
        harness.links.begin("ada", redirect_uri=None, link_id=None)

    assert refused.value.code == "bank_link_failed"


def test_a_link_of_somebody_else_cannot_be_renewed(harness: BanksHarness) -> None:
    link_id, _ = harness.link("ada")
    before = link_of(harness, "ada", link_id)
    asked_before = harness.banks.calls["exchange"]

    with pytest.raises(NotFound):
        harness.links.exchange("mallory", harness.banks.sign_in(CHECKING), link_id=link_id)

    assert link_of(harness, "ada", link_id) == before
    assert harness.banks.calls["exchange"] == asked_before


def test_renewing_keeps_the_row_and_lifts_every_flag(harness: BanksHarness) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    harness.mark(ada, account.link_id)
    assert harness.account(account).needs_reauth
    item = harness.item_of(ada, account.link_id)

    link, _ = harness.links.exchange(ada, harness.banks.sign_in(again=item.item_id), link_id=account.link_id)

    assert link.link_id == account.link_id
    assert link_of(harness, ada, account.link_id).needs_reauth_since is None
    assert not harness.account(account).needs_reauth
    state = harness.store.load(ada)
    assert harness.store.open_token(ada, state.sealed_tokens[account.link_id]) == item.access_token


def test_a_new_sign_in_that_shows_an_account_under_another_id_keeps_it(harness: BanksHarness) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    harness.mark(ada, account.link_id)

    _, offered = harness.links.exchange(ada, harness.banks.sign_in(CHECKING, SAVINGS), link_id=account.link_id)

    harness.renewals.renew_all(ada, account.link_id)
    kept = harness.account(account)
    assert (kept.needs_reauth, kept.account_id == account.account_id) == (False, False)
    assert [linked.name for linked in offered] == ["Savings"]
    harness.balances.refresh(ada, account.link_id)
    assert not harness.account(account).needs_reauth
    again = harness.service.add(ada, account.link_id, kept.account_id, "Mine")
    assert again.funding_account_id == account.funding_account_id
    assert harness.service.add(ada, account.link_id, account.account_id, "Mine") == again
    assert harness.broker.registered == 2


def test_an_account_that_a_new_sign_in_does_not_show_stays_flagged(harness: BanksHarness) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    harness.mark(ada, account.link_id)

    harness.links.exchange(ada, harness.banks.sign_in(SAVINGS), link_id=account.link_id)

    assert harness.account(account).needs_reauth


def test_the_person_is_told_once_that_a_link_needs_a_sign_in(harness: BanksHarness) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    item_id = harness.item_of(ada, account.link_id).item_id

    assert [harness.links.mark_item(item_id, needs_reauth=True) for _ in range(3)] == [1, 1, 1]

    assert len(events("bank_needs_reauth", ada)) == 1
    harness.links.mark_item(item_id, needs_reauth=False)
    assert not harness.account(account).needs_reauth
    harness.clock.pass_by(harness.clock.moment - harness.clock.moment.replace(hour=0))
    harness.links.mark_item(item_id, needs_reauth=True)
    assert len(events("bank_needs_reauth", ada)) == 2


@pytest.mark.parametrize(
    ("webhook", "flagged"),
    [
        ({"webhook_code": "ERROR", "error": {"error_code": "ITEM_LOGIN_REQUIRED"}}, True),
        ({"webhook_code": "PENDING_EXPIRATION"}, True),
        ({"webhook_code": "PENDING_DISCONNECT"}, True),
        ({"webhook_code": "USER_PERMISSION_REVOKED", "error": None}, True),
        ({"webhook_code": "ERROR", "error": {"error_code": "INSTITUTION_DOWN"}}, False),
        ({"webhook_code": "ERROR", "error": "ITEM_LOGIN_REQUIRED"}, False),
        ({"webhook_code": "ERROR"}, False),
        ({"webhook_code": "NEW_ACCOUNTS_AVAILABLE"}, False),
        ({"webhook_code": ["ERROR"]}, False),
        ({"webhook_code": "PENDING_EXPIRATION", "webhook_type": "AUTH"}, False),
    ],
)
def test_webhooks_flag_what_only_a_sign_in_mends(
    harness: BanksHarness, webhook: dict[str, object], flagged: bool
) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    item_id = harness.item_of(ada, account.link_id).item_id

    count = apply(harness.links, {"webhook_type": "ITEM", "item_id": item_id, **webhook})

    assert count == int(flagged)
    assert harness.account(account).needs_reauth is flagged


def test_a_repaired_sign_in_lifts_the_flag(harness: BanksHarness) -> None:
    ada = harness.person()
    account = harness.funding_account(ada)
    harness.mark(ada, account.link_id)
    item_id = harness.item_of(ada, account.link_id).item_id

    assert apply(harness.links, {"webhook_type": "ITEM", "webhook_code": "LOGIN_REPAIRED", "item_id": item_id}) == 1

    assert not harness.account(account).needs_reauth


@pytest.mark.parametrize("item_id", ["absent", "", "x" * 5000, None, 7, ["item"]])
def test_webhooks_about_no_item_of_ours_count_nothing(harness: BanksHarness, item_id: object) -> None:
    body = {"webhook_type": "ITEM", "webhook_code": "PENDING_EXPIRATION", "item_id": item_id}

    assert apply(harness.links, body) == 0


def test_two_sign_ins_at_one_bank_are_two_links(harness: BanksHarness) -> None:
    first, _ = harness.link("ada")
    second, shown = harness.link("ada", replace(CHECKING, mask="0009"))

    assert first != second
    assert [linked.mask for linked in shown] == ["0009"]
