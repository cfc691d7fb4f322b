"""Autopilot runs at the simulated broker as they are shown, and the documents about them."""

from sandbox.faults import Fault
from sandbox.partners.drivewealth.managed.api import DOCUMENTS_AT
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.advisor import ADVISOR, CASH, Advisor


def test_a_new_run_and_a_run_that_is_over(advisor: Advisor) -> None:
    advisor.aim({advisor.fund(AAPL=1): 1})
    body = {"reviewOnly": False, "forceRebalance": True, "subAccounts": [advisor.account_id]}
    made = advisor.harness.ask("POST", f"/managed/autopilot/{ADVISOR}", body)
    advisor.harness.pass_by(hours=1)

    run = advisor.run(made["id"])

    assert made == {
        "id": made["id"],
        "created": "2013-02-19T15:02:00.000Z",
        "status": "REBALANCE_NOT_STARTED",
        "riaID": ADVISOR,
    }
    assert made["id"].startswith("ria_rebalance_")
    at = f"http://broker{DOCUMENTS_AT}/{made['id']}"
    assert run == {
        **made,
        "status": "SUCCESS",
        "updated": "2013-02-19T15:32:00.000Z",
        **dict.fromkeys(("moneyMovement", "regularRebalance", "reviewOnly"), False),
        "orders": {
            "total": 1,
            "submitted": f"{at}/orders-submitted.json",
            "outcome": f"{at}/orders-outcome.json",
            "amountBuys": -10_000.0,
            "amountSells": 0.0,
            "cleanedUp": None,
        },
        "allocations": {"submitted": f"{at}/allocations-submitted.json", "outcome": f"{at}/allocations-outcome.json"},
        "subAccounts": {"total": 1, "rebalanced": 1, "error": 0, "outcome": f"{at}/sub-accounts-outcome.json"},
    }
    assert advisor.harness.ask("GET", f"/users/{ADVISOR}/managed/autopilot") == [run]


def test_the_documents_about_a_run(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    run = advisor.rebalance({CASH: 0.5, fund: 0.5})

    (order,) = advisor.document(run, "orders")
    (allocation,) = advisor.document(run, "allocations")

    assert order.pop("orderID").startswith("JI.")
    assert order == {
        "orderNo": "JIXX000000",
        "instrumentID": instrument_id("AAPL"),
        "side": "BUY",
        "orderQty": 83.08283857,
        "amountCash": 5000.0,
        "cumQty": 83.08283857,
        "leavesQty": 0.0,
        "ordRejReason": None,
        "grossTradeAmt": 5000.0,
        "commission": 0.0,
        "ordStatus": "FILLED",
        "closedWhen": run["updated"],
        "executedWhen": run["updated"],
    }
    assert (allocation["accountID"], allocation["fundID"]) == (advisor.account_id, fund)
    assert (allocation["cumQty"], allocation["grossTradeAmt"]) == (83.08283857, 5000.0)
    submitted = advisor.document(run, "orders", "submitted")
    assert [order["orderQty"] for order in submitted] == [83.08283857]


def test_a_document_that_is_not_there(advisor: Advisor) -> None:
    run = advisor.run(advisor.order())

    assert advisor.document(run, "subAccounts") == advisor.document(run, "orders") == []
    for wrong in (run["orders"]["outcome"].replace(run["id"], "nothing"), f"{DOCUMENTS_AT}/{run['id']}/secrets.json"):
        assert advisor.harness.fetch(wrong).status_code == 404


def test_orders_of_several_accounts_go_to_the_market_as_one(advisor: Advisor) -> None:
    other, portfolio_id = advisor.another(1_000)
    fund = advisor.fund(AAPL=1)
    advisor.aim({CASH: 0.5, fund: 0.5})
    advisor.aim({fund: 1}, portfolio_id)
    run_id = advisor.order(advisor.account_id, other["id"], advisor.account_id)

    advisor.harness.pass_by(hours=1)

    run = advisor.run(run_id)
    (order,) = advisor.document(run, "orders")
    assert (run["subAccounts"]["total"], order["grossTradeAmt"]) == (2, 6000.0)
    assert [allocation["grossTradeAmt"] for allocation in advisor.document(run, "allocations")] == [5000.0, 1000.0]


def test_documents_fail_as_statuses_do(advisor: Advisor) -> None:
    url = advisor.run(advisor.order())["subAccounts"]["outcome"]
    advisor.harness.faults.add("drivewealth", "get_status", Fault.HTTP_500, 1)

    assert advisor.harness.fetch(url).status_code == 500
    assert advisor.harness.fetch(url).status_code == 200
