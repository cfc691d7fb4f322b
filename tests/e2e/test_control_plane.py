"""The sandbox's control plane and front, over HTTP."""

from typing import Any

import httpx
import pytest

from sandbox.client import SandboxClient

pytestmark = pytest.mark.e2e

MARKET = "/sandbox/partners/market-data/v2/stocks"
KEYS = {"APCA-API-KEY-ID": "any", "APCA-API-SECRET-KEY": "any"}
HEADER = "symbol,date,open,high,low,close,volume"


def ask_quotes(sandbox: SandboxClient, symbol: str) -> httpx.Response:
    return sandbox.http.get(f"{MARKET}/quotes/latest", params={"symbols": symbol}, headers=KEYS)


def latest_quote(sandbox: SandboxClient, symbol: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = ask_quotes(sandbox, symbol).raise_for_status().json()["quotes"].get(symbol)
    return found


def now(sandbox: SandboxClient) -> str:
    return str(sandbox.control("GET", "clock")["now"])


# the front


def test_one_trailing_slash_is_cut_and_no_more(sandbox: SandboxClient) -> None:
    token = sandbox.token("ada")

    statuses = [
        sandbox.api("GET", path, token=token).status_code for path in ("portfolios", "portfolios/", "portfolios//")
    ]

    assert statuses == [200, 200, 404]


def test_the_front_shows_nothing_of_the_emulator(sandbox: SandboxClient) -> None:
    for path in ("/_ministack/health", "/_sandbox", "/health"):
        assert sandbox.http.get(path).status_code == 404


def test_a_path_with_the_end_of_a_line_in_it_reaches_the_api(sandbox: SandboxClient) -> None:
    answer = sandbox.api("GET", "portfolios/1%0A/sessions", token=sandbox.token("ada"))

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_the_root_tells_what_to_try(sandbox: SandboxClient) -> None:
    assert f"{sandbox.http.base_url}/sandbox/tokens" in sandbox.http.get("/").text


def test_bodies_pass_the_front_as_they_are(sandbox: SandboxClient) -> None:
    answer = sandbox.api("POST", "portfolios", token=sandbox.token("eve"), body={"name": "Café", "exchange": 2})

    assert answer.status_code == 201
    assert answer.json()["name"] == "Café"


def test_what_the_control_plane_does_not_know_is_not_found(sandbox: SandboxClient) -> None:
    answers = [
        sandbox.http.get("/sandbox/nothing"),
        sandbox.http.delete("/sandbox/clock"),
        sandbox.http.post("/sandbox/schedules/nothing", json={}),
        sandbox.http.post("/sandbox/queues/nothing/messages", json=[]),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert all(answer.json()["code"] == "not_found" for answer in answers)


# time


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"not json",
        b"[" * 100_000,
        b'{"to": "tomorrow"}',
        b'{"to": "2013-02-19T00:00:00"}',
        b'{"to": "2099-01-01T00:00:00Z"}',
        b'{"advance_seconds": -1}',
        b'{"to": "2013-03-19T00:00:00Z", "advance_seconds": 1}',
        b'{"when": "now"}',
    ],
    ids=lambda body: body[:30].decode() or "empty",
)
def test_a_clock_request_that_is_wrong_is_refused_and_moves_nothing(sandbox: SandboxClient, body: bytes) -> None:
    before = now(sandbox)

    answer = sandbox.http.post("/sandbox/clock", content=body)

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert now(sandbox) == before


def test_a_schedule_fires_again_when_asked(sandbox: SandboxClient) -> None:
    runs = [sandbox.control("POST", "schedules/plan_sessions", {}) for _ in range(2)]

    assert runs[0]["scheduled_at"] == runs[1]["scheduled_at"]
    assert [run["schedule"] for run in runs] == ["plan_sessions"] * 2
    assert [run["status"] for run in runs] == ["ok"] * 2
    assert runs[1]["result"]["status"] != "duplicate"


def test_the_clock_ticks_while_it_is_to(sandbox: SandboxClient) -> None:
    before = now(sandbox)

    sandbox.control("POST", "clock", {"run": True})
    while now(sandbox) == before:
        pass
    stopped = sandbox.control("POST", "clock", {"run": False})

    assert stopped["running"] is False
    assert now(sandbox) == stopped["now"]


# the market


def test_a_pinned_quote_is_fresh_until_it_is_pinned_anew(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "market/quotes", {"PINNED": 101.25})
    quote = latest_quote(sandbox, "PINNED")

    sandbox.control("PUT", "market/quotes", {"PINNED": None})

    assert quote is not None
    assert (quote["bp"], quote["ap"], quote["t"]) == (101.25, 101.25, now(sandbox))
    assert latest_quote(sandbox, "PINNED") is None


@pytest.mark.parametrize("price", [0, -1, "much", True, [1], 1e12])
def test_a_price_that_is_none_is_refused(sandbox: SandboxClient, price: object) -> None:
    assert sandbox.http.put("/sandbox/market/quotes", json={"PINNED": price}).status_code == 400


@pytest.mark.parametrize(
    "csv",
    ["", "symbol,date\nX,2013-02-01", f"{HEADER}\nX,2013-02-30,1,2,1,1,5", b"\xff"],
    ids=["empty", "columns", "date", "encoding"],
)
def test_bars_that_are_none_are_refused(sandbox: SandboxClient, csv: str | bytes) -> None:
    assert sandbox.http.put("/sandbox/market/bars", content=csv).status_code == 400


@pytest.mark.parametrize(
    ("bad", "number"),
    [
        ("ODD,2013-02-04,10,12,9", 3),
        ("ODD,2013-02-04,10,12,9,11,500,7", 3),
        ("ODD,2013-02-04,10,8,9,11,500", 3),
        ("ODD,2013-02-04,10,12,9,13,500", 3),
        ("ODD,2013-02-04,10,12,9,11,-1", 3),
        ("ODD,2013-13-04,10,12,9,11,500", 3),
    ],
    ids=["short", "long", "high under low", "close outside", "negative volume", "no day"],
)
def test_a_file_with_one_bad_line_is_refused_by_its_number_and_nothing_is_loaded(
    sandbox: SandboxClient, bad: str, number: int
) -> None:
    good = "ODD,2013-02-01,10,12,9,11,500"

    answer = sandbox.http.put("/sandbox/market/bars", content=f"{HEADER}\n{good}\n{bad}\n")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert f"line {number}" in answer.json()["detail"]
    days = {"timeframe": "1Day", "start": "2013-02-01", "end": "2013-02-05"}
    served = sandbox.http.get(f"{MARKET}/bars", params={"symbols": "ODD", **days}, headers=KEYS).json()
    assert served["bars"] == {}


def test_loaded_bars_are_served_with_the_shipped_ones(sandbox: SandboxClient) -> None:
    sandbox.http.put("/sandbox/market/bars", content=f"{HEADER}\nLOADED,2013-02-01,10,12,9,11,500\n")

    days = {"timeframe": "1Day", "start": "2013-02-01", "end": "2013-02-01"}
    answer = sandbox.http.get(f"{MARKET}/bars", params={"symbols": "AAPL,LOADED", **days}, headers=KEYS).json()

    assert answer["bars"]["LOADED"] == [{"t": "2013-02-01T05:00:00Z", "o": 10, "h": 12, "l": 9, "c": 11, "v": 500}]
    assert len(answer["bars"]["AAPL"]) == 1
    assert answer["next_page_token"] is None


def test_the_market_wants_keys(sandbox: SandboxClient) -> None:
    assert sandbox.http.get(f"{MARKET}/quotes/latest", params={"symbols": "AAPL"}).status_code == 403


@pytest.mark.parametrize(("fault", "status"), [("http_500", 500), ("http_429", 429)])
def test_a_fault_hits_the_next_calls_alone(sandbox: SandboxClient, fault: str, status: int) -> None:
    sandbox.control("POST", "faults", {"partner": "market", "operation": "quotes", "fault": fault, "times": 1})

    assert [ask_quotes(sandbox, "AAPL").status_code for _ in range(2)] == [status, 200]


def test_a_dropped_answer_never_arrives(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "faults", {"partner": "market", "operation": "*", "fault": "drop_after", "times": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        ask_quotes(sandbox, "AAPL")


def test_faults_can_be_taken_back(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "faults", {"partner": "market", "operation": "quotes", "fault": "slow", "times": 9})

    sandbox.control("DELETE", "faults")

    assert latest_quote(sandbox, "AAPL") is not None


@pytest.mark.parametrize(
    "body",
    [
        {"partner": "nobody", "fault": "slow"},
        {"partner": "market", "operation": "trade", "fault": "slow"},
        {"partner": "market", "operation": "quotes", "fault": "explode"},
        {"partner": "market", "operation": "quotes", "fault": "slow", "times": 0},
    ],
)
def test_a_fault_that_cannot_be_is_refused(sandbox: SandboxClient, body: dict[str, object]) -> None:
    assert sandbox.http.post("/sandbox/faults", json=body).status_code == 400


def test_recommendations_name_each_symbol_once(sandbox: SandboxClient) -> None:
    item = {"symbol": "TWICE", "predicted_return": 0.01}
    body = {"exchange": "NASDAQ", "trade_date": "2013-02-19", "items": [item, item]}

    assert sandbox.http.put("/sandbox/recommendations", json=body).status_code == 400
