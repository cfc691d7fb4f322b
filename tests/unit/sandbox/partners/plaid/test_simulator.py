"""The simulated Plaid by itself: sign-ins, what banks answer, and what is kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.partners.plaid.simulator import DATED, LOCKED, ORDINARY, SLOW, PlaidSimulator
from sandbox.partners.plaid.state import Item, PlaidError

ACCOUNTS: list[dict[str, Any]] = [
    {"name": "Checking", "mask": "0000", "balance_cents": 12_345},
    {"name": "Savings", "mask": "1111", "balance_cents": None},
]


@pytest.fixture
def plaid(tmp_path: Path) -> PlaidSimulator:
    return PlaidSimulator.in_folder(tmp_path)


def signed_in(plaid: PlaidSimulator, institution: str = ORDINARY) -> Item:
    return plaid.exchange(plaid.sign_in(institution, ACCOUNTS))


def code_of(call: Any, *args: Any) -> str:
    with pytest.raises(PlaidError) as refused:
        call(*args)
    return refused.value.code


def test_a_public_token_opens_one_item_once(plaid: PlaidSimulator) -> None:
    public_token = plaid.sign_in(ORDINARY, ACCOUNTS)
    item = plaid.exchange(public_token)

    assert [account.mask for account in plaid.item_of(item.access_token).accounts] == ["0000", "1111"]
    for token in (public_token, "public-sandbox-made-up", ""):
        assert code_of(plaid.exchange, token) == "INVALID_PUBLIC_TOKEN"


def test_a_sign_in_that_is_not_exchanged_opens_nothing(plaid: PlaidSimulator) -> None:
    plaid.sign_in(ORDINARY, ACCOUNTS)

    for token in ("", None, "access-sandbox-made-up"):
        assert code_of(plaid.item_of, token) == "INVALID_ACCESS_TOKEN"


def test_a_renewed_sign_in_keeps_item_accounts_and_access_token(plaid: PlaidSimulator) -> None:
    before = signed_in(plaid)
    plaid.break_item(before.item_id, needs_login=True)
    access_token, accounts = before.access_token, list(before.accounts)

    after = plaid.exchange(plaid.sign_in(ORDINARY, [], before.item_id))

    assert (after.item_id, after.access_token, after.accounts) == (before.item_id, access_token, accounts)
    assert plaid.balances(access_token, {})[1] == accounts
    with pytest.raises(LookupError):
        plaid.sign_in(ORDINARY, [], "item-made-up")


def test_banks_of_one_name_have_one_id_and_others_another(plaid: PlaidSimulator) -> None:
    first, again, other = signed_in(plaid), signed_in(plaid), signed_in(plaid, "First-Platypus Bank")

    assert first.institution_id == again.institution_id != other.institution_id
    assert plaid.institution(first.institution_id) == ORDINARY
    assert code_of(plaid.institution, "ins_made_up") == "INVALID_INSTITUTION"


@pytest.mark.parametrize(("bank", "code"), [(LOCKED, "ITEM_LOGIN_REQUIRED"), (SLOW, "INSTITUTION_NOT_RESPONDING")])
def test_a_banks_name_picks_how_it_behaves(plaid: PlaidSimulator, bank: str, code: str) -> None:
    assert code_of(plaid.balances, signed_in(plaid, bank).access_token, {}) == code


@pytest.mark.parametrize(
    ("bank", "since", "answers"),
    [
        (DATED, None, False),
        (DATED, "2013-02-12T15:00:00Z", True),
        (ORDINARY, None, True),
        (ORDINARY, "2013-02-12T15:00:00+00:00", False),
        (ORDINARY, "2013-02-12T15:00:00.123Z", False),
    ],
)
def test_a_bank_may_want_to_know_how_old_a_balance_may_be(
    plaid: PlaidSimulator, bank: str, since: str | None, answers: bool
) -> None:
    token = signed_in(plaid, bank).access_token
    options = {} if since is None else {"min_last_updated_datetime": since}

    if answers:
        assert len(plaid.balances(token, options)[1]) == len(ACCOUNTS)
    else:
        assert code_of(plaid.balances, token, options) == "INVALID_FIELD"


def test_balances_are_those_of_the_accounts_asked_for(plaid: PlaidSimulator) -> None:
    item = signed_in(plaid)
    checking = item.accounts[0].account_id
    plaid.set_balance(checking, -5)

    assert [balance.balance_cents for balance in plaid.balances(item.access_token, {"account_ids": [checking]})[1]] == [
        -5
    ]
    assert code_of(plaid.balances, item.access_token, {"account_ids": ["another"]}) == "INVALID_ACCOUNT_ID"
    with pytest.raises(LookupError):
        plaid.set_balance("another", 1)


def test_a_processor_token_is_known_while_its_item_works(plaid: PlaidSimulator) -> None:
    item = signed_in(plaid)
    token = plaid.processor_token(item.access_token, item.accounts[0].account_id)

    assert plaid.knows_processor_token(token)
    plaid.break_item(item.item_id, needs_login=True)
    assert not plaid.knows_processor_token(token)
    plaid.break_item(item.item_id, needs_login=False)
    assert plaid.knows_processor_token(token)
    plaid.remove(item.access_token)
    assert not plaid.knows_processor_token(token)
    assert code_of(plaid.remove, item.access_token) == "INVALID_ACCESS_TOKEN"


def test_everything_is_kept_in_the_folder_until_it_begins_afresh(plaid: PlaidSimulator, tmp_path: Path) -> None:
    item = signed_in(plaid)
    plaid.break_item(item.item_id, needs_login=True)

    assert PlaidSimulator.in_folder(tmp_path).items == {item.item_id: item}
    assert PlaidSimulator.in_folder(tmp_path, afresh=True).items == {}


def test_many_at_once_lose_nothing(plaid: PlaidSimulator, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: signed_in(plaid).item_id, range(64)))

    assert set(made) == set(PlaidSimulator.in_folder(tmp_path).items)


def test_a_sign_in_is_exchanged_by_one_of_many_at_once(plaid: PlaidSimulator) -> None:
    public_token = plaid.sign_in(ORDINARY, ACCOUNTS)

    def exchanged(_: int) -> bool:
        try:
            return bool(plaid.exchange(public_token))
        except PlaidError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(exchanged, range(32))) == 1
