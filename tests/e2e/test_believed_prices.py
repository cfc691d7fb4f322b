"""A trading day on quotes with spreads, beside a symbol that the provider refuses, and a close on the last trade."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

DAY, NEXT_DAY = "2013-02-19", "2013-02-20"
CLOSES = {"SPREAD": 100, "TRADED": 50, "LONELY": 100, "BRK-B": 80, "BAD-1": 10}
FIGURES = {"predicted_return": 0.02, "volatility": 0.02, "atr": 1.5}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("believed"), start="2013-02-19T13:00:00Z") as client:
        yield client


def create(sandbox: SandboxClient, **changes: Any) -> Any:
    body = {"name": "automated", "exchange": 2, "is_automated": True} | changes
    return sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body)


def travel(sandbox: SandboxClient, to: str) -> None:
    runs = sandbox.control("POST", "clock", {"to": to})["runs"]
    assert {run["status"] for run in runs} == {"ok"}


def items_of(sandbox: SandboxClient, portfolio: str, what: str, **query: str) -> list[dict[str, Any]]:
    answer = sandbox.api("GET", f"portfolios/{portfolio}/{what}", token=sandbox.token("ada"), **query)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def positions(sandbox: SandboxClient, portfolio: str) -> dict[str, dict[str, Any]]:
    return {item["symbol"]: item for item in items_of(sandbox, portfolio, "positions", date=DAY)}


def test_a_day_on_quotes_that_are_not_always_prices(sandbox: SandboxClient) -> None:
    portfolio = str(create(sandbox).raise_for_status().json()["id"])
    items = [{"symbol": symbol, "previous_close": close, **FIGURES} for symbol, close in CLOSES.items()]
    sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": DAY, "items": items})
    narrow = {"bid": 99.9, "ask": "100.1"}
    sandbox.control("PUT", "market/quotes", {"SPREAD": narrow, "TRADED": 50, "LONELY": narrow, "BRK-B": 80})

    travel(sandbox, f"{DAY}T14:45:00Z")

    entered = positions(sandbox, portfolio)
    assert (entered["BAD-1"]["status"], entered["BAD-1"]["skip_reason"]) == ("cancelled", "no_quote")
    others = CLOSES.keys() - {"BAD-1"}
    assert {name: entered[name]["status"] for name in others} == dict.fromkeys(others, "open")
    assert entered["SPREAD"]["entry_price"] == 100.15
    assert (entered["SPREAD"]["price_from"], entered["SPREAD"]["price_at"]) == ("quote", f"{DAY}T14:30:00Z")

    # A wide quote is no price for stops, however low its bid is.
    sandbox.control("PUT", "market/quotes", {"SPREAD": {"bid": 50, "ask": 100}})
    travel(sandbox, f"{DAY}T15:05:00Z")
    assert positions(sandbox, portfolio)["SPREAD"]["status"] == "open"

    # At the close: a bid and an ask; a crossed quote beside a trade; a wide quote of what never traded.
    travel(sandbox, f"{DAY}T20:27:00Z")
    quotes = {"SPREAD": narrow, "TRADED": {"bid": 51, "ask": 49}, "LONELY": {"bid": 90, "ask": 120}}
    sandbox.control("PUT", "market/quotes", quotes)
    travel(sandbox, f"{DAY}T20:31:00Z")

    closed = positions(sandbox, portfolio)
    assert (closed["SPREAD"]["exit_price"], closed["SPREAD"]["price_from"]) == (99.85, "quote")
    traded = closed["TRADED"]
    assert (traded["status"], traded["exit_price"]) == ("closed", 49.975)
    assert (traded["price_from"], traded["price_at"]) == ("trade", f"{DAY}T20:27:00Z")
    sold = next(trade for trade in items_of(sandbox, portfolio, "transactions") if trade["symbol"] == "TRADED")
    assert (sold["type"], sold["price_from"], sold["price_at"]) == ("SELL", "trade", f"{DAY}T20:27:00Z")

    travel(sandbox, f"{DAY}T21:15:00Z")
    assert positions(sandbox, portfolio)["LONELY"]["status"] == "closing"
    assert {alarm["metric"] for alarm in sandbox.control("GET", "alarms")["items"]} >= {"PositionsLeftOpen"}

    sandbox.control("PUT", "market/quotes", {"LONELY": 95})
    travel(sandbox, f"{NEXT_DAY}T14:35:00Z")
    assert positions(sandbox, portfolio)["LONELY"]["status"] == "closed"
    (session,) = items_of(sandbox, portfolio, "sessions", date=NEXT_DAY)
    assert session["status"] != "no_signals", "the refused symbol must not cost the exchange its signals"
    assert session["edge"] == "unproven", "nobody proved what was computed, and here the gate is advisory"
    assert sandbox.control("GET", "ledger/check")["balanced"]


def test_torontos_symbol_keeps_its_manual_price_and_does_not_trade_by_itself(sandbox: SandboxClient) -> None:
    exchanges = sandbox.api("GET", "exchanges", token=sandbox.token("ada")).raise_for_status().json()["items"]
    assert {item["code"]: item["covered"] for item in exchanges} == {"TSE": False, "NASDAQ": True, "NYSE": True}
    refused = create(sandbox, name="north", exchange="TSE")
    assert (refused.status_code, refused.json()["code"]) == (409, "exchange_not_covered")

    portfolio = str(create(sandbox, name="north", exchange="TSE", is_automated=False).json()["id"])
    sandbox.control("PUT", "market/instruments", [{"symbol": "T", "exchange": "TSE"}])
    sandbox.control("PUT", "market/quotes", {"NYSE:T": 30, "TSE:T": 21})
    body = {"type": "BUY", "symbol": "T", "quantity": 10, "price": 20}
    path, key = f"portfolios/{portfolio}/transactions", "a-key-of-16-chars"
    bought = sandbox.api("POST", path, token=sandbox.token("ada"), body=body, key=key)
    assert bought.raise_for_status().json()["price_from"] == "hand"

    travel(sandbox, f"{NEXT_DAY}T21:05:00Z")

    (holding,) = items_of(sandbox, portfolio, "holdings")
    assert (holding["current_price"], holding["price_at"]) == (20.0, bought.json()["at"])
