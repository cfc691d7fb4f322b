"""A week by a trained model, through the deployed jobs: trained on Saturday, recommended by, traded and marked."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

SATURDAY, DAY = "2013-02-16", "2013-02-19"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGNAL_STRATEGY", "model")
        with running_sandbox(tmp_path_factory.mktemp("model"), start=f"{SATURDAY}T10:50:00Z") as client:
            yield client


@pytest.fixture(scope="module")
def trained(sandbox: SandboxClient) -> dict[str, Any]:
    body = {"name": "first", "exchange": 2, "is_automated": True}
    sandbox.api("POST", "portfolios", token=sandbox.token("bob"), body=body).raise_for_status()
    (result,) = runs_of(sandbox.travel(f"{SATURDAY}T11:10:00Z"), "train_model")
    models: dict[str, Any] = result["trained"]
    return models


def runs_of(runs: list[Any], name: str) -> list[Any]:
    return [run["result"] for run in runs if run["schedule"] == name]


def items_of(sandbox: SandboxClient, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        sandbox.api("GET", path, token=sandbox.token("ada")).raise_for_status().json()["items"]
    )
    return items


def test_each_exchange_gets_a_model_that_nobody_proved(trained: dict[str, Any]) -> None:
    assert set(trained) == {"NASDAQ", "NYSE"}
    for result in trained.values():
        assert (result["published"], result["verdict"]) == ("published", "no_edge")


def test_the_day_is_recommended_and_traded_by_it_and_marked(sandbox: SandboxClient, trained: dict[str, Any]) -> None:
    body = {"name": "modelled", "exchange": 2, "is_automated": True}
    created = sandbox.api("POST", "portfolios", token=sandbox.token("ada"), body=body).raise_for_status().json()

    morning = sandbox.travel(f"{DAY}T14:40:00Z")

    *_, built = runs_of(morning, "build_signals")  # the first was on a holiday
    assert built["built"]["NASDAQ"] > 0
    (session,) = items_of(sandbox, f"portfolios/{created['id']}/sessions")
    assert session["edge"] == "unproven"
    shown = sandbox.api("GET", "signals/NASDAQ", token=sandbox.token("ada"), date=DAY).raise_for_status().json()
    assert (shown["model"], shown["verdict"], shown["gate"]) == (trained["NASDAQ"]["version"], "no_edge", "advisory")
    assert shown["figures"]["trials"] == 1
    assert {because["code"] for because in shown["because"]} & {"net_not_significant", "deflated_sharpe_too_low"}
