"""Funds and portfolios at the simulated broker: their formats and their rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.advisor import ADVISOR, CASH, Advisor, fund_of, portfolio_of
from tests.unit.sandbox.partners.drivewealth.harness import Harness

DRIFT = {"child": None, "maxAllowed": 0.1, "lowerBound": None, "upperBound": None, "type": "TOTAL_DRIFT"}


def test_a_fund_as_it_is_shown(harness: Harness) -> None:
    shown = harness.ask(
        "POST", "/managed/funds", fund_of({"AAPL": 0.4, "MSFT": 0.6}, clientFundID=89, triggers=[DRIFT])
    )

    assert shown.pop("id").startswith("fund_")
    assert shown == {
        "userID": ADVISOR,
        "name": "A fund",
        "type": "FUND",
        "clientFundID": "89",
        "description": "Of the example",
        "holdings": [
            {"instrumentID": instrument_id("AAPL"), "target": 0.4},
            {"instrumentID": instrument_id("MSFT"), "target": 0.6},
        ],
        "triggers": [DRIFT],
        "isInstrumentTargetsChanged": False,
        "instrumentTargetsChanged": False,
    }


def test_a_portfolio_as_it_is_shown(harness: Harness) -> None:
    fund = harness.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))
    wanted = portfolio_of({CASH: 0.9939, fund["id"]: 0.0061}, clientPortfolioID=2, triggers=[DRIFT])

    shown = harness.ask("POST", "/managed/portfolios", wanted)

    assert shown.pop("id").startswith("portfolio_")
    of_fund = {name: fund[name] for name in ("id", "name", "type", "clientFundID", "description", "holdings")}
    assert shown == {
        "name": "A portfolio",
        "description": "Of the example",
        "clientPortfolioID": "2",
        "holdings": [{"type": "CASH_RESERVE", "target": 0.9939}, {**of_fund, "target": 0.0061, "triggers": []}],
        "userID": ADVISOR,
        "triggers": [DRIFT],
        "isFundTargetsChanged": False,
        "fundTargetsChanged": False,
    }


def test_funds_and_portfolios_are_changed_and_listed(harness: Harness) -> None:
    fund = harness.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))
    portfolio = harness.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))

    holdings = fund_of({"AAPL": 0.25, "GOOG": 0.75})["holdings"]
    changed = harness.ask("PATCH", f"/managed/funds/{fund['id']}", {"holdings": holdings})
    moved = {"holdings": [{"type": "FUND", "id": fund["id"], "target": 1}], "triggers": [DRIFT]}
    aimed = harness.ask("PATCH", f"/managed/portfolios/{portfolio['id']}", moved)

    assert changed == {**fund, "holdings": holdings}
    assert [holding["type"] for holding in aimed["holdings"]] == ["FUND"]
    assert aimed["triggers"] == [DRIFT]
    for kind, shown in (("funds", changed), ("portfolios", aimed)):
        assert harness.ask("GET", f"/users/{ADVISOR}/managed/{kind}") == [shown]
        assert harness.ask("GET", f"/managed/{kind}/{shown['id']}") == shown
        assert harness.ask("GET", f"/users/somebody-else/managed/{kind}") == []


def test_what_a_change_does_not_name_stays(harness: Harness) -> None:
    fund = harness.ask("POST", "/managed/funds", fund_of({"AAPL": 1}, triggers=[DRIFT]))

    assert harness.ask("PATCH", f"/managed/funds/{fund['id']}", {}) == fund
    assert harness.ask("PATCH", f"/managed/funds/{fund['id']}", {"triggers": []}) == {**fund, "triggers": []}


@pytest.mark.parametrize(
    "weights",
    [
        {"AAPL": 0.9},
        {"AAPL": 0.6, "MSFT": 0.6},
        {"AAPL": 0.33335, "MSFT": 0.66665},
        {"AAPL": -0.1, "MSFT": 1.1},
        {"AAPL": 2, "MSFT": -1},
        {"AAPL": "1"},
        {"AAPL": True},
        {"AAPL": None},
        {"AAPL": float("nan")},
        {},
    ],
)
def test_targets_of_a_fund_sum_to_one_to_the_last_digit(harness: Harness, weights: Mapping[str, Any]) -> None:
    assert harness.refusal("POST", "/managed/funds", fund_of(weights)) == (400, "E032")
    assert not harness.broker.state.funds


@pytest.mark.parametrize(
    "holdings",
    [
        [],
        None,
        "all",
        ["cash"],
        [{"type": "CASH_RESERVE", "target": 0.9999}],
        [{"type": "CASH_RESERVE", "target": 1.1}],
        [{"type": "CASH_RESERVE", "target": 0.5}, {"type": "CASH_RESERVE", "target": 0.5}],
        [{"type": "CASH_RESERVE", "target": 0.5}, {"type": "FUND", "id": "fund_nothing", "target": 0.5}],
        [{"type": "GOLD", "target": 1}],
    ],
)
def test_targets_of_a_portfolio_are_held_to_the_same(harness: Harness, holdings: object) -> None:
    made = harness.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))

    assert harness.refusal("POST", "/managed/portfolios", portfolio_of({}, holdings=holdings)) == (400, "E032")
    changed = harness.refusal("PATCH", f"/managed/portfolios/{made['id']}", {"holdings": holdings})

    assert changed == (400, "E032")
    assert harness.ask("GET", f"/managed/portfolios/{made['id']}") == made


def test_many_small_targets_sum_exactly(harness: Harness) -> None:
    funds = [harness.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))["id"] for _ in range(3)]

    shown = harness.ask(
        "POST", "/managed/portfolios", portfolio_of({funds[0]: 0.3332, funds[1]: 0.3334, funds[2]: 0.3334})
    )

    assert [holding["target"] for holding in shown["holdings"]] == [0.3332, 0.3334, 0.3334]


def test_an_instrument_must_be_there_and_active(harness: Harness) -> None:
    harness.broker.symbols = lambda: {"AAPL": True, "FB": False}

    assert harness.refusal("POST", "/managed/funds", fund_of({"MSFT": 1})) == (404, "I050")
    assert harness.refusal("POST", "/managed/funds", fund_of({"AAPL": 0.5, "FB": 0.5})) == (400, "E032")
    twice = [{"instrumentID": instrument_id("AAPL"), "target": 0.5}] * 2
    assert harness.refusal("POST", "/managed/funds", fund_of({}, holdings=twice)) == (400, "E032")
    assert harness.ask("GET", "/instruments/FB")["status"] == "INACTIVE"


@pytest.mark.parametrize("lacking", ["userID", "clientFundID", "name"])
def test_a_fund_has_names(harness: Harness, lacking: str) -> None:
    assert harness.refusal("POST", "/managed/funds", fund_of({"AAPL": 1}, **{lacking: None})) == (400, "E032")


@pytest.mark.parametrize("triggers", ["often", [1], [{"type": "TOTAL_DRIFT"}], [{**DRIFT, "maxAllowed": 2}]])
def test_a_trigger_is_one(harness: Harness, triggers: object) -> None:
    assert harness.refusal("POST", "/managed/funds", fund_of({"AAPL": 1}, triggers=triggers)) == (400, "E032")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/managed/funds/fund_nothing"),
        ("PATCH", "/managed/portfolios/portfolio_nothing"),
        ("GET", "/managed/funds/fund_nothing"),
        ("GET", "/managed/portfolios/portfolio_nothing"),
        ("GET", "/managed/autopilot/ria_rebalance_nothing"),
        ("GET", "/accounts/nothing/portfolio"),
        ("PATCH", "/accounts/nothing"),
    ],
)
def test_what_is_not_there_is_not_found(harness: Harness, method: str, path: str) -> None:
    assert harness.refusal(method, path, None if method == "GET" else {})[0] == 404


def test_an_account_follows_a_portfolio(harness: Harness) -> None:
    account, made = harness.account(), harness.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))
    assert harness.refusal("GET", f"/accounts/{account['id']}/portfolio") == (404, "P404")

    wanted = {"ria": {"portfolioID": made["id"]}}
    shown = harness.ask("PATCH", f"/accounts/{account['id']}", wanted)

    assert shown["ria"] == {**account["ria"], "portfolioID": made["id"]}
    assert harness.ask("GET", f"/accounts/{account['id']}") == shown
    assert harness.refusal("PATCH", f"/accounts/{account['id']}", {"ria": {"portfolioID": "nothing"}}) == (404, "P404")
    assert harness.refusal("PATCH", f"/accounts/{account['id']}", {}) == (400, "E032")
    assert harness.ask("GET", f"/accounts/{account['id']}/portfolio")["id"] == made["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/managed/portfolios", portfolio_of({CASH: 1})), ("/managed/funds", fund_of({"AAPL": 1}))],
)
def test_only_a_key_keeps_from_making_two(harness: Harness, path: str, body: dict[str, Any]) -> None:
    first = harness.ask("POST", path, body, key="a-key")

    assert harness.ask("POST", path, body, key="a-key") == first
    assert harness.ask("POST", path, body)["id"] != first["id"]
    assert harness.refusal("POST", path, {**body, "name": "Another"}, key="a-key") == (400, "E400")


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("create_portfolio", "POST", "/managed/portfolios"),
        ("update_portfolio", "PATCH", "/managed/portfolios/{portfolio}"),
        ("update_portfolio", "PATCH", "/accounts/{account}"),
        ("create_fund", "POST", "/managed/funds"),
        ("update_fund", "PATCH", "/managed/funds/any"),
        ("create_autopilot_run", "POST", "/managed/autopilot/the-advisor"),
        ("get_status", "GET", "/managed/autopilot/any"),
        ("get_status", "GET", "/accounts/{account}/portfolio"),
        ("get_status", "GET", "/users/the-advisor/managed/portfolios"),
        ("get_status", "GET", "/users/the-advisor/managed/funds"),
    ],
)
def test_calls_fail_by_their_operations(harness: Harness, operation: str, method: str, path: str) -> None:
    advisor = Advisor(harness)
    harness.faults.add("drivewealth", operation, Fault.HTTP_500, 1)

    place = path.format(portfolio=advisor.portfolio_id, account=advisor.account_id)

    assert harness.answer(method, place, None if method == "GET" else {}).status_code == 500
    assert harness.faults.waiting() == {"items": []}


def test_a_portfolio_whose_answer_is_lost_is_there(harness: Harness) -> None:
    harness.faults.add("drivewealth", "create_portfolio", Fault.DROP_AFTER, 1)

    harness.answer("POST", "/managed/portfolios", portfolio_of({CASH: 1}), key="a-key")

    (made,) = harness.ask("GET", f"/users/{ADVISOR}/managed/portfolios")
    assert harness.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}), key="a-key") == made
