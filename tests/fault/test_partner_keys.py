"""Keys of a partner that lack a field: an outage of that partner alone, over when they are put right.

The workers, routes and clients are the real ones; only what lies in the secret is wrong, for a day.
"""

import json
import time
from collections.abc import Mapping
from datetime import timedelta

import boto3
import pytest

from infra.catalogue import routes
from tests.fault.test_partners_away import AWAY, assert_nothing_failed, wait_until
from tests.security.test_authorization import ANYBODYS, BODIES
from tests.support.errands import ERRANDS
from tests.support.holdings import HoldingsWorld
from tests.support.schedules import Schedules
from tests.support.world import World
from trading.banking.store import DynamoBankStore
from trading.partners.stripe.webhooks import stripe_webhooks
from trading.platform.errors import KeysUnusable
from trading.platform.secrets import KEPT_SECONDS

MISSING = {
    "drivewealth": "app_key",
    "plaid": "secret",
    "stripe": "secret_key",
    "firebase": "service_account",
    "market-data": "key_id",
}


def keys_of(partner: str) -> Mapping[str, str]:
    fields: Mapping[str, str] = json.loads(
        boto3.client("secretsmanager").get_secret_value(SecretId=partner)["SecretString"]
    )
    return fields


def put_keys(world: World, partner: str, fields: Mapping[str, str]) -> None:
    """Change a partner's secret, and let the minutes pass for which the one before is kept."""
    boto3.client("secretsmanager").put_secret_value(SecretId=partner, SecretString=json.dumps(fields))
    world.partners.waited += KEPT_SECONDS + 1


def misspell(world: World, partner: str, name: str) -> Mapping[str, str]:
    """Write one field under another name; return the keys as they were."""
    right = keys_of(partner)
    put_keys(world, partner, {f"{key}-" if key == name else key: value for key, value in right.items()})
    return right


@pytest.mark.parametrize("queue", sorted(ERRANDS))
def test_what_a_message_asks_for_is_done_after_its_partners_keys_are_put_right(
    world: World, queue: str, capsys: pytest.CaptureFixture[str]
) -> None:
    errand = ERRANDS[queue]
    errand.prepare(world)
    right = misspell(world, errand.partner, MISSING[errand.partner])
    world.work_off()

    schedules = Schedules(world)
    schedules.pass_by(AWAY)

    assert '"partner_keys_unusable"' in capsys.readouterr().out
    assert schedules.failed == []
    assert_nothing_failed(world)
    assert not errand.is_done(world)
    put_keys(world, errand.partner, right)
    wait_until(world, errand)
    assert_nothing_failed(world)


def test_no_route_fails_without_a_code_while_no_partners_keys_are_right(world: World) -> None:
    bank = HoldingsWorld.of(world).funded()
    link_id = next(iter(DynamoBankStore().load("ada").links))
    bodies = BODIES | {
        "create_deposit": {"amount_cents": 100, "funding_account_id": bank},
        "create_withdrawal": {"amount_cents": 100, "funding_account_id": bank},
        "add_funding_account": {"bank_link_id": link_id, "account_id": "account-1", "account_name": "Checking"},
    }
    ids = ANYBODYS | {"funding_account_id": bank}
    for partner, name in MISSING.items():
        misspell(world, partner, name)
    world.partners.waited += 86_400  # the session is over, too

    answers = {}
    for row, route in routes():
        if row.partners and not route.public:
            claims = {"role": "operator"} if route.role else None
            answers[row.name] = world.call(row.name, body=bodies.get(row.name), key="k" * 16, claims=claims, **ids)

    failed = {name: answer for name, answer in answers.items() if answer.status >= 500}
    assert len(answers) > 15
    assert {(answer.status, answer.body["code"]) for answer in failed.values()} <= {(503, "partner_keys_unusable")}
    assert "create_setup_session" in failed


def test_a_day_without_the_keys_of_market_data_fails_no_job_and_no_message(world: World) -> None:
    HoldingsWorld.of(world).funded()
    misspell(world, "market-data", "secret_key")

    schedules = Schedules(world)
    schedules.pass_by(AWAY)

    assert schedules.failed == []
    assert_nothing_failed(world)


def test_people_are_told_that_cards_cannot_be_given_at_present(world: World) -> None:
    world.onboard()
    misspell(world, "stripe", "secret_key")
    body = {"success_url": "https://app.example.com/ok", "cancel_url": "https://app.example.com/no"}

    answer = world.call("create_setup_session", body=body)

    assert (answer.status, answer.body["code"]) == (503, "partner_keys_unusable")


def test_people_are_told_that_a_bank_cannot_be_linked_at_present(world: World) -> None:
    world.submit()
    misspell(world, "plaid", "client_id")

    begun = world.call("create_bank_link", body={})
    exchanged = world.call("exchange_bank_link", body={"public_token": world.sign_in()})

    assert [(answer.status, answer.body["code"]) for answer in (begun, exchanged)] == [(409, "bank_link_failed")] * 2


@pytest.mark.parametrize("field", ["app_key", "app_type_id", "username"])
def test_a_deposit_waits_for_the_brokers_keys_and_is_made_once(world: World, field: str) -> None:
    bank = world.onboard()
    right = misspell(world, "drivewealth", field)
    world.partners.waited += 86_400  # the session is over, too

    asked = world.move("deposit", 50_000, bank, key="the-deposit-of-ada")

    assert (asked.status, asked.body["status"]) == (201, "pending")
    put_keys(world, "drivewealth", right)
    Schedules(world).pass_by(timedelta(hours=1))
    assert len(world.broker.state.payments) == 1
    assert_nothing_failed(world)


def test_a_webhook_that_cannot_be_verified_for_want_of_the_secret_is_to_come_again(world: World) -> None:
    misspell(world, "stripe", "webhook_secret")
    header = f"t={int(time.time())},v1=aa"

    with pytest.raises(KeysUnusable):
        stripe_webhooks().verify(b"{}", header)
