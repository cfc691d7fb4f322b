"""A day with the gate enforced, through the deployed jobs: published, shown and judged, but nothing is planned."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

DAY, NEXT_DAY = "2013-02-19", "2013-02-20"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNAL_GATE", "enforced")
        with running_sandbox(tmp_path_factory.mktemp("gate"), start=f"{DAY}T13:00:00Z") as client:
            yield client


def signals(sandbox: SandboxClient, **query: str) -> dict[str, Any]:
    answer = sandbox.api("GET", "signals/NASDAQ", token=sandbox.token("ada"), **query)
    shown: dict[str, Any] = answer.raise_for_status().json()
    return shown


def items_of(sandbox: SandboxClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = sandbox.api("GET", path, token=sandbox.token("ada"), **query)
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


def runs_of(runs: list[Any], name: str) -> list[Any]:
    return [run["result"] for run in runs if run["schedule"] == name]


def test_a_day_of_an_unproven_strategy_is_published_and_settled_without_a_plan(sandbox: SandboxClient) -> None:
    body = {"name": "gated", "exchange": 2, "is_automated": True}
    created = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body).raise_for_status().json()
    path = f"portfolios/{created['id']}"

    morning = sandbox.travel(f"{DAY}T14:20:00Z")

    (built,) = runs_of(morning, "build_signals")
    assert built["built"]["NASDAQ"] > 0, "recommendations are published whatever the verdict"
    (session,) = items_of(sandbox, f"{path}/sessions")
    assert (session["status"], session["flat"], session["planned"], session["edge"]) == ("no_edge", True, 0, "unproven")
    assert items_of(sandbox, f"{path}/positions") == []
    (item,) = items_of(sandbox, "history", type="session")
    assert item["status"] == "no_edge"
    shown = signals(sandbox, date=DAY)
    assert (shown["verdict"], shown["gate"], shown["model"]) == ("no_edge", "enforced", "baseline-1")
    assert [because["code"] for because in shown["because"]] == ["never_judged"]


def test_what_was_not_traded_is_judged_in_the_evening_all_the_same(sandbox: SandboxClient) -> None:
    evening = sandbox.travel(f"{DAY}T23:45:00Z")

    (judged,) = runs_of(evening, "judge_strategies")
    assert (judged["status"], judged["judged"]["NASDAQ"]) == ("done", 1)
    assert items_of(sandbox, "history", type="session")[0]["status"] == "no_edge", "no later job moves it"


def test_pinned_recommendations_pass_the_gate(sandbox: SandboxClient) -> None:
    item = {"symbol": "AAPL", "predicted_return": 0.02, "volatility": 0.02, "atr": 8, "previous_close": 450}
    sandbox.control("PUT", "recommendations", {"exchange": "NASDAQ", "trade_date": NEXT_DAY, "items": [item]})

    sandbox.travel(f"{NEXT_DAY}T14:20:00Z")

    portfolio = items_of(sandbox, "portfolios")[0]
    (session,) = items_of(sandbox, f"portfolios/{portfolio['id']}/sessions", date=NEXT_DAY)
    assert (session["status"], session["planned"], session["edge"]) == ("planned", 1, None)
    assert [because["code"] for because in signals(sandbox, date=NEXT_DAY)["because"]] == ["pinned"]


def test_operators_see_that_all_is_well(sandbox: SandboxClient) -> None:
    token = sandbox.token("ops", claims={"role": "operator"})

    health = sandbox.api("GET", "operator/health", token=token).raise_for_status().json()

    ran = {job["name"]: job["last_run_at"] for job in health["jobs"]}
    assert ran["plan_sessions"] == f"{NEXT_DAY}T14:15:00Z"
    assert ran["judge_strategies"] == f"{DAY}T23:30:00Z"
    assert (health["sessions_missed"], health["positions_after_hours"], health["gate_changes"]) == ([], [], [])
    assert {signals["exchange"]: signals["stale"] for signals in health["signals"]}[2] is False
