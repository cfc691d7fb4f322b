"""Trading days whose jobs fire late, as a scheduler's may, or never: what is due still happens, and ends flat."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

CLOSES = {"AAPL": 100, "MSFT": 50}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("late"), start="2013-02-19T13:00:00Z") as client:
        yield client


@pytest.fixture(scope="module")
def portfolio(sandbox: SandboxClient) -> str:
    body = {"name": "automated", "exchange": 2, "is_automated": True}
    answer = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body)
    return str(answer.raise_for_status().json()["id"])


def travel(sandbox: SandboxClient, to: str, late: int) -> None:
    runs = sandbox.control("POST", "clock", {"to": to, "lateness_seconds": late})["runs"]
    assert {run["status"] for run in runs} == {"ok"}


def items_of(sandbox: SandboxClient, portfolio: str, what: str, day: str) -> list[dict[str, Any]]:
    answer = sandbox.api("GET", f"portfolios/{portfolio}/{what}", token=sandbox.token("ada"), date=day)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def recommend(sandbox: SandboxClient, day: str) -> None:
    figures = {"predicted_return": 0.02, "volatility": 0.02, "atr": 1.5}
    items = [{"symbol": symbol, "previous_close": close, **figures} for symbol, close in CLOSES.items()]
    sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": day, "items": items})
    sandbox.control("PUT", "market/quotes", CLOSES)


@pytest.mark.parametrize(("day", "late"), [("2013-02-19", 0), ("2013-02-20", 7), ("2013-02-21", 45)])
def test_a_day_of_late_jobs_enters_exits_and_ends_flat(
    sandbox: SandboxClient, portfolio: str, day: str, late: int
) -> None:
    recommend(sandbox, day)

    travel(sandbox, f"{day}T14:45:00Z", late)
    entered = {position["symbol"]: position["status"] for position in items_of(sandbox, portfolio, "positions", day)}
    sandbox.control("PUT", "market/quotes", {"AAPL": 110})
    travel(sandbox, f"{day}T15:05:00Z", late)
    positions = items_of(sandbox, portfolio, "positions", day)
    travel(sandbox, f"{day}T21:15:00Z", late)
    (session,) = items_of(sandbox, portfolio, "sessions", day)

    assert entered == dict.fromkeys(CLOSES, "open")
    exits = {position["symbol"]: (position["status"], position["exit_reason"]) for position in positions}
    assert exits == {"AAPL": ("closed", "target_hit"), "MSFT": ("open", None)}
    assert (session["trade_date"], session["status"], session["flat"]) == (day, "closed", True)
    assert (session["opened"], session["closed"], session["skipped"]) == (2, 2, [])
    assert sandbox.control("GET", "ledger/check")["balanced"]


@pytest.mark.parametrize(
    ("day", "job", "reason"),
    [
        ("2013-02-22", "open_sessions", None),
        ("2013-02-25", "monitor_positions", "session_close"),
        ("2013-02-26", "close_sessions", "swept"),
    ],
)
def test_a_day_of_which_one_job_never_fires_ends_flat_and_is_reported(
    sandbox: SandboxClient, portfolio: str, day: str, job: str, reason: str | None
) -> None:
    recommend(sandbox, day)
    before = alarm_counts(sandbox)
    sandbox.control("PUT", f"schedules/{job}", {"enabled": False})

    travel(sandbox, f"{day}T21:15:00Z", 0)

    sandbox.control("PUT", f"schedules/{job}", {"enabled": True})
    positions = items_of(sandbox, portfolio, "positions", day)
    assert {position["exit_reason"] for position in positions} == {reason}
    assert {position["status"] for position in positions} <= {"closed", "cancelled"}
    now = alarm_counts(sandbox)
    rose = {name for name in now if now[name] > before.get(name, 0)}
    expected = {"open_sessions": {"session_missed"}, "close_sessions": {"position_swept"}}.get(job, set())
    assert rose & {"session_missed", "position_swept", "close_delayed"} == expected
    travel(sandbox, f"{day[:-2]}{int(day[-2:]) + 1:02}T14:35:00Z", 0)
    (session,) = items_of(sandbox, portfolio, "sessions", day)
    assert session["flat"]
    assert session["status"] == ("missed" if reason is None else "closed")
    assert sandbox.control("GET", "ledger/check")["balanced"]


def alarm_counts(sandbox: SandboxClient) -> dict[str, int]:
    """Return how often each alarm has gone off."""
    return {alarm["name"]: alarm["count"] for alarm in sandbox.control("GET", "alarms")["items"]}
