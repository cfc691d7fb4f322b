"""Back-tests over HTTP: the real handlers and the real worker, on an in-process AWS and the simulated market."""

import csv
import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest

from infra.catalogue import FUNCTIONS
from sandbox.faults import Fault
from tests.support.calls import Answer
from tests.support.workers import received
from tests.support.world import World
from trading.backtest.jobs.models import LEASE
from trading.backtest.jobs.store import BacktestRow

KEY = "k" * 16
WANTED = {"exchange": "NASDAQ", "symbols": ["MSFT", "AAPL"], "from": "2012-10-01", "to": "2012-12-31"}


def ask(world: World, uid: str = "ada", key: str = KEY, **more: Any) -> Answer:
    return world.call("create_backtest", uid, body=WANTED | more, key=key)


def shown(world: World, backtest_id: str, uid: str = "ada") -> Answer:
    return world.call("get_backtest", uid, backtest_id=backtest_id)


def work_off(world: World) -> None:
    world.fire("send_outbox")
    world.work_off()


def done(world: World, **more: Any) -> dict[str, Any]:
    asked = ask(world, **more)
    assert asked.status == 202, asked.body
    work_off(world)
    answer = shown(world, asked.body["backtest_id"])
    assert answer.body["status"] == "done", answer.body
    found: dict[str, Any] = answer.body
    return found


def download(url: str) -> str:
    """Return what a URL means; the in-process AWS answers boto3 alone."""
    parts = httpx.URL(url)
    return boto3.client("s3").get_object(Bucket="results", Key=parts.path.lstrip("/"))["Body"].read().decode()


def test_a_back_test_is_accepted_run_and_shown(world: World) -> None:
    asked = ask(world)

    assert asked.status == 202
    assert asked.body["status"] == "queued"
    assert asked.body["progress"] == {"done": 0, "of": 62}
    assert asked.body["inputs"]["symbols"] == ["AAPL", "MSFT"]
    assert (asked.body["inputs"]["from"], asked.body["inputs"]["to"]) == ("2012-10-01", "2012-12-31")
    assert asked.body["inputs"]["costs"] == {"slippage": 0.0005, "commission_rate": 0.0005, "commission_per_share": 0}
    assert (asked.body["summary"], asked.body["curve_url"], asked.body["error"]) == (None, None, None)

    work_off(world)
    body = shown(world, asked.body["backtest_id"]).body

    assert (body["status"], body["progress"]) == ("done", {"done": 62, "of": 62})
    assert body["summary"]["days"] == 62
    assert body["summary"]["annual"] is None
    assert body["in_sample"] is False
    days = list(csv.DictReader(io.StringIO(download(body["curve_url"]))))
    trades = list(csv.DictReader(io.StringIO(download(body["trades_url"]))))
    assert len(days) == 62
    assert len(trades) == body["summary"]["trades"]
    assert int(days[-1]["closing_cents"]) == body["summary"]["final_cents"]
    document = json.loads(download(body["document_url"]))
    assert document["inputs"]["hash"] == body["hash"]


def test_the_same_inputs_have_the_same_hash(world: World) -> None:
    first = done(world, key="a" * 16)
    again = done(world, key="b" * 16, symbols=["AAPL", "MSFT", "AAPL"])
    dearer = done(world, key="c" * 16, costs="paper")

    assert first["hash"] == again["hash"] != dearer["hash"]
    assert first["summary"] == again["summary"]
    texts = [download(body["trades_url"]) for body in (first, again)]
    assert len({hashlib.sha256(text.encode()).hexdigest() for text in texts}) == 1


def test_a_key_asks_once(world: World) -> None:
    first = ask(world)
    again = ask(world)
    other = ask(world, bankroll=5000)

    assert again.status == 202
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body["backtest_id"] == first.body["backtest_id"]
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert len(world.call("list_backtests").body["items"]) == 1


def test_one_at_a_time_and_twenty_a_day(world: World) -> None:
    assert ask(world, key="0" * 16).status == 202
    second = ask(world, key="1" * 16)
    assert (second.status, second.body["code"]) == (409, "backtest_running")
    assert ask(world, "eve", key="1" * 16).status == 202

    for number in range(1, 20):
        (latest,) = world.call("list_backtests", query={"limit": "1"}).body["items"]
        assert world.call("delete_backtest", backtest_id=latest["backtest_id"]).status == 204
        assert ask(world, key=f"{number:016}").status == 202
    (latest,) = world.call("list_backtests", query={"limit": "1"}).body["items"]
    assert world.call("delete_backtest", backtest_id=latest["backtest_id"]).status == 204

    refused = ask(world, key="x" * 16)
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    # The world's clock is at 10:00 in New York.
    assert refused.headers["Retry-After"] == str(14 * 3600 + 1)
    world.pass_by(days=1)
    assert ask(world, key="x" * 16).status == 202


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbols": []}, "symbols"),
        ({"symbols": ["aapl"]}, "symbols.0"),
        ({"symbols": [f"S{number}" for number in range(101)]}, "symbols"),
        ({"from": "2013-01-01"}, "to"),
        ({"to": "2013-02-19"}, "to"),
        ({"from": "1989-12-29"}, "from"),
        ({"from": "2012-12-01", "to": "2012-12-02"}, "to"),
        ({"symbols": [f"S{number}" for number in range(100)], "from": "2003-01-02", "to": "2012-12-31"}, "symbols"),
        ({"bankroll": 99}, "bankroll"),
        ({"path": "tape"}, "path"),
        ({"strategy": "luck"}, "strategy"),
        ({"preset": "wild"}, "preset"),
        ({"exchange": 9}, "exchange"),
        ({"rails": None}, "rails"),
        ({"settings": {"dt_max_position_percent": "0.99"}}, "settings.dt_max_position_percent"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(world: World, change: dict[str, Any], field: str) -> None:
    answer = ask(world, **change)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert field in {error["field"] for error in answer.body["errors"]}


def test_an_exchange_without_data_is_a_conflict(world: World) -> None:
    answer = ask(world, exchange="TSE")

    assert (answer.status, answer.body["code"]) == (409, "exchange_not_covered")


def test_symbols_without_prices_are_named_and_without_any_it_fails(world: World) -> None:
    some = done(world, symbols=["AAPL", "ZZZZ"])
    asked = ask(world, key="n" * 16, symbols=["ZZZZ"])
    work_off(world)
    none = shown(world, asked.body["backtest_id"]).body

    assert some["absent_symbols"] == ["ZZZZ"]
    assert (none["status"], none["error"]["code"]) == ("failed", "no_data")


def test_without_a_model_there_is_none_to_trade_by(world: World) -> None:
    asked = ask(world, strategy="model")
    work_off(world)

    body = shown(world, asked.body["backtest_id"]).body
    assert (body["status"], body["error"]["code"]) == ("failed", "no_model")


def test_nobody_sees_what_is_somebody_elses(world: World) -> None:
    found = done(world)

    foreign = shown(world, found["backtest_id"], "eve")
    absent, malformed = shown(world, "f" * 32, "eve"), shown(world, "no-id", "eve")
    ended = world.call("delete_backtest", "eve", backtest_id=found["backtest_id"])

    assert foreign.status == ended.status == 404
    assert foreign.body == absent.body == malformed.body == ended.body
    assert world.call("list_backtests", "eve").body["items"] == []
    assert shown(world, found["backtest_id"]).status == 200


def test_one_that_waits_is_cancelled_and_never_run(world: World) -> None:
    asked = ask(world).body["backtest_id"]

    assert world.call("delete_backtest", backtest_id=asked).status == 204
    assert world.call("delete_backtest", backtest_id=asked).status == 204
    work_off(world)

    body = shown(world, asked).body
    assert (body["status"], body["summary"], body["curve_url"]) == ("cancelled", None, None)
    assert world.failures == []


def test_one_that_is_done_is_deleted_with_its_documents(world: World) -> None:
    found = done(world)

    assert world.call("delete_backtest", backtest_id=found["backtest_id"]).status == 204

    assert shown(world, found["backtest_id"]).status == 404
    assert world.call("list_backtests").body["items"] == []
    with pytest.raises(Exception, match="NoSuchKey"):
        download(found["curve_url"])


def test_the_list_goes_page_by_page_newest_first(world: World) -> None:
    ids = []
    for number in range(3):
        ids.append(ask(world, key=f"{number:016}").body["backtest_id"])
        world.call("delete_backtest", backtest_id=ids[-1])

    first = world.call("list_backtests", query={"limit": "2"}).body
    second = world.call("list_backtests", query={"limit": "2", "cursor": first["next_cursor"]}).body

    assert [item["backtest_id"] for item in (*first["items"], *second["items"])] == ids[::-1]
    assert second["next_cursor"] is None
    foreign = world.call("list_backtests", "eve", query={"cursor": first["next_cursor"]})
    assert foreign.status == 400


def test_market_data_that_is_away_is_waited_for(world: World) -> None:
    world.fail("market", "bars", Fault.HTTP_500, times=10)
    asked = ask(world).body["backtest_id"]
    work_off(world)
    waiting = shown(world, asked).body

    world.faults.clear()
    world.resend()

    assert (waiting["status"], waiting["error"]) == ("queued", None)
    assert shown(world, asked).body["status"] == "done"


def test_market_data_that_stays_away_ends_it_after_a_day(world: World) -> None:
    world.fail("market", "bars", Fault.HTTP_500, times=100)
    asked = ask(world).body["backtest_id"]
    work_off(world)
    world.pass_by(days=1, minutes=1)
    world.resend()

    body = shown(world, asked).body
    assert (body["status"], body["error"]["code"]) == ("failed", "market_data_unavailable")


def test_a_message_that_comes_twice_runs_once(world: World) -> None:
    found = done(world)
    event = {"id": "1", "type": "backtest_requested", "payload": {"owner": "ada", "backtest_id": found["backtest_id"]}}
    world.put("backtest-runs", json.dumps(event))
    world.work_off()

    assert shown(world, found["backtest_id"]).body["hash"] == found["hash"]
    assert received("backtest-runs") == []


def test_what_is_no_request_is_parked(world: World) -> None:
    world.put("backtest-runs", "{}")
    for _ in range(6):
        world.work_off()

    assert len(world.failures) == 5
    assert world.dead_letters("backtest-runs") == ["{}"]


def test_one_that_expired_is_gone_whether_or_not_it_lies_there_still(world: World) -> None:
    asked = ask(world).body["backtest_id"]
    row = BacktestRow.get("ada", f"backtest#{asked}")
    row.expires_at = 1
    row.save()

    assert shown(world, asked).status == 404
    assert world.call("list_backtests").body["items"] == []
    assert ask(world, key="z" * 16).status == 202


def test_the_lease_outlives_the_worker() -> None:
    (row,) = (row for row in FUNCTIONS if row.name == "run_backtest")

    assert timedelta(seconds=row.timeout_seconds) < LEASE
    assert row.memory_mb == 1_769
