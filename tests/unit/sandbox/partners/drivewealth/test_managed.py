"""Funds and portfolios at the simulated broker: their formats and their rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from tests.unit.sandbox.partners.drivewealth.advisor import ADVISOR, CASH, Advisor, fund_of, portfolio_of
from tests.unit.sandbox.partners.drivewealth.bench import Bench

DRIFT = {"child": None, "maxAllowed": 0.1, "lowerBound": None, "upperBound": None, "type": "TOTAL_DRIFT"}


def test_a_fund_as_it_is_shown(bench: Bench) -> None:
    told = bench.ask("POST", "/managed/funds", fund_of({"AAPL": 0.4, "MSFT": 0.6}, clientFundID=89, triggers=[DRIFT]))

    assert told.pop("id").startswith("fund_")
    assert told == {
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


def test_a_portfolio_as_it_is_shown(bench: Bench) -> None:
    fund = bench.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))
    wanted = portfolio_of({CASH: 0.9939, fund["id"]: 0.0061}, clientPortfolioID=2, triggers=[DRIFT])

    told = bench.ask("POST", "/managed/portfolios", wanted)

    assert told.pop("id").startswith("portfolio_")
    of_fund = {name: fund[name] for name in ("id", "name", "type", "clientFundID", "description", "holdings")}
    assert told == {
        "name": "A portfolio",
        "description": "Of the example",
        "clientPortfolioID": "2",
        "holdings": [{"type": "CASH_RESERVE", "target": 0.9939}, {**of_fund, "target": 0.0061, "triggers": []}],
        "userID": ADVISOR,
        "triggers": [DRIFT],
        "isFundTargetsChanged": False,
        "fundTargetsChanged": False,
    }


def test_funds_and_portfolios_are_changed_and_listed(bench: Bench) -> None:
    fund = bench.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))
    portfolio = bench.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))

    holdings = fund_of({"AAPL": 0.25, "GOOG": 0.75})["holdings"]
    changed = bench.ask("PATCH", f"/managed/funds/{fund['id']}", {"holdings": holdings})
    moved = {"holdings": [{"type": "FUND", "id": fund["id"], "target": 1}], "triggers": [DRIFT]}
    aimed = bench.ask("PATCH", f"/managed/portfolios/{portfolio['id']}", moved)

    assert changed == {**fund, "holdings": holdings}
    assert [holding["type"] for holding in aimed["holdings"]] == ["FUND"]
    assert aimed["triggers"] == [DRIFT]
    for kind, told in (("funds", changed), ("portfolios", aimed)):
        assert bench.ask("GET", f"/users/{ADVISOR}/managed/{kind}") == [told]
        assert bench.ask("GET", f"/managed/{kind}/{told['id']}") == told
        assert bench.ask("GET", f"/users/somebody-else/managed/{kind}") == []


def test_what_a_change_does_not_name_stays(bench: Bench) -> None:
    fund = bench.ask("POST", "/managed/funds", fund_of({"AAPL": 1}, triggers=[DRIFT]))

    assert bench.ask("PATCH", f"/managed/funds/{fund['id']}", {}) == fund
    assert bench.ask("PATCH", f"/managed/funds/{fund['id']}", {"triggers": []}) == {**fund, "triggers": []}


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
def test_targets_of_a_fund_sum_to_one_to_the_last_digit(bench: Bench, weights: Mapping[str, Any]) -> None:
    assert bench.refusal("POST", "/managed/funds", fund_of(weights)) == (400, "E032")
    assert not bench.broker.state.funds


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
def test_targets_of_a_portfolio_are_held_to_the_same(bench: Bench, holdings: object) -> None:
    made = bench.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))

    assert bench.refusal("POST", "/managed/portfolios", portfolio_of({}, holdings=holdings)) == (400, "E032")
    changed = bench.refusal("PATCH", f"/managed/portfolios/{made['id']}", {"holdings": holdings})

    assert changed == (400, "E032")
    assert bench.ask("GET", f"/managed/portfolios/{made['id']}") == made


def test_many_small_targets_sum_exactly(bench: Bench) -> None:
    funds = [bench.ask("POST", "/managed/funds", fund_of({"AAPL": 1}))["id"] for _ in range(3)]

    told = bench.ask(
        "POST", "/managed/portfolios", portfolio_of({funds[0]: 0.3332, funds[1]: 0.3334, funds[2]: 0.3334})
    )

    assert [holding["target"] for holding in told["holdings"]] == [0.3332, 0.3334, 0.3334]


def test_an_instrument_must_be_there_and_active(bench: Bench) -> None:
    bench.broker.symbols = lambda: {"AAPL": True, "FB": False}

    assert bench.refusal("POST", "/managed/funds", fund_of({"MSFT": 1})) == (404, "I050")
    assert bench.refusal("POST", "/managed/funds", fund_of({"AAPL": 0.5, "FB": 0.5})) == (400, "E032")
    twice = [{"instrumentID": instrument_id("AAPL"), "target": 0.5}] * 2
    assert bench.refusal("POST", "/managed/funds", fund_of({}, holdings=twice)) == (400, "E032")
    assert bench.ask("GET", "/instruments/FB")["status"] == "INACTIVE"


@pytest.mark.parametrize("lacking", ["userID", "clientFundID", "name"])
def test_a_fund_has_names(bench: Bench, lacking: str) -> None:
    assert bench.refusal("POST", "/managed/funds", fund_of({"AAPL": 1}, **{lacking: None})) == (400, "E032")


@pytest.mark.parametrize("triggers", ["often", [1], [{"type": "TOTAL_DRIFT"}], [{**DRIFT, "maxAllowed": 2}]])
def test_a_trigger_is_one(bench: Bench, triggers: object) -> None:
    assert bench.refusal("POST", "/managed/funds", fund_of({"AAPL": 1}, triggers=triggers)) == (400, "E032")


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
def test_what_is_not_there_is_not_found(bench: Bench, method: str, path: str) -> None:
    assert bench.refusal(method, path, None if method == "GET" else {})[0] == 404


def test_an_account_follows_a_portfolio(bench: Bench) -> None:
    account, made = bench.account(), bench.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}))
    assert bench.refusal("GET", f"/accounts/{account['id']}/portfolio") == (404, "P404")

    wanted = {"ria": {"portfolioID": made["id"]}}
    told = bench.ask("PATCH", f"/accounts/{account['id']}", wanted)

    assert told["ria"] == {**account["ria"], "portfolioID": made["id"]}
    assert bench.ask("GET", f"/accounts/{account['id']}") == told
    assert bench.refusal("PATCH", f"/accounts/{account['id']}", {"ria": {"portfolioID": "nothing"}}) == (404, "P404")
    assert bench.refusal("PATCH", f"/accounts/{account['id']}", {}) == (400, "E032")
    assert bench.ask("GET", f"/accounts/{account['id']}/portfolio")["id"] == made["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/managed/portfolios", portfolio_of({CASH: 1})), ("/managed/funds", fund_of({"AAPL": 1}))],
)
def test_only_a_key_keeps_from_making_two(bench: Bench, path: str, body: dict[str, Any]) -> None:
    first = bench.ask("POST", path, body, key="a-key")

    assert bench.ask("POST", path, body, key="a-key") == first
    assert bench.ask("POST", path, body)["id"] != first["id"]
    assert bench.refusal("POST", path, {**body, "name": "Another"}, key="a-key") == (400, "E400")


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
def test_calls_fail_by_their_operations(bench: Bench, operation: str, method: str, path: str) -> None:
    advisor = Advisor(bench)
    bench.faults.add("drivewealth", operation, Fault.HTTP_500, 1)

    place = path.format(portfolio=advisor.portfolio_id, account=advisor.account_id)

    assert bench.answer(method, place, None if method == "GET" else {}).status_code == 500
    assert bench.faults.waiting() == {"items": []}


def test_a_portfolio_whose_answer_is_lost_is_there(bench: Bench) -> None:
    bench.faults.add("drivewealth", "create_portfolio", Fault.DROP_AFTER, 1)

    bench.answer("POST", "/managed/portfolios", portfolio_of({CASH: 1}), key="a-key")

    (made,) = bench.ask("GET", f"/users/{ADVISOR}/managed/portfolios")
    assert bench.ask("POST", "/managed/portfolios", portfolio_of({CASH: 1}), key="a-key") == made
