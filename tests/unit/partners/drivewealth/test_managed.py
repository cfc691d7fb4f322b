"""Portfolios, funds and runs: what is sent, and what is made of each answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.unit.partners.drivewealth import managed_payloads as payloads
from tests.unit.partners.drivewealth.harness import MAYBE_SENT, Asked, Broker, client_of
from tests.unit.partners.drivewealth.managed_payloads import FUND_ID, PORTFOLIO_ID, RUN_ID
from tests.unit.partners.drivewealth.payloads import error
from trading.brokerage.portfolios import FundOrder, RunClass
from trading.partners.drivewealth import managed_reading
from trading.partners.drivewealth.managed import ManagedDriveWealth
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable

WEIGHTS = {"ACME": Decimal("0.6000"), "BOLT-B": Decimal("0.4000")}
IDS = {"ACME": "inst-acme", "BOLT-B": "inst-bolt"}
ORDER = FundOrder("account-1_tech", "Fund account-1_tech", WEIGHTS)
TARGETS = [
    {"instrumentID": "inst-acme", "target": Decimal("0.6000")},
    {"instrumentID": "inst-bolt", "target": Decimal("0.4000")},
]
Ask = Callable[[ManagedDriveWealth], Any]
ACTS: dict[str, Ask] = {
    "make a portfolio": lambda broker: broker.create_portfolio("account-1", key="key-1"),
    "assign": lambda broker: broker.assign_portfolio("acc-1", PORTFOLIO_ID),
    "submit a portfolio": lambda broker: broker.update_portfolio(PORTFOLIO_ID, Decimal(1), {}),
    "make a fund": lambda broker: broker.create_fund(ORDER, IDS, key="key-1"),
    "submit a fund": lambda broker: broker.update_fund(FUND_ID, WEIGHTS, IDS),
    "run": lambda broker: broker.start_run(("acc-1",), key="key-1"),
}
READS: dict[str, Ask] = {
    "find a portfolio": lambda broker: broker.find_portfolio("account-1"),
    "find a fund": lambda broker: broker.find_fund("account-1_tech"),
    "status": lambda broker: broker.portfolio_status("acc-1"),
    "read a run": lambda broker: broker.run(RUN_ID),
}


def managed(broker: Broker) -> ManagedDriveWealth:
    return ManagedDriveWealth(client_of(broker).connection)


def made(answer: Any, ask: Ask) -> tuple[Any, Asked]:
    broker = Broker((200, answer))
    result = ask(managed(broker))
    assert len(broker.asked) == 1
    return result, broker.asked[0]


def test_a_portfolio_is_made_all_cash_under_our_id_and_key() -> None:
    result, asked = made({"id": PORTFOLIO_ID}, ACTS["make a portfolio"])

    assert result == PORTFOLIO_ID
    assert (asked.method, asked.path) == ("POST", "/back-office/managed/portfolios")
    assert asked.headers["Idempotency-Key"] == "key-1"
    assert asked.body["holdings"] == [{"type": "CASH_RESERVE", "target": 1}]
    assert (asked.body["clientPortfolioID"], asked.body["userID"]) == ("account-1", "advisor-1")
    assert asked.body["triggers"] == []


def test_an_account_is_assigned_to_its_portfolio() -> None:
    _, asked = made({}, ACTS["assign"])

    assert (asked.method, asked.path) == ("PATCH", "/back-office/accounts/acc-1")
    assert asked.body == {"ria": {"portfolioID": PORTFOLIO_ID}}


def test_targets_are_told_with_just_their_own_digits() -> None:
    funds = {FUND_ID: Decimal("0.3333"), "fund-2": Decimal("0.6666"), "fund-3": Decimal(0)}

    _, asked = made({}, lambda broker: broker.update_portfolio(PORTFOLIO_ID, Decimal("0.0001"), funds))

    assert (asked.method, asked.path) == ("PATCH", f"/back-office/managed/portfolios/{PORTFOLIO_ID}")
    assert '"target": 0.0001}' in asked.text
    assert asked.body["holdings"] == [
        {"type": "CASH_RESERVE", "target": Decimal("0.0001")},
        {"type": "FUND", "id": FUND_ID, "target": Decimal("0.3333")},
        {"type": "FUND", "id": "fund-2", "target": Decimal("0.6666")},
    ]
    assert sum(holding["target"] for holding in asked.body["holdings"]) == 1


def test_cash_of_none_is_left_out() -> None:
    _, asked = made({}, lambda broker: broker.update_portfolio(PORTFOLIO_ID, Decimal(0), {FUND_ID: Decimal(1)}))

    assert [holding["type"] for holding in asked.body["holdings"]] == ["FUND"]


def test_a_fund_is_made_with_its_instruments() -> None:
    result, asked = made({"id": FUND_ID}, ACTS["make a fund"])

    assert result == FUND_ID
    assert (asked.method, asked.path) == ("POST", "/back-office/managed/funds")
    assert asked.headers["Idempotency-Key"] == "key-1"
    assert (asked.body["clientFundID"], asked.body["holdings"]) == ("account-1_tech", TARGETS)


def test_a_funds_targets_are_told() -> None:
    _, asked = made({}, ACTS["submit a fund"])

    assert (asked.method, asked.path) == ("PATCH", f"/back-office/managed/funds/{FUND_ID}")
    assert asked.body == {"holdings": TARGETS}


@pytest.mark.parametrize(
    ("ask", "kind", "field"),
    [
        (READS["find a portfolio"], "portfolios", "clientPortfolioID"),
        (READS["find a fund"], "funds", "clientFundID"),
    ],
)
def test_what_was_made_before_is_found_by_our_id_alone(ask: Ask, kind: str, field: str) -> None:
    wanted = "account-1" if kind == "portfolios" else "account-1_tech"
    rows = [{"id": "a", field: f"{wanted}0"}, {"id": "b"}, {"id": "c", field: None}, {"id": "d", field: wanted}]

    found, asked = made(rows, ask)
    missing, _ = made(rows[:3], ask)

    assert (found, missing) == ("d", None)
    assert asked.path == f"/back-office/users/advisor-1/managed/{kind}"


def test_a_symbol_is_asked_for_as_the_broker_writes_it() -> None:
    found, asked = made(
        {"id": "inst-bolt", "symbol": "BOLT.B", "status": "ACTIVE", "name": "Bolt"},
        lambda broker: broker.instrument_id("BOLT-B"),
    )

    assert found == "inst-bolt"
    assert asked.path == "/back-office/instruments/BOLT.B"


@pytest.mark.parametrize(("status", "body"), [(400, error("I050")), (404, error("I050")), (404, None)])
def test_an_instrument_that_the_broker_does_not_know_is_not_found(status: int, body: Any) -> None:
    with pytest.raises(Refused) as refusal:
        managed(Broker((status, body))).instrument_id("NONE")
    assert refusal.value.code == "not_found"


def test_a_status_is_read_for_an_account() -> None:
    found, asked = made(payloads.two_funds(), READS["status"])

    assert found == managed_reading.status(payloads.two_funds())
    assert (asked.method, asked.path) == ("GET", "/back-office/accounts/acc-1/portfolio")


def test_a_run_is_started_once_for_all_accounts() -> None:
    found, asked = made(payloads.run(), lambda broker: broker.start_run(("acc-1", "acc-2"), key="key-1"))

    assert (found.run_id, found.run_class) == (RUN_ID, RunClass.PENDING)
    assert (asked.method, asked.path) == ("POST", "/back-office/managed/autopilot/advisor-1")
    assert asked.headers["Idempotency-Key"] == "key-1"
    assert asked.body == {"reviewOnly": False, "forceRebalance": True, "subAccounts": ["acc-1", "acc-2"]}


def test_a_run_is_read_by_its_id() -> None:
    found, asked = made(payloads.run("SUCCESS"), READS["read a run"])

    assert found.run_class is RunClass.SUCCEEDED
    assert (asked.method, asked.path) == ("GET", f"/back-office/managed/autopilot/{RUN_ID}")


@pytest.mark.parametrize(
    "ask", [ACTS[name] for name in ACTS if name not in {"assign", "submit a portfolio", "submit a fund"}]
)
@pytest.mark.parametrize("answer", [{}, {"id": None}, [], None, "made"])
def test_an_act_whose_answer_cannot_be_read_may_have_been_done(ask: Ask, answer: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        ask(managed(Broker((200, answer))))


@pytest.mark.parametrize("ask", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("lost", MAYBE_SENT.values(), ids=MAYBE_SENT)
def test_an_act_whose_answer_is_lost_may_have_been_done(ask: Ask, lost: Exception) -> None:
    with pytest.raises((OutcomeUnknown, Unavailable)) as caught:
        ask(managed(Broker(lost)))

    if ask in {ACTS["make a portfolio"], ACTS["make a fund"], ACTS["run"]}:
        assert caught.type is OutcomeUnknown


@pytest.mark.parametrize("ask", READS.values(), ids=READS)
@pytest.mark.parametrize("answer", [{"id": None}, None, "read", 7, [None]])
def test_a_read_whose_answer_cannot_be_read_is_not_available(ask: Ask, answer: Any) -> None:
    with pytest.raises(Unavailable):
        ask(managed(Broker((200, answer))))


def test_an_account_without_a_portfolio_is_not_found() -> None:
    with pytest.raises(Refused) as caught:
        managed(Broker((404, {"errorCode": "E010", "message": "-"}))).portfolio_status("acc-1")

    assert caught.value.code == "not_found"


@pytest.mark.parametrize("ask", [READS["find a portfolio"], READS["find a fund"]])
def test_a_list_that_is_refused_says_nothing_of_what_exists(ask: Ask) -> None:
    with pytest.raises(Unavailable):
        ask(managed(Broker((404, {"errorCode": "E010", "message": "-"}))))


def outcome_of(*answers: Any) -> Any:
    run = managed_reading.run(payloads.run("SUCCESS", subAccounts={"error": 1, "outcome": "https://broker.test/7"}))
    return managed(Broker(*answers)).failed_accounts(run)


def test_an_outcome_is_fetched_from_its_address_without_our_credentials() -> None:
    rows = [{"accountID": "acc-1", "status": "FAILED"}, {"accountID": "acc-2", "status": "SUCCESS"}]
    broker = Broker((200, rows))
    run = managed_reading.run(payloads.run(subAccounts={"outcome": "https://broker.test/outcomes/7"}))

    assert managed(broker).failed_accounts(run) == {"acc-1"}
    assert broker.asked[0].path == "/outcomes/7"
    assert not {"dw-auth-token", "dw-client-app-key"} & broker.asked[0].headers.keys()


@pytest.mark.parametrize(
    "answer",
    [
        (200, None),
        (200, {"accounts": []}),
        (200, [{"status": "FAILED"}]),
        (200, [{"accountID": None, "status": "FAILED"}]),
        (200, ["acc-1"]),
        (403, {"message": "expired"}),
        (500, None),
        requests.ReadTimeout("read timed out"),
    ],
)
def test_an_outcome_that_cannot_be_had_or_read_is_not_available(answer: Any) -> None:
    with pytest.raises(Unavailable):
        outcome_of(answer)


@pytest.mark.parametrize("address", [None, "", "http://elsewhere.test/7", "file:///etc/hosts"])
def test_an_outcome_that_lies_nowhere_safe_is_not_asked_for(address: str | None) -> None:
    run = managed_reading.run(payloads.run("SUCCESS", subAccounts={"error": 1, "outcome": address}))

    with pytest.raises(Unavailable):
        managed(Broker((200, []))).failed_accounts(run)
