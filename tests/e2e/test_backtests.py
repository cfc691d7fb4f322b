"""Back-tests by the deployed worker: asked for, run, downloaded and taken away over HTTP."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from sandbox.client import SandboxClient, running_sandbox

pytestmark = pytest.mark.e2e

START = "2013-02-19T13:00:00Z"
WANTED = {"exchange": "NASDAQ", "symbols": ["AAPL", "GOOG", "MSFT"], "from": "2012-01-03", "to": "2012-12-31"}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    with running_sandbox(tmp_path_factory.mktemp("backtests"), start=START) as client:
        yield client


@pytest.fixture(scope="module")
def backtest_id(sandbox: SandboxClient) -> str:
    asked = sandbox.api("POST", "backtests", token=sandbox.token("ada"), body=WANTED, key="k" * 16)
    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    return str(asked.json()["backtest_id"])


def shown(sandbox: SandboxClient, backtest_id: str, uid: str = "ada") -> httpx.Response:
    return sandbox.api("GET", f"backtests/{backtest_id}", token=sandbox.token(uid))


def test_a_back_test_is_run_by_the_worker_and_its_documents_can_be_downloaded(
    sandbox: SandboxClient, backtest_id: str
) -> None:
    sandbox.travel("2013-02-19T13:02:00Z")
    sandbox.control("POST", "queues/drain")

    body = shown(sandbox, backtest_id).json()
    assert (body["status"], body["progress"]) == ("done", {"done": 250, "of": 250})
    curve = httpx.get(body["curve_url"]).raise_for_status()
    trades = httpx.get(body["trades_url"]).raise_for_status()
    document = httpx.get(body["document_url"]).raise_for_status().json()
    days = list(csv.DictReader(io.StringIO(curve.text)))
    assert len(days) == 250
    assert int(days[-1]["closing_cents"]) == body["summary"]["final_cents"]
    assert len(list(csv.DictReader(io.StringIO(trades.text)))) == body["summary"]["trades"] > 0
    assert document["inputs"]["hash"] == body["hash"]


def test_the_same_request_again_asks_for_nothing_new(sandbox: SandboxClient, backtest_id: str) -> None:
    again = sandbox.api("POST", "backtests", token=sandbox.token("ada"), body=WANTED, key="k" * 16)

    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json()["backtest_id"] == backtest_id


def test_it_is_nobody_elses(sandbox: SandboxClient, backtest_id: str) -> None:
    assert shown(sandbox, backtest_id, "grace").status_code == 404
    refused = sandbox.api("DELETE", f"backtests/{backtest_id}", token=sandbox.token("grace"))
    assert refused.status_code == 404
    assert sandbox.api("GET", "backtests", token=sandbox.token("grace")).json()["items"] == []


def test_it_is_gone_with_its_documents_once_it_is_deleted(sandbox: SandboxClient, backtest_id: str) -> None:
    url = shown(sandbox, backtest_id).json()["curve_url"]

    deleted = sandbox.api("DELETE", f"backtests/{backtest_id}", token=sandbox.token("ada"))

    assert deleted.status_code == 204
    assert shown(sandbox, backtest_id).status_code == 404
    assert httpx.get(url).status_code == 404
