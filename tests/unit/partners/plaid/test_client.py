"""Plaid's client against the simulated Plaid: the real SDK over HTTP."""

from datetime import UTC, datetime

import pytest

from sandbox.faults import Fault
from sandbox.partners.plaid.simulator import LOCKED, ORDINARY, SILENT, SLOW
from tests.support.world import World
from trading.brokerage.banks import ACCOUNT_GONE, LINK_REFUSED, LOGIN_REQUIRED
from trading.partners.plaid.client import Plaid, plaid
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

SINCE = datetime(2013, 2, 12, 15, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def client(world: World) -> Plaid:
    return plaid()


def linked(world: World, client: Plaid, institution: str = ORDINARY, cents: int | None = 12_345) -> str:
    return client.exchange(world.sign_in(institution, cents))[0]


def test_a_link_token_is_made_for_a_new_and_for_a_renewed_link(world: World, client: Plaid) -> None:
    made = client.link_token("ada", redirect_uri="https://app.example.com/plaid", access_token=None)
    renewed = client.link_token("ada", redirect_uri=None, access_token=linked(world, client))

    assert made.token.startswith("link-")
    assert renewed.token != made.token
    assert made.expiration > datetime(2020, 1, 1, tzinfo=UTC)


def test_a_public_token_is_good_once(world: World, client: Plaid) -> None:
    public_token = world.sign_in()
    access_token, item_id = client.exchange(public_token)

    assert access_token.startswith("access-")
    assert item_id in world.plaid.items
    with pytest.raises(Refused) as refused:
        client.exchange(public_token)
    assert refused.value.code == LINK_REFUSED


def test_accounts_and_their_bank_are_read(world: World, client: Plaid) -> None:
    token = linked(world, client)
    (account,) = client.accounts(token)

    assert client.institution(token).name == ORDINARY
    assert (account.mask, account.current_cents, account.available_cents) == ("0000", 12_345, 12_345)
    assert account.currency == "USD"


@pytest.mark.parametrize("cents", [0, 1, 29, 435, 1_998, 1_999, 112_877, 10_000_001])
def test_balances_are_exact_to_the_cent(world: World, client: Plaid, cents: int) -> None:
    token = linked(world, client, cents=cents)
    (account,) = client.accounts(token)

    assert client.balances(token, [account.account_id], fresh_since=SINCE)[0].current_cents == cents


def test_a_bank_may_tell_no_balance(world: World, client: Plaid) -> None:
    token = linked(world, client, SILENT)
    (account,) = client.accounts(token)

    assert client.balances(token, [account.account_id], fresh_since=SINCE)[0].current_cents is None


def test_what_banks_refuse_is_told_apart(world: World, client: Plaid) -> None:
    locked, slow, fine = (linked(world, client, name) for name in (LOCKED, SLOW, ORDINARY))

    with pytest.raises(Refused) as login:
        client.balances(locked, [client.accounts(locked)[0].account_id], fresh_since=SINCE)
    with pytest.raises(Unavailable):
        client.balances(slow, [client.accounts(slow)[0].account_id], fresh_since=SINCE)
    with pytest.raises(Refused) as gone:
        client.balances(fine, ["another"], fresh_since=SINCE)

    assert (login.value.code, gone.value.code) == (LOGIN_REQUIRED, ACCOUNT_GONE)


def test_a_processor_token_is_the_same_for_the_same_account(world: World, client: Plaid) -> None:
    token = linked(world, client)
    (account,) = client.accounts(token)

    made = client.processor_token(token, account.account_id)

    assert made == client.processor_token(token, account.account_id)
    assert world.plaid.knows_processor_token(made)
    assert not world.plaid.knows_processor_token("processor-sandbox-made-up")


def test_removing_a_link_twice_is_fine(world: World, client: Plaid) -> None:
    token = linked(world, client)

    client.remove_item(token)
    client.remove_item(token)

    assert world.plaid.items == {}


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DROP_BEFORE, Fault.HTTP_500, Fault.MALFORMED])
def test_an_exchange_whose_answer_is_lost_is_unknown(world: World, client: Plaid, fault: Fault) -> None:
    world.fail("plaid", "exchange", fault)

    with pytest.raises(OutcomeUnknown):
        client.exchange(world.sign_in())


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.HTTP_500, Fault.MALFORMED, Fault.HTTP_429])
def test_a_read_is_tried_again_once(world: World, client: Plaid, fault: Fault) -> None:
    token = linked(world, client)
    (account,) = client.accounts(token)

    world.fail("plaid", "balance", fault)
    assert client.balances(token, [account.account_id], fresh_since=SINCE)
    world.fail("plaid", "balance", fault, times=2)
    with pytest.raises(Unavailable):
        client.balances(token, [account.account_id], fresh_since=SINCE)


@pytest.mark.parametrize("name", ["accounts", "institution"])
def test_no_token_shows_in_an_error(client: Plaid, name: str) -> None:
    with pytest.raises(Refused) as refused:
        getattr(client, name)("access-sandbox-canary")

    assert "canary" not in f"{refused.value!r} {refused.value.__cause__!r} {refused.value.detail}"
    assert refused.value.__suppress_context__


def test_a_webhook_key_that_is_not_known_is_refused(client: Plaid) -> None:
    assert client.webhook_key("sandbox-webhooks-1")["kty"] == "EC"
    with pytest.raises(Refused):
        client.webhook_key("made-up")
