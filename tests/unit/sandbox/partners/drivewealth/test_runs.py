"""Autopilot runs at the simulated broker: how they fill, and when."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.partners.drivewealth.managed.autopilot import COURSE
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.advisor import ADVISOR, CASH, Advisor
from tests.unit.sandbox.partners.drivewealth.harness import Harness


def test_a_run_brings_an_account_to_its_targets(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=0.4, MSFT=0.6)

    run = advisor.rebalance({CASH: 0.2501, fund: 0.7499})

    assert run["status"] == "SUCCESS"
    assert (advisor.entry(CASH)["value"], advisor.entry(fund)["value"]) == (2501.0, 7499.0)
    assert [holding["value"] for holding in advisor.entry(fund)["holdings"]] == [2999.6, 4499.4]
    assert (run["orders"]["total"], run["orders"]["amountBuys"], run["orders"]["amountSells"]) == (2, -7499.0, 0)
    assert {name: run["subAccounts"][name] for name in ("total", "rebalanced", "error")} == {
        "total": 1,
        "rebalanced": 1,
        "error": 0,
    }
    assert advisor.document(run, "subAccounts") == [
        {"accountID": advisor.account_id, "status": "REBALANCED", "error": None}
    ]


def test_a_run_passes_through_its_statuses_and_ends_after_thirty_minutes(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    run_id = advisor.order()

    seen = [advisor.run(run_id)["status"]]
    for _ in range(6):
        advisor.harness.pass_by(minutes=5)
        seen.append(advisor.run(run_id)["status"])

    assert seen == ["REBALANCE_NOT_STARTED", *COURSE, "SUCCESS"]
    assert advisor.harness.cash(advisor.account) == 0


def test_what_is_not_wanted_any_more_is_sold_to_the_last_fraction(advisor: Advisor) -> None:
    old, new = advisor.fund(AAPL=0.5, MSFT=0.5), advisor.fund(GOOG=1)
    advisor.rebalance({CASH: 0.1, old: 0.9})
    advisor.prices["AAPL"] *= 2

    run = advisor.rebalance({CASH: 0.5, new: 0.5})

    status = advisor.status()
    assert [holding["id"] for holding in status["holdings"]] == [CASH, new]
    assert status["equity"] == pytest.approx(14_500, abs=0.02)
    assert [order["side"] for order in advisor.document(run, "orders")] == ["SELL", "SELL", "BUY"]
    assert advisor.harness.broker.state.account(advisor.account_id).shares.keys() == {new}


def test_an_account_that_has_what_it_shall_have_generates_no_orders(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.rebalance({CASH: 0.5, fund: 0.5})

    run = advisor.rebalance({CASH: 0.5, fund: 0.5})

    assert run["status"] == "REBALANCE_NO_ORDERS_GENERATED"
    assert run["orders"]["total"] == 0


def test_a_run_that_is_asked_for_on_a_weekend_begins_on_monday(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    advisor.harness.now = datetime(2013, 2, 23, 12, 0, tzinfo=UTC)
    run_id = advisor.order()

    assert advisor.harness.broker.next_at() == datetime(2013, 2, 25, 14, 35, tzinfo=UTC)
    advisor.harness.now = datetime(2013, 2, 25, 14, 30, tzinfo=UTC)
    advisor.harness.pass_by(minutes=29)
    assert advisor.run(run_id)["status"] == COURSE[-1]
    advisor.harness.pass_by(minutes=1)

    assert advisor.run(run_id)["status"] == "SUCCESS"
    assert advisor.status()["lastPortfolioRebalance"] == "2013-02-25T15:00:00.000Z"
    assert advisor.status()["nextPortfolioRebalance"] == "2013-02-26T14:30:00.000Z"


def test_the_time_that_the_market_is_closed_does_not_count(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    advisor.harness.now = datetime(2013, 7, 3, 16, 48, tzinfo=UTC)  # 12 minutes before the close of a half day
    run_id = advisor.order()

    advisor.harness.pass_by(minutes=12)
    assert advisor.run(run_id)["status"] == COURSE[1]
    advisor.harness.now = datetime(2013, 7, 5, 13, 30, tzinfo=UTC)  # the day after a holiday
    advisor.harness.pass_by(minutes=17)
    assert advisor.run(run_id)["status"] == COURSE[-1]
    advisor.harness.pass_by(minutes=1)

    assert advisor.run(run_id)["status"] == "SUCCESS"
    assert timedelta(minutes=30) < advisor.harness.now - datetime(2013, 7, 3, 16, 48, tzinfo=UTC)


@pytest.mark.parametrize("price", ["0.0001", "0.37", "60.1809", "999.9999", "123456.7891"])
def test_no_cent_is_lost_and_none_is_spent_twice(advisor: Advisor, price: str) -> None:
    advisor.prices["AAPL"] = Decimal(price)
    one, two = advisor.fund(AAPL=0.3333, MSFT=0.6667), advisor.fund(AAPL=1)

    for weights in ({one: 0.3333, two: 0.6667}, {CASH: 0.0001, one: 0.9999}, {CASH: 0.5, two: 0.5}, {CASH: 1}):
        advisor.rebalance(weights)

        status = advisor.status()
        assert status["equity"] == 10_000
        assert sum(round(holding["value"] * 100) for holding in status["holdings"]) == 1_000_000
        assert advisor.harness.cash(advisor.account) >= 0
        assert all(abs(holding["actual"] - holding["target"]) <= 0.0001 for holding in status["holdings"])
    assert advisor.harness.cash(advisor.account) == 10_000


@pytest.mark.parametrize(
    ("accounts", "refusal"),
    [(["nothing"], (404, "A001")), ([], (400, "E032")), ("all", (400, "E032")), ([1], (400, "E032"))],
)
def test_a_run_is_over_accounts_that_are_there(advisor: Advisor, accounts: object, refusal: tuple[int, str]) -> None:
    body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": accounts}

    assert advisor.harness.refusal("POST", f"/managed/autopilot/{ADVISOR}", body) == refusal


def test_a_run_is_over_accounts_that_are_open(advisor: Advisor) -> None:
    broker = advisor.harness.broker
    broker.accounts.set_status(broker.state.account(advisor.account_id), "FROZEN")
    body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": [advisor.account_id]}

    assert advisor.harness.refusal("POST", f"/managed/autopilot/{ADVISOR}", body) == (400, "E030")


def test_one_key_makes_one_run(advisor: Advisor) -> None:
    body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": [advisor.account_id]}

    made = [advisor.harness.ask("POST", f"/managed/autopilot/{ADVISOR}", body, key="a-key") for _ in range(2)]

    assert made[0] == made[1]
    assert len(advisor.harness.broker.state.runs) == 1


def test_an_account_that_is_frozen_meanwhile_fails(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    run_id = advisor.order()
    broker = advisor.harness.broker
    broker.accounts.set_status(broker.state.account(advisor.account_id), "FROZEN")

    advisor.harness.pass_by(hours=1)

    run = advisor.run(run_id)
    assert (run["status"], run["subAccounts"]["rebalanced"], run["subAccounts"]["error"]) == ("SUCCESS", 0, 1)
    assert advisor.document(run, "subAccounts")[0]["error"] == "sub-account is not open"
    assert advisor.harness.cash(advisor.account) == 10_000


def test_an_account_without_a_portfolio_fails(harness: Harness, advisor: Advisor) -> None:
    account = harness.account()
    run_id = advisor.order(account["id"])

    harness.pass_by(hours=1)

    run = advisor.run(run_id)
    assert (run["status"], run["subAccounts"]["error"]) == ("REBALANCE_NO_ORDERS_GENERATED", 1)


def test_an_order_without_a_price_is_rejected_and_the_others_go_on(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=0.5, MSFT=0.5)
    del advisor.prices["MSFT"]

    run = advisor.rebalance({fund: 1})

    assert (run["status"], run["subAccounts"]["rebalanced"], run["subAccounts"]["error"]) == ("SUCCESS", 0, 1)
    (outcome,) = advisor.document(run, "subAccounts")
    assert (outcome["status"], outcome["error"]) == ("FAILED", "MSFT: No price is available")
    states = {order["instrumentID"]: order["ordStatus"] for order in advisor.document(run, "orders")}
    assert states == {instrument_id("AAPL"): "FILLED", instrument_id("MSFT"): "REJECTED"}
    assert advisor.harness.cash(advisor.account) == 5_000
    assert advisor.status()["lastPortfolioRebalance"]


def test_what_is_not_active_any_more_is_not_traded(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=0.5, MSFT=0.5)
    advisor.rebalance({fund: 1})
    advisor.harness.broker.symbols = lambda: {"AAPL": True, "MSFT": False}

    run = advisor.rebalance({CASH: 1})

    assert advisor.document(run, "subAccounts")[0]["error"] == "MSFT: Instrument is not active"
    assert advisor.harness.cash(advisor.account) == 5_000
    assert advisor.entry(fund)["value"] == 5_000


def test_buys_shrink_to_the_cash_that_rejected_sells_leave(advisor: Advisor) -> None:
    held, one, two = advisor.fund(MSFT=1), advisor.fund(AAPL=1), advisor.fund(GOOG=1)
    advisor.rebalance({CASH: 0.25, held: 0.75})
    advisor.harness.broker.symbols = lambda: {"AAPL": True, "GOOG": True, "MSFT": False}

    run = advisor.rebalance({one: 0.6, two: 0.4})

    assert (advisor.entry(one)["value"], advisor.entry(two)["value"]) == (1_500, 1_000)
    assert advisor.harness.cash(advisor.account) == 0
    assert {order["ordStatus"] for order in advisor.document(run, "orders")} == {"REJECTED", "FILLED"}


def test_a_review_trades_nothing(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    run_id = advisor.order(reviewOnly=True)

    advisor.harness.pass_by(hours=1)

    assert advisor.run(run_id)["status"] == "REBALANCE_REVIEW_COMPLETED"
    assert advisor.harness.cash(advisor.account) == 10_000


def test_quotes_count_at_the_moment_of_the_fill(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.aim({fund: 1})
    advisor.order()
    advisor.harness.pass_by(minutes=29)

    advisor.prices["AAPL"] = Decimal(100)
    advisor.harness.pass_by(minutes=1)

    assert advisor.entry(fund)["holdings"][0]["openQty"] == 100


def test_runs_go_on_after_a_restart(advisor: Advisor, tmp_path: Path) -> None:
    advisor.aim({advisor.fund(AAPL=0.3333, MSFT=0.6667): 1})
    run_id = advisor.order()
    advisor.harness.pass_by(minutes=12)

    again = Harness(tmp_path)
    again.now, again.broker.price = advisor.harness.now, advisor.prices.get
    again.pass_by(minutes=18)

    assert again.ask("GET", f"/managed/autopilot/{run_id}")["status"] == "SUCCESS"
    assert again.broker.state == Harness(tmp_path).broker.state
