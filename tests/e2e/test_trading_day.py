"""Tiller as its users meet it: the deployed template over HTTP, through a whole trading day.

The tests share one sandbox and its time, which only goes forward, so they run in order.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.catalogue import routes
from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

PRIVATE = [(row, route) for row, route in routes() if not route.public]
KEY = "a-key-of-16-chars"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), start="2013-02-19T13:00:00Z") as client:
        yield client


@pytest.fixture(scope="module")
def ada(sandbox: SandboxClient) -> str:
    return sandbox.token("ada")


@pytest.fixture(scope="module")
def portfolio(sandbox: SandboxClient, ada: str) -> dict[str, Any]:
    body = {
        "name": "My Day Trading Portfolio",
        "description": "Automated intraday trading",
        "exchange": 2,
        "is_automated": True,
        "dt_max_position_percent": "0.20",
        "dt_per_trade_risk_fraction": "0.015",
        "dt_max_recommendations": 30,
        "dt_allow_fractional_shares": True,
    }
    answer = sandbox.api("POST", "portfolios/", token=ada, body=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


@pytest.mark.parametrize("pair", PRIVATE, ids=lambda pair: pair[0].name)
def test_no_route_answers_without_a_good_token(sandbox: SandboxClient, pair: Any) -> None:
    _, route = pair
    path = re.sub(r"{\w+}", "1", route.path)
    bad = {
        "expired": sandbox.token("ada", expires_in=-60),
        "for somebody else": sandbox.token("ada", claims={"aud": "another-project"}),
        "from somebody else": sandbox.token("ada", claims={"iss": "https://example.com"}),
        "unsigned": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
    }

    answers = {"none": sandbox.http.request(route.method, path)}
    for name, token in bad.items():
        answers[name] = sandbox.http.request(route.method, path, headers={"Authorization": f"Bearer {token}"})

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)


def test_paths_answer_with_and_without_a_trailing_slash(
    sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]
) -> None:
    with_slash = sandbox.api("GET", f"portfolios/{portfolio['id']}/", token=ada)
    without = sandbox.api("GET", f"portfolios/{portfolio['id']}", token=ada)

    assert with_slash.json() == without.json() == portfolio


def test_a_strangers_portfolio_is_not_found(sandbox: SandboxClient, portfolio: dict[str, Any]) -> None:
    answer = sandbox.api("GET", f"portfolios/{portfolio['id']}", token=sandbox.token("mallory"))

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_hostile_body_is_a_bad_request(sandbox: SandboxClient, ada: str) -> None:
    for raw in ("[" * 50_000, "9" * 5000, '{"name": "a", "name": "b", "exchange": 2}', '{"a": NaN}', "\xff"):
        answer = sandbox.http.post(
            "/api/portfolios", content=raw.encode("latin-1"), headers={"Authorization": f"Bearer {ada}"}
        )

        assert answer.status_code == 400, raw[:20]


def test_the_api_describes_itself(sandbox: SandboxClient) -> None:
    described = sandbox.http.get("/openapi.json").json()
    page = sandbox.http.get("/docs/")

    assert {route.path for _, route in PRIVATE} == set(described["paths"])
    assert page.headers["content-type"].startswith("text/html")
    assert "SwaggerUIBundle" in page.text


def test_a_portfolio_trades_a_day_by_itself(sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]) -> None:
    recommend(sandbox, "2013-02-19", {"AAPL": 100, "MSFT": 50, "GOOG": 200})
    quote(sandbox, AAPL=100, MSFT=50, GOOG=None)

    sandbox.travel("2013-02-19T14:16:00Z")
    assert session(sandbox, ada, portfolio)["status"] == "planned"

    sandbox.travel("2013-02-19T14:31:00Z")
    assert {position["symbol"]: position["status"] for position in positions(sandbox, ada, portfolio)} == {
        "AAPL": "open",
        "MSFT": "open",
        "GOOG": "pending",
    }

    sandbox.travel("2013-02-19T14:42:00Z")
    assert session(sandbox, ada, portfolio)["skipped"] == [{"symbol": "GOOG", "reason": "no_quote"}]

    quote(sandbox, AAPL=110)
    sandbox.travel("2013-02-19T15:01:00Z")
    closed = {position["symbol"]: position["exit_reason"] for position in positions(sandbox, ada, portfolio)}
    assert closed["AAPL"] == "target_hit"

    quote(sandbox, MSFT=None)
    sandbox.travel("2013-02-19T20:32:00Z")
    refused = sandbox.api("PATCH", f"portfolios/{portfolio['id']}/", token=ada, body={"is_automated": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "open_positions")
    assert session(sandbox, ada, portfolio)["status"] == "closing"

    quote(sandbox, MSFT=51)
    sandbox.travel("2013-02-19T21:01:00Z")
    ended = session(sandbox, ada, portfolio)
    assert (ended["status"], ended["flat"], ended["opened"], ended["closed"]) == ("closed", True, 2, 2)
    cash = sandbox.api("GET", f"portfolios/{portfolio['id']}", token=ada).json()["cash_balance"]
    assert round(10_000 + ended["pnl"], 2) == cash
    snapshot = sandbox.api("GET", f"portfolios/{portfolio['id']}/snapshots", token=ada).json()["items"][0]
    assert (snapshot["date"], snapshot["total_value"]) == ("2013-02-19", cash)
    assert_balanced(sandbox)


def test_firing_every_job_again_changes_nothing(sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]) -> None:
    before = sandbox.api("GET", f"portfolios/{portfolio['id']}/transactions", token=ada).json()

    for job in ("plan_sessions", "open_sessions", "monitor_positions", "close_sessions", "snapshot_portfolios"):
        run = sandbox.control("POST", f"schedules/{job}", {})
        assert run["status"] == "ok", run

    assert sandbox.api("GET", f"portfolios/{portfolio['id']}/transactions", token=ada).json() == before


def test_an_operators_pause_and_the_stop_of_all_trading_keep_from_entering(
    sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]
) -> None:
    days = {"2013-02-20": "people/ada/pause", "2013-02-21": "trading-stop"}
    quote(sandbox, AAPL=100)
    for day, path in days.items():
        recommend(sandbox, day, {"AAPL": 100})
        sandbox.travel(f"{day}T14:16:00Z")
        assert session(sandbox, ada, portfolio)["status"] == "planned"

        operate(sandbox, path, stopped=True)
        sandbox.travel(f"{day}T14:20:00Z")
        early = session(sandbox, ada, portfolio)["skipped"]
        sandbox.travel(f"{day}T14:45:00Z")
        skipped = session(sandbox, ada, portfolio)["skipped"]
        operate(sandbox, "people/ada/resume" if "pause" in path else path, stopped=False)

        reason = "trading_paused" if "pause" in path else "trading_stopped"
        assert skipped == [{"symbol": "AAPL", "reason": reason}]
        assert early == (skipped if "pause" in path else [])
    sandbox.travel("2013-02-21T21:01:00Z")
    assert session(sandbox, ada, portfolio)["status"] == "closed"
    assert_balanced(sandbox)


def test_a_replay_of_these_days_is_what_happened(sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]) -> None:
    path = f"portfolios/{portfolio['id']}"

    replay = sandbox.api("POST", f"{path}/replay", token=ada, body={"days": 3})
    strange = sandbox.api("POST", f"{path}/replay", token=sandbox.token("mallory"), body={"days": 3})

    assert replay.status_code == 200, replay.text
    found = replay.json()
    days = [(day["date"], day["pnl"], len(day["trades"]), day["path"]) for day in found["days"]]
    assert [day[:2] for day in days] == [(day["date"], day["pnl"]) for day in found["actual"]["days"]]
    assert [day[2] for day in days] == [2, 0, 0]
    assert days[0][3] == "tape"
    assert found["totals"]["ending_cash"] == sandbox.api("GET", path, token=ada).json()["cash_balance"]
    assert strange.status_code == 404


def test_reasons_come_in_pages_and_operators_rename_and_close_in_the_running_session(
    sandbox: SandboxClient, ada: str, portfolio: dict[str, Any]
) -> None:
    day, path = "2013-02-22", f"portfolios/{portfolio['id']}"
    recommend(sandbox, day, {"AAPL": 100, "OLDCO": 50, "ODDA": -1, "ODDB": -1, "ODDC": -1})
    quote(sandbox, AAPL=100, OLDCO=50)
    sandbox.travel(f"{day}T14:16:00Z")
    pages = list(skips(sandbox, ada, f"{path}/sessions/{day}/skips"))
    assert [len(page) for page in pages] == [2, 1]
    assert {skip["symbol"] for page in pages for skip in page} == {"ODDA", "ODDB", "ODDC"}
    sandbox.travel(f"{day}T14:31:00Z")

    renamed = command(sandbox, "instruments/OLDCO", new_symbol="NEWCO")
    quote(sandbox, OLDCO=None, NEWCO=50)
    sandbox.control("POST", "queues/drain", {})
    held = {
        position["symbol"]: position["status"]
        for position in positions(sandbox, ada, portfolio)
        if position["status"] == "open"
    }
    closure = command(sandbox, f"closures/NASDAQ/{day}", closes_at="11:00")
    sandbox.travel(f"{day}T15:31:00Z")

    assert (renamed["symbol"], renamed["exchange"]) == ("NEWCO", 2)
    assert held == {"AAPL": "open", "NEWCO": "open"}
    assert closure["closes_at"] == f"{day}T16:00:00Z"
    ended = session(sandbox, ada, portfolio)
    assert (ended["status"], ended["flat"], ended["closed"]) == ("closed", True, 2)
    assert_balanced(sandbox)


def test_a_poison_message_ends_in_the_dead_letters_and_stops_nobody(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "queues/session-plans/messages", ["no json", {"owner": 7}])

    drained = sandbox.control("POST", "queues/drain", {"wait_retries": True})

    assert drained["dead_letters"] == {"session-plans": 2}


def test_time_never_runs_backwards(sandbox: SandboxClient) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="409"):
        sandbox.travel("2013-02-19T13:00:00Z")


def test_a_quiet_month_costs_its_daily_jobs_alone(sandbox: SandboxClient) -> None:
    runs = sandbox.travel("2013-03-25T12:00:00Z")

    made = Counter(run["schedule"] for run in runs)
    assert made.keys() & {"monitor_positions", "poll_autopilot_runs", "resolve_unknown"} == set()
    assert made["plan_sessions"] == 20
    # Each trading day has at most the minutes in which entries are tried; the outbox is sent once for their events.
    assert (made["open_sessions"] <= 11 * 21, made["send_outbox"] <= 2 * 21) == (True, True)
    # A day on which a session is planned is recorded for replays; any other is not.
    assert made["record_tapes"] <= 53 * made["close_sessions"]
    assert max(count for name, count in made.items() if name not in {"open_sessions", "record_tapes"}) <= 5 * 32
    assert {run["status"] for run in runs} == {"ok"}
    assert_balanced(sandbox)


def skips(sandbox: SandboxClient, token: str, path: str) -> Iterator[list[dict[str, Any]]]:
    cursor: dict[str, str] = {}
    while True:
        page = sandbox.api("GET", path, token=token, limit="2", **cursor).json()
        yield page["items"]
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def command(sandbox: SandboxClient, path: str, **body: Any) -> dict[str, Any]:
    operator = sandbox.token("olga", claims={"role": "operator"})
    answer = sandbox.api("PUT", f"operator/{path}", token=operator, body={"reason": "a test", **body})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def recommend(sandbox: SandboxClient, day: str, closes: dict[str, float]) -> None:
    items = [
        {"symbol": symbol, "predicted_return": 0.02, "volatility": 0.02, "atr": 1.5, "previous_close": close}
        for symbol, close in closes.items()
    ]
    sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": day, "items": items})


def quote(sandbox: SandboxClient, **prices: float | None) -> None:
    sandbox.control("PUT", "market/quotes", prices)


def operate(sandbox: SandboxClient, path: str, *, stopped: bool) -> None:
    operator = sandbox.token("olga", claims={"role": "operator"})
    body: dict[str, Any] = {"reason": "a test"} | ({"stopped": stopped} if path == "trading-stop" else {})
    answer = sandbox.api("PUT" if path == "trading-stop" else "POST", f"operator/{path}", token=operator, body=body)
    assert answer.status_code == 200, answer.text


def session(sandbox: SandboxClient, token: str, portfolio: dict[str, Any]) -> dict[str, Any]:
    answer = sandbox.api("GET", f"portfolios/{portfolio['id']}/sessions", token=token)
    latest: dict[str, Any] = answer.json()["items"][0]
    return latest


def positions(sandbox: SandboxClient, token: str, portfolio: dict[str, Any]) -> list[dict[str, Any]]:
    answer = sandbox.api("GET", f"portfolios/{portfolio['id']}/positions", token=token)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def assert_balanced(sandbox: SandboxClient) -> None:
    check = sandbox.control("GET", "ledger/check")
    assert check["balanced"], json.dumps(check["differences"])
