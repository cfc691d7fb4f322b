"""What the control plane switches off and on, what it shows of alarms, and whom it answers."""

import pytest

from sandbox.client import SandboxClient

pytestmark = pytest.mark.e2e

QUEUE = "entry-cancellations"
MARKET = "/sandbox/partners/market-data/v2/stocks/quotes/latest"


def alarms(sandbox: SandboxClient) -> dict[tuple[str, str], int]:
    items = sandbox.control("GET", "alarms")["items"]
    return {(item["name"], item["metric"]): item["count"] for item in items}


def test_a_paused_queue_is_not_worked_off_nor_waited_for(sandbox: SandboxClient) -> None:
    assert sandbox.control("PUT", f"queues/{QUEUE}", {"paused": True}) == {"queue": QUEUE, "paused": True}
    sandbox.control("POST", f"queues/{QUEUE}/messages", ["no json"])

    while_paused = sandbox.control("POST", "queues/drain", {"wait_retries": True})
    sandbox.control("PUT", f"queues/{QUEUE}", {"paused": False})
    afterwards = sandbox.control("POST", "queues/drain", {"wait_retries": True})

    assert (while_paused["drained"], while_paused["dead_letters"].get(QUEUE, 0)) == (True, 0)
    assert afterwards["dead_letters"][QUEUE] == 1
    assert alarms(sandbox)[f"{QUEUE}-dlq", "ApproximateNumberOfMessagesVisible"] == 1


def test_a_second_dead_letter_goes_off_again(sandbox: SandboxClient) -> None:
    sandbox.control("POST", f"queues/{QUEUE}/messages", ["no json either"])

    sandbox.control("POST", "queues/drain", {"wait_retries": True})

    assert alarms(sandbox)[f"{QUEUE}-dlq", "ApproximateNumberOfMessagesVisible"] == 2


def test_a_switched_off_schedule_does_not_fire_and_a_late_one_does(sandbox: SandboxClient) -> None:
    sandbox.travel("2013-03-05T14:00:00Z")
    sandbox.control("PUT", "schedules/plan_sessions", {"enabled": False})
    off = sandbox.travel("2013-03-05T14:16:00Z")
    sandbox.control("PUT", "schedules/plan_sessions", {"enabled": True})
    sandbox.travel("2013-03-06T14:00:00Z")

    late = sandbox.control("POST", "clock", {"to": "2013-03-06T14:16:00Z", "lateness_seconds": 300})

    assert "plan_sessions" not in {run["schedule"] for run in off}
    assert [run["scheduled_at"] for run in late["runs"] if run["schedule"] == "plan_sessions"] == [
        "2013-03-06T14:15:00Z"
    ]
    assert late["now"] >= "2013-03-06T14:20:00Z"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "queues/no-such-queue"), ("PUT", "schedules/no_such_job")],
)
def test_what_is_not_there_cannot_be_switched(sandbox: SandboxClient, method: str, path: str) -> None:
    body = {"paused": True} if path.startswith("queues") else {"enabled": False}

    assert sandbox.http.request(method, f"/sandbox/{path}", json=body).status_code == 404


def test_no_page_but_our_own_reaches_the_control_plane(sandbox: SandboxClient) -> None:
    own = str(sandbox.http.base_url).rstrip("/")
    foreign = [{"Origin": "null"}, {"Origin": "https://example.com"}, {"Host": "rebound.example.com"}]

    for path in ("/sandbox/clock", MARKET):
        assert [sandbox.http.get(path, headers=answer).status_code for answer in foreign] == [403] * 3
    assert sandbox.http.post("/sandbox/tokens", json={"uid": "x"}, headers=foreign[0]).status_code == 403
    assert sandbox.http.get("/sandbox/clock", headers={"Origin": own}).status_code == 200


def test_an_account_at_a_bank_may_have_neither_name_nor_mask(sandbox: SandboxClient) -> None:
    accounts = [{"name": None, "mask": None, "balance_cents": 100}]

    assert sandbox.control("POST", "plaid/public-tokens", {"accounts": accounts})["public_token"]
