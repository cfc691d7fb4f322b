"""Bank links: made once an item, renewed by their owner alone, watched."""

from dataclasses import replace

import pytest

from tests.support.banks import CANARY, CHECKING, SAVINGS, BanksBench, events, everything_kept
from tests.support.funding import lost
from trading.banking.models import BankLink
from trading.banking.ports import BankChange
from trading.banking.webhooks import apply
from trading.platform.errors import Conflict, NotFound, Unavailable
from trading.platform.people import PersonRow, find_reference, partition

pytestmark = pytest.mark.usefixtures("aws")


@pytest.fixture
def bench() -> BanksBench:
    return BanksBench()


def link_of(bench: BanksBench, owner: str, link_id: str) -> BankLink:
    return bench.store.load(owner).links[link_id]


def test_a_sign_in_becomes_a_link_with_its_accounts(bench: BanksBench) -> None:
    link_id, shown = bench.link("ada", CHECKING, SAVINGS, bank="First Bank")

    link = link_of(bench, "ada", link_id)
    assert (link.institution_name, link.needs_reauth_since) == ("First Bank", None)
    assert [(linked.name, linked.current_cents) for linked in shown] == [("Checking", 100_000), ("Savings", None)]
    assert find_reference("bank-item", link.item_id) == ("ada", link_id)


def test_what_opens_a_link_lies_sealed(bench: BanksBench) -> None:
    link_id, _ = bench.link("ada")

    assert CANARY not in everything_kept()
    token = bench.store.open_token("ada", bench.store.load("ada").sealed_tokens[link_id])
    assert token == bench.item_of("ada", link_id).access_token


def test_a_step_of_a_link_shows_no_token_when_printed() -> None:
    assert CANARY not in repr(BankChange(token=CANARY, processor_token=CANARY))


def test_links_are_found_by_the_job_that_refreshes_balances(bench: BanksBench) -> None:
    bench.link("ada")

    found = [row.pk for shard in range(4) for row in PersonRow.by_group.query(f"live-links#{shard}")]
    assert found == [partition("ada")]


def test_the_same_item_again_is_the_same_link(bench: BanksBench) -> None:
    link_id, shown = bench.link("ada")

    again = bench.banks.sign_in(again=link_of(bench, "ada", link_id).item_id)
    link, shown_again = bench.links.exchange("ada", again, link_id=None)

    assert (link.link_id, shown_again) == (link_id, shown)
    assert len(bench.store.load("ada").links) == 1


def test_an_item_of_somebody_else_is_refused(bench: BanksBench) -> None:
    link_id, _ = bench.link("ada")
    theirs = bench.banks.sign_in(again=link_of(bench, "ada", link_id).item_id)

    with pytest.raises(Conflict) as refused:
        bench.links.exchange("mallory", theirs, link_id=None)

    assert refused.value.code == "already_connected"
    assert bench.store.load("mallory").links == {}


def test_a_public_token_is_good_once(bench: BanksBench) -> None:
    token = bench.banks.sign_in(CHECKING)
    bench.links.exchange("ada", token, link_id=None)

    with pytest.raises(Conflict) as refused:
        bench.links.exchange("ada", token, link_id=None)

    assert refused.value.code == "bank_link_failed"


@pytest.mark.parametrize("call", ["exchange", "institution", "accounts"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lost_answer_asks_the_person_to_start_again(bench: BanksBench, call: str, side: str) -> None:
    getattr(bench.banks, side)[call] = lost()

    with pytest.raises(Conflict) as refused:
        bench.links.exchange("ada", bench.banks.sign_in(CHECKING), link_id=None)

    assert refused.value.code == "bank_link_failed"
    assert CANARY not in str(refused.value)
    assert bench.link("ada")[0] in bench.store.load("ada").links


def test_an_account_that_is_connected_is_not_offered_again(bench: BanksBench) -> None:
    ada = bench.person()
    link_id, shown = bench.link(ada, CHECKING, SAVINGS)
    bench.service.add(ada, link_id, shown[0].account_id, "Mine")

    again = bench.banks.sign_in(again=link_of(bench, ada, link_id).item_id)
    _, offered = bench.links.exchange(ada, again, link_id=None)

    assert [linked.name for linked in offered] == ["Savings"]


def test_a_sign_in_is_begun_for_a_link_of_ones_own_alone(bench: BanksBench) -> None:
    link_id, _ = bench.link("ada")
    item_id = link_of(bench, "ada", link_id).item_id

    assert bench.links.begin("ada", redirect_uri=None, link_id=None).token == "link:ada:None:None"
    assert bench.links.begin("ada", redirect_uri="u", link_id=link_id).token == f"link:ada:u:{item_id}"
    for owner, asked in (("mallory", link_id), ("ada", "absent")):
        with pytest.raises(NotFound):
            bench.links.begin(owner, redirect_uri=None, link_id=asked)


def test_a_provider_that_is_down_is_a_conflict(bench: BanksBench) -> None:
    def down() -> None:
        raise Unavailable("down")

    bench.banks.before["link_token"] = down

    with pytest.raises(Conflict) as refused:
        bench.links.begin("ada", redirect_uri=None, link_id=None)

    assert refused.value.code == "bank_link_failed"


def test_a_link_of_somebody_else_cannot_be_renewed(bench: BanksBench) -> None:
    link_id, _ = bench.link("ada")
    before = link_of(bench, "ada", link_id)
    asked_before = bench.banks.calls["exchange"]

    with pytest.raises(NotFound):
        bench.links.exchange("mallory", bench.banks.sign_in(CHECKING), link_id=link_id)

    assert link_of(bench, "ada", link_id) == before
    assert bench.banks.calls["exchange"] == asked_before


def test_renewing_keeps_the_row_and_lifts_every_flag(bench: BanksBench) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    bench.mark(ada, account.link_id)
    assert bench.account(account).needs_reauth
    item = bench.item_of(ada, account.link_id)

    link, _ = bench.links.exchange(ada, bench.banks.sign_in(again=item.item_id), link_id=account.link_id)

    assert link.link_id == account.link_id
    assert link_of(bench, ada, account.link_id).needs_reauth_since is None
    assert not bench.account(account).needs_reauth
    state = bench.store.load(ada)
    assert bench.store.open_token(ada, state.sealed_tokens[account.link_id]) == item.access_token


def test_a_new_sign_in_that_shows_an_account_under_another_id_keeps_it(bench: BanksBench) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    bench.mark(ada, account.link_id)

    _, offered = bench.links.exchange(ada, bench.banks.sign_in(CHECKING, SAVINGS), link_id=account.link_id)

    bench.renewals.renew_all(ada, account.link_id)
    kept = bench.account(account)
    assert (kept.needs_reauth, kept.account_id == account.account_id) == (False, False)
    assert [linked.name for linked in offered] == ["Savings"]
    bench.balances.refresh(ada, account.link_id)
    assert not bench.account(account).needs_reauth
    again = bench.service.add(ada, account.link_id, kept.account_id, "Mine")
    assert again.funding_account_id == account.funding_account_id
    assert bench.service.add(ada, account.link_id, account.account_id, "Mine") == again
    assert bench.broker.registered == 2


def test_an_account_that_a_new_sign_in_does_not_show_stays_flagged(bench: BanksBench) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    bench.mark(ada, account.link_id)

    bench.links.exchange(ada, bench.banks.sign_in(SAVINGS), link_id=account.link_id)

    assert bench.account(account).needs_reauth


def test_the_person_is_told_once_that_a_link_needs_a_sign_in(bench: BanksBench) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    item_id = bench.item_of(ada, account.link_id).item_id

    assert [bench.links.mark_item(item_id, needs_reauth=True) for _ in range(3)] == [1, 1, 1]

    assert len(events("bank_needs_reauth", ada)) == 1
    bench.links.mark_item(item_id, needs_reauth=False)
    assert not bench.account(account).needs_reauth
    bench.clock.pass_by(bench.clock.moment - bench.clock.moment.replace(hour=0))
    bench.links.mark_item(item_id, needs_reauth=True)
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
def test_webhooks_flag_what_only_a_sign_in_mends(bench: BanksBench, webhook: dict[str, object], flagged: bool) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    item_id = bench.item_of(ada, account.link_id).item_id

    count = apply(bench.links, {"webhook_type": "ITEM", "item_id": item_id, **webhook})

    assert count == int(flagged)
    assert bench.account(account).needs_reauth is flagged


def test_a_repaired_sign_in_lifts_the_flag(bench: BanksBench) -> None:
    ada = bench.person()
    account = bench.funding_account(ada)
    bench.mark(ada, account.link_id)
    item_id = bench.item_of(ada, account.link_id).item_id

    assert apply(bench.links, {"webhook_type": "ITEM", "webhook_code": "LOGIN_REPAIRED", "item_id": item_id}) == 1

    assert not bench.account(account).needs_reauth


@pytest.mark.parametrize("item_id", ["absent", "", "x" * 5000, None, 7, ["item"]])
def test_webhooks_about_no_item_of_ours_count_nothing(bench: BanksBench, item_id: object) -> None:
    body = {"webhook_type": "ITEM", "webhook_code": "PENDING_EXPIRATION", "item_id": item_id}

    assert apply(bench.links, body) == 0


def test_two_sign_ins_at_one_bank_are_two_links(bench: BanksBench) -> None:
    first, _ = bench.link("ada")
    second, shown = bench.link("ada", replace(CHECKING, mask="0009"))

    assert first != second
    assert [linked.mask for linked in shown] == ["0009"]
