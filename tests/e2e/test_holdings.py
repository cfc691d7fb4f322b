"""TTF holdings as people meet them: the deployed template over HTTP, the broker simulated.

The tests share one sandbox and its time, which only goes forward; each has people of its own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox
from sandbox.people import Person
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange

pytestmark = pytest.mark.e2e

HOUR = 3600
PRICES = {"AAPL": 100, "MSFT": 50, "IBM": 200}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """Bring up a sandbox in which five people have cash, and open the market's doors."""
    with running_sandbox(tmp_path_factory.mktemp("holdings"), start="2013-01-28T15:00:00Z") as client:
        client.control("PUT", "market/quotes", PRICES)
        tech = [{"symbol": "AAPL", "weight": 0.6}, {"symbol": "MSFT", "weight": 0.4}]
        mixed = {"AAPL": 0.5, "IBM": 0.5}
        client.control(
            "PUT",
            "collections",
            [
                {"collection_id": "tech", "name": "Tech", "weights": tech},
                {"collection_id": "mixed", "name": "Mixed", "weights": mixed},
            ],
        )
        for uid in ("ada", "bob", "cid", "dan", "eve"):
            person = Person(client, uid)
            bank = person.onboard()
            person.move("deposits", 1_000_000, bank["funding_account_id"], key=f"the-deposit-of-{uid}-1")
        client.travel("2013-02-01T16:00:00Z")
        yield client


@pytest.fixture(autouse=True)
def morning(sandbox: SandboxClient) -> None:
    """Begin each test half an hour after the open of the next session."""
    now = datetime.fromisoformat(sandbox.control("GET", "clock")["now"])
    sessions = (trading_day(Exchange.NYSE, now.date() + timedelta(days=ahead)) for ahead in range(7))
    at = next(session.opens_at for session in sessions if session is not None and session.opens_at > now)
    sandbox.travel((at + timedelta(minutes=30)).isoformat())


def asked(person: Person, collection_id: str, key: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = person.call("POST", f"collections/{collection_id}/reconfigure", body, key=f"{key:_<16}")
    return found


def version_of(person: Person, version: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = person.call("GET", f"collection-versions/{version['version_id']}")
    return found


def held(person: Person, collection_id: str = "tech") -> int:
    return int(person.call("GET", f"collections/{collection_id}/holdings")["value_cents"])


def runs_of(sandbox: SandboxClient, version: dict[str, Any]) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = sandbox.control("GET", "effects")["autopilot_runs"]
    return [run for run in runs if version["version_id"] in run["refs"]]


def assert_ledger_balances(sandbox: SandboxClient) -> None:
    check = sandbox.control("GET", "ledger/check")
    assert check["balanced"], check
    assert sandbox.control("POST", "queues/drain")["dead_letters"] == {}


def test_a_collection_is_bought_halved_once_and_sold(sandbox: SandboxClient) -> None:
    ada = Person(sandbox, "ada")
    bought = asked(ada, "tech", "ada-buys", absolute_amount_delta_cents=400_000)
    ada.wait(HOUR)
    assert (version_of(ada, bought)["status"], held(ada)) == ("complete", 400_000)

    halved = asked(ada, "tech", "ada-halves", relative_amount_delta_percent=-50)
    ada.wait(24 * HOUR)

    assert (version_of(ada, halved)["executed_amount_cents"], held(ada)) == (-200_000, 200_000)
    aimed = asked(ada, "tech", "ada-aims", target_amount_cents=250_000)
    ada.wait(HOUR)
    assert (version_of(ada, aimed)["executed_amount_cents"], held(ada)) == (50_000, 250_000)
    sold = asked(ada, "tech", "ada-sells", absolute_amount_delta_cents=-900_000)
    ada.wait(HOUR)
    assert (version_of(ada, sold)["status"], held(ada)) == ("complete", 0)
    assert ada.account()["buying_power_cents"] == 1_000_000
    assert_ledger_balances(sandbox)


def test_a_replay_answers_the_same_version_and_another_body_is_refused(sandbox: SandboxClient) -> None:
    bob = Person(sandbox, "bob")
    first = asked(bob, "mixed", "bob-buys", absolute_amount_delta_cents=100_000)

    again = asked(bob, "mixed", "bob-buys", absolute_amount_delta_cents=100_000)
    other = sandbox.api(
        "POST",
        "collections/mixed/reconfigure",
        token=sandbox.token("bob"),
        body={"absolute_amount_delta_cents": 200_000},
        key=f"{'bob-buys':_<16}",
    )

    assert again["version_id"] == first["version_id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    bob.wait(HOUR)
    assert held(bob, "mixed") == 100_000


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("create_portfolio", "drop_after"),
        ("create_fund", "drop_after"),
        ("update_portfolio", "http_500"),
        ("create_autopilot_run", "drop_after"),
        ("get_status", "malformed"),
    ],
)
def test_a_purchase_survives_what_the_broker_does(sandbox: SandboxClient, operation: str, fault: str) -> None:
    cid = Person(sandbox, "cid")
    before = held(cid)
    sandbox.control("POST", "faults", {"partner": "drivewealth", "operation": operation, "fault": fault, "times": 1})

    version = asked(cid, "tech", f"cid-{operation}", absolute_amount_delta_cents=100_000)
    cid.wait(2 * HOUR)

    assert version_of(cid, version)["status"] == "complete"
    assert held(cid) == before + 100_000
    effects = sandbox.control("GET", "effects")
    assert (
        len([portfolio for portfolio in effects["portfolios"] if portfolio["refs"] == [version["trading_account_id"]]])
        == 1
    )
    assert len(runs_of(sandbox, version)) == 1
    sandbox.control("DELETE", "faults")
    assert_ledger_balances(sandbox)


def test_a_run_that_fails_at_the_broker_gives_the_cash_back(sandbox: SandboxClient) -> None:
    dan = Person(sandbox, "dan")
    version = asked(dan, "tech", "dan-buys", absolute_amount_delta_cents=100_000)
    dan.wait(120)
    (run,) = runs_of(sandbox, version)

    sandbox.control("POST", f"drivewealth/autopilot/{run['id']}", {"status": "BUY_AMOUNTCASH_ORDERS_TIMEDOUT"})
    dan.wait(120)

    failed = version_of(dan, version)
    assert (failed["status"], failed["reason"]["code"]) == ("failed", "run_failed")
    assert dan.account()["buying_power_cents"] == 1_000_000
    dan.wait(HOUR)
    assert held(dan) == 0
    assert_ledger_balances(sandbox)


def test_a_run_that_fills_half_is_planned_again_for_the_rest(sandbox: SandboxClient) -> None:
    dan = Person(sandbox, "dan")
    version = asked(dan, "tech", "dan-buys-again", absolute_amount_delta_cents=200_000)
    dan.wait(120)
    (run,) = runs_of(sandbox, version)

    sandbox.control("POST", f"drivewealth/autopilot/{run['id']}", {"status": "SUCCESS", "fill_percent": 50})
    dan.wait(120)

    half = version_of(dan, version)
    assert (half["status"], half["executed_amount_cents"]) == ("executing", 100_000)
    dan.wait(HOUR)
    assert version_of(dan, version)["status"] == "complete"
    assert (held(dan), len(runs_of(sandbox, version))) == (200_000, 2)
    assert_ledger_balances(sandbox)


def test_a_dividend_lands_in_cash_and_in_gains(sandbox: SandboxClient) -> None:
    eve = Person(sandbox, "eve")
    asked(eve, "tech", "eve-buys", absolute_amount_delta_cents=500_000)
    eve.wait(HOUR)

    dividend = {"type": "DIV", "symbol": "AAPL", "amount_cents": 1_234}
    sandbox.control("POST", "drivewealth/transactions/eve", dividend)

    shown = eve.call("GET", "managed-portfolio")
    assert shown["cash_cents"] == 501_234
    assert shown["gains"]["total_cents"] == shown["funds"][0]["gains"]["total_cents"] == 1_234
    assert [action["kind"] for action in shown["corporate_actions"]] == ["dividend"]
    assert eve.account()["buying_power_cents"] == 501_234
    assert_ledger_balances(sandbox)


@pytest.mark.parametrize(
    "corruption", ["null_weights", "no_cash", "negative_value", "sum_off", "weights_off", "null_equity"]
)
def test_nonsense_from_the_broker_moves_nothing(sandbox: SandboxClient, corruption: str) -> None:
    eve = Person(sandbox, "eve")
    sandbox.control("POST", "drivewealth/statuses/eve", {"corruption": corruption, "times": 3})

    shown = eve.call("GET", "managed-portfolio")

    assert shown["funds"][0]["value_cents"] == 500_000
    for _ in range(3):
        eve.call("GET", "managed-portfolio")


def test_operators_change_collections_and_others_may_not(sandbox: SandboxClient) -> None:
    body = {"name": "New", "weights": [{"symbol": "AAPL", "weight": 1}], "reason": "a new one"}

    refused = sandbox.api("PUT", "operator/collections/new", token=sandbox.token("ada"), body=body)
    operator = sandbox.token("an-operator", claims={"role": "operator"})
    accepted = sandbox.api("PUT", "operator/collections/new", token=operator, body=body)

    assert (refused.status_code, accepted.status_code) == (403, 200)
    weights = Person(sandbox, "ada").call("GET", "collections/new/weights")["weights"]
    assert weights == [{"symbol": "AAPL", "weight": 1.0}]


def test_while_all_trading_is_stopped_purchases_wait(sandbox: SandboxClient) -> None:
    bob = Person(sandbox, "bob")
    before = held(bob)
    operator = sandbox.token("an-operator", claims={"role": "operator"})
    stop = {"stopped": True, "reason": "a fault at the exchange"}
    assert sandbox.api("PUT", "operator/trading-stop", token=operator, body=stop).status_code == 200

    bought = asked(bob, "tech", "bob-waits", absolute_amount_delta_cents=50_000)
    bob.wait(600)

    waiting = version_of(bob, bought)
    assert (waiting["status"], waiting["reason"]["code"], held(bob)) == ("pending", "trading_stopped", before)
    stop = {"stopped": False, "reason": "it was mended"}
    sandbox.api("PUT", "operator/trading-stop", token=operator, body=stop)
    bob.wait(HOUR)
    assert (version_of(bob, bought)["status"], version_of(bob, bought)["reason"]) == ("complete", None)
    assert held(bob) > before
    assert_ledger_balances(sandbox)
