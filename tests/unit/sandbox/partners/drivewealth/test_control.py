"""What the sandbox's users may do to managed money: move runs, corrupt statuses."""

from typing import Any

import pytest

from sandbox.partners.drivewealth.managed.autopilot import STATUSES
from sandbox.queues import NAMES
from tests.unit.sandbox.partners.drivewealth.advisor import CASH, Advisor
from tests.unit.sandbox.partners.drivewealth.control_client import ControlClient


def ordered(advisor: Advisor, **weights: float) -> tuple[str, str]:
    fund = advisor.fund(**(weights or {"AAPL": 1}))
    advisor.aim({fund: 1})
    return fund, advisor.order()


def test_a_run_that_is_moved_to_its_end_fills_at_once_and_once(advisor: Advisor, control: ControlClient) -> None:
    fund, run_id = ordered(advisor)

    assert control.move(run_id, "SUCCESS") == {"id": run_id, "status": "SUCCESS", "errors": {}}
    assert advisor.entry(fund)["value"] == 10_000
    advisor.aim({CASH: 1})
    for status in ("REBALANCE_50", "REBALANCE_FAILED", "SUCCESS"):
        control.move(run_id, status)
        assert advisor.run(run_id)["status"] == status
    advisor.harness.pass_by(days=5)

    assert advisor.entry(fund)["value"] == 10_000
    assert advisor.run(run_id)["status"] == "SUCCESS"
    assert advisor.harness.broker.next_at() is None
    assert {frozenset(names) for names in control.queues.settled} == {frozenset(NAMES)}


@pytest.mark.parametrize("status", ["REBALANCE_10", "SELL_ORDERQTY_ORDERS_SUBMITTED", "ORDERS_CLEANEDUP"])
def test_a_run_that_is_moved_on_the_way_ends_at_its_time(advisor: Advisor, control: ControlClient, status: str) -> None:
    _, run_id = ordered(advisor)

    control.move(run_id, status)
    advisor.harness.pass_by(minutes=29)
    assert (advisor.run(run_id)["status"], advisor.harness.cash(advisor.account)) == (status, 10_000)
    advisor.harness.pass_by(minutes=1)

    assert (advisor.run(run_id)["status"], advisor.harness.cash(advisor.account)) == ("SUCCESS", 0)


@pytest.mark.parametrize(
    ("status", "rebalanced"),
    [
        ("REBALANCE_NO_ORDERS_GENERATED", 1),
        ("REBALANCE_REVIEW_COMPLETED", 1),
        ("REBALANCE_FAILED", 0),
        ("REBALANCE_ABORTED", 0),
        ("BUY_ORDERQTY_ORDERS_TIMEDOUT", 0),
        ("ALLOCATION_FAILED", 0),
        ("SUBACCOUNT_HOLDINGS_UPDATE_FAILED", 0),
    ],
)
def test_no_other_end_fills_anything(advisor: Advisor, control: ControlClient, status: str, rebalanced: int) -> None:
    _, run_id = ordered(advisor)

    control.move(run_id, status)
    advisor.harness.pass_by(days=5)

    run = advisor.run(run_id)
    assert (run["status"], run["orders"]["total"]) == (status, 0)
    assert (run["subAccounts"]["rebalanced"], run["subAccounts"]["error"]) == (rebalanced, 1 - rebalanced)
    assert advisor.harness.cash(advisor.account) == 10_000


@pytest.mark.parametrize("status", ["SUCCESS", "REBALANCE_FAILED"])
def test_named_accounts_fail_while_the_others_are_filled(advisor: Advisor, control: ControlClient, status: str) -> None:
    other, portfolio_id = advisor.another(1_000)
    fund = advisor.fund(AAPL=1)
    for followed in (advisor.portfolio_id, portfolio_id):
        advisor.aim({fund: 1}, followed)
    run_id = advisor.order(advisor.account_id, other["id"])

    control.move(run_id, status, accounts=[other["id"]])

    run = advisor.run(run_id)
    assert {name: run["subAccounts"][name] for name in ("rebalanced", "error")} == {"rebalanced": 1, "error": 1}
    shown = {
        outcome["accountID"]: (outcome["status"], bool(outcome["error"]))
        for outcome in advisor.document(run, "subAccounts")
    }
    assert shown == {advisor.account_id: ("REBALANCED", False), other["id"]: ("FAILED", True)}
    assert (advisor.harness.cash(advisor.account), advisor.harness.cash(other)) == (0, 1_000)


def test_what_is_asked_of_a_run_on_the_way_counts_at_its_end(
    advisor: Advisor, control: ControlClient, ada: str
) -> None:
    advisor.aim({ada: 1})
    run_id = advisor.order()

    control.move(run_id, "ALLOCATION_50", accounts=["ada"])
    advisor.harness.pass_by(days=1, hours=12)

    run = advisor.run(run_id)
    assert (run["status"], run["subAccounts"]["error"], run["orders"]["total"]) == ("SUCCESS", 1, 0)


def test_orders_may_be_filled_in_part(advisor: Advisor, control: ControlClient) -> None:
    fund, run_id = ordered(advisor)

    control.move(run_id, "SUCCESS", fill_percent=40)
    bought = advisor.entry(fund)["value"]
    (order,) = advisor.document(advisor.run(run_id), "orders")
    advisor.aim({CASH: 1})
    run_id = advisor.order()
    control.move(run_id, "SUCCESS", fill_percent=25)

    assert (bought, order["grossTradeAmt"], order["ordStatus"]) == (4_000, 4_000, "PARTIAL_FILL")
    assert order["leavesQty"] == pytest.approx(order["orderQty"] - order["cumQty"])
    assert (advisor.entry(fund)["value"], advisor.harness.cash(advisor.account)) == (3_000, 7_000)


def test_a_fee_is_taken_and_never_leads_below_nothing(advisor: Advisor, control: ControlClient) -> None:
    fund, run_id = ordered(advisor)

    control.move(run_id, "SUCCESS", fee_cents=250)

    assert (advisor.entry(fund)["value"], advisor.status()["equity"]) == (9_997.5, 9_997.5)
    assert [order["commission"] for order in advisor.document(advisor.run(run_id), "orders")] == [2.5]


def test_symbols_may_be_rejected(advisor: Advisor, control: ControlClient) -> None:
    fund, run_id = ordered(advisor, AAPL=0.5, MSFT=0.5)

    control.move(run_id, "SUCCESS", reject=["AAPL"])

    assert [holding["value"] for holding in advisor.entry(fund)["holdings"]] == [0, 5_000]
    assert advisor.run(run_id)["subAccounts"]["error"] == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"status": "DONE"},
        {"status": "SUCCESS", "fill_percent": 0},
        {"status": "SUCCESS", "fill_percent": 101},
        {"status": "SUCCESS", "fee_cents": -1},
        {"status": "SUCCESS", "strange": 1},
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    advisor: Advisor, control: ControlClient, wanted: dict[str, Any]
) -> None:
    _, run_id = ordered(advisor)

    with pytest.raises(ValueError, match=r"."):
        control.move(run_id, **wanted)

    assert advisor.run(run_id)["status"] == "REBALANCE_NOT_STARTED"


def test_an_unknown_status_is_refused_with_all_that_there_are(advisor: Advisor, control: ControlClient) -> None:
    _, run_id = ordered(advisor)

    with pytest.raises(ValueError, match="REBALANCE_NO_ORDERS_GENERATED"):
        control.move(run_id, "DONE")
    assert len(STATUSES) == 56


def test_accounts_that_are_not_in_a_run(advisor: Advisor, control: ControlClient, ada: str) -> None:
    other, _ = advisor.another(1_000)
    run_id = advisor.order(other["id"])

    with pytest.raises(ValueError, match="not in the run"):
        control.move(run_id, "SUCCESS", accounts=["ada"])
    with pytest.raises(LookupError):
        control.move(run_id, "SUCCESS", accounts=["nobody"])
    with pytest.raises(LookupError):
        control.move("ria_rebalance_nothing", "SUCCESS")


def test_statuses_are_corrupted_on_demand(advisor: Advisor, control: ControlClient, ada: str) -> None:
    shown = control.corrupt(corruption="null_equity", times=2)

    assert shown == {"id": advisor.account_id, "corruption": "null_equity", "times": 2}
    assert [advisor.status()["equity"] for _ in range(3)] == [None, None, 10_000]


def test_malformed_requests_are_refused(control: ControlClient, ada: str) -> None:
    with pytest.raises(ValueError, match="weights_off"):
        control.corrupt(corruption="upside_down")
    with pytest.raises(ValueError, match="times"):
        control.corrupt(corruption="no_cash", times=0)
    with pytest.raises(LookupError):
        control.corrupt("nobody", corruption="no_cash")
