"""What people see of their holdings: the latest quote in market hours, the close outside of them, snapshots at it."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

DAY = "2013-02-19"
BARS = (
    "symbol,date,open,high,low,close,volume\nCLOSED,2013-02-15,50,52,49,51,1000\nCLOSED,2013-02-19,51,58,50,57.5,1000\n"
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("latest"), start="2013-02-19T13:00:00Z") as client:
        yield client


def buy(sandbox: SandboxClient, portfolio: int, symbol: str, price: float) -> None:
    body = {"type": "BUY", "symbol": symbol, "quantity": 10, "price": price}
    path, key = f"portfolios/{portfolio}/transactions", f"a-key-of-16-chars-{symbol}"
    sandbox.api("POST", path, token=sandbox.token("ada"), body=body, key=key).raise_for_status()


def travel(sandbox: SandboxClient, to: str) -> None:
    runs = sandbox.control("POST", "clock", {"to": to})["runs"]
    assert {run["status"] for run in runs} <= {"ok"}


def read(sandbox: SandboxClient, path: str) -> Any:
    return sandbox.api("GET", path, token=sandbox.token("ada")).raise_for_status().json()


def prices(sandbox: SandboxClient, portfolio: int) -> dict[str, tuple[float, str]]:
    items = read(sandbox, f"portfolios/{portfolio}/holdings")["items"]
    return {item["symbol"]: (item["current_price"], item["price_at"]) for item in items}


def test_values_follow_the_market_and_snapshots_its_close(sandbox: SandboxClient) -> None:
    sandbox.http.put("/sandbox/market/bars", content=BARS).raise_for_status()
    sandbox.control("PUT", "market/quotes", {"PINNED": 20})
    body = {"name": "manual", "exchange": 2, "initial_balance": 1000}
    portfolio = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body).json()["id"]
    buy(sandbox, portfolio, "PINNED", 10)
    buy(sandbox, portfolio, "CLOSED", 40)

    # Before the open: the close of the last session, and what is pinned at every hour.
    before = prices(sandbox, portfolio)
    assert before["CLOSED"] == (51.0, "2013-02-15T21:00:00Z")
    assert before["PINNED"][0] == 20.0

    # In market hours: quotes of the minute, in every answer.
    travel(sandbox, f"{DAY}T16:00:00Z")
    sandbox.control("PUT", "market/quotes", {"PINNED": {"bid": 24.9, "ask": 25.1}})
    within = prices(sandbox, portfolio)
    assert within["PINNED"] == (25.0, f"{DAY}T16:00:00Z")
    assert within["CLOSED"][1] == f"{DAY}T16:00:00Z"
    value = 500 + 10 * (25 + within["CLOSED"][0])
    one = read(sandbox, f"portfolios/{portfolio}")
    assert (one["current_value"], one["price_at"]) == (pytest.approx(value, abs=0.01), f"{DAY}T16:00:00Z")
    assert read(sandbox, "portfolios")["items"][0]["current_value"] == one["current_value"]
    assert read(sandbox, "portfolio-summary")["totals"][0]["total_current_value"] == one["current_value"]
    assert one["total_gain_loss"] == pytest.approx(one["current_value"] - 1000, abs=0.001)

    # A minute later the new quote is there; where the provider fails, the last price stays with its moment.
    travel(sandbox, f"{DAY}T16:01:00Z")
    assert prices(sandbox, portfolio)["PINNED"] == (25.0, f"{DAY}T16:01:00Z")
    travel(sandbox, f"{DAY}T16:02:00Z")
    sandbox.control("POST", "faults", {"partner": "market", "operation": "quotes", "fault": "hang", "times": 1})
    assert prices(sandbox, portfolio)["PINNED"] == (25.0, f"{DAY}T16:01:00Z")
    sandbox.control("DELETE", "faults")

    # The snapshot waits for the day's bar, here for two minutes.
    travel(sandbox, f"{DAY}T20:50:00Z")
    sandbox.control("PUT", "market/quotes", {"PINNED": 30})
    sandbox.control("POST", "faults", {"partner": "market", "operation": "bars", "fault": "http_500", "times": 3})
    travel(sandbox, f"{DAY}T21:00:00Z")
    assert read(sandbox, f"portfolios/{portfolio}/snapshots")["items"] == []
    sandbox.control("DELETE", "faults")
    travel(sandbox, f"{DAY}T21:05:00Z")
    (snapshot,) = read(sandbox, f"portfolios/{portfolio}/snapshots")["items"]
    assert (snapshot["total_value"], snapshot["missing_closes"]) == (500 + 10 * (30 + 57.5), [])
    assert {price["price_at"] for price in snapshot["prices"]} == {f"{DAY}T21:00:00Z"}

    # At night the close stays.
    travel(sandbox, "2013-02-20T04:00:00Z")
    assert prices(sandbox, portfolio)["CLOSED"] == (57.5, f"{DAY}T21:00:00Z")
