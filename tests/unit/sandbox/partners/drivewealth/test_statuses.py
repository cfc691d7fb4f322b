"""Statuses of portfolios at the simulated broker: their format, what is left out, and how they are corrupted."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.partners.drivewealth.managed.instruments import instrument_id
from sandbox.partners.drivewealth.managed.state import Corruption, DueCorruption
from tests.unit.sandbox.partners.drivewealth.advisor import CASH, Advisor, portfolio_of
from tests.unit.sandbox.partners.drivewealth.harness import Harness


def corrupt(advisor: Advisor, corruption: Corruption, times: int = 1) -> None:
    advisor.harness.broker.state.corruptions.append(DueCorruption(advisor.account_id, corruption, times))


def invested(advisor: Advisor) -> str:
    fund = advisor.fund(AAPL=0.4, MSFT=0.6)
    advisor.rebalance({CASH: 0.25, fund: 0.75})
    return fund


def test_the_status_of_a_portfolio(advisor: Advisor) -> None:
    fund = invested(advisor)

    assert advisor.status() == {
        "id": advisor.portfolio_id,
        "equity": 10_000.0,
        "totalDrift": 0.0,
        "rebalanceRequired": False,
        "nextPortfolioRebalance": "2013-02-25T14:30:00.000Z",
        "lastPortfolioRebalance": "2013-02-19T15:32:00.000Z",
        "holdings": [
            {
                "id": "CASH",
                "type": "CASH_RESERVE",
                "name": None,
                "target": 0.25,
                "actual": 0.25,
                "value": 2500.0,
                "rebalanceRequired": False,
                "holdings": None,
            },
            {
                "id": fund,
                "type": "FUND",
                "name": "A fund",
                "target": 0.75,
                "actual": 0.75,
                "value": 7500.0,
                "rebalanceRequired": False,
                "holdings": [
                    {
                        "instrumentID": instrument_id("AAPL"),
                        "symbol": "AAPL",
                        "target": 0.4,
                        "actual": 0.4,
                        "openQty": 49.84970314,
                        "value": 3000.0,
                    },
                    {
                        "instrumentID": instrument_id("MSFT"),
                        "symbol": "MSFT",
                        "target": 0.6,
                        "actual": 0.6,
                        "openQty": 164.41359152,
                        "value": 4500.0,
                    },
                ],
            },
        ],
    }


def test_prices_make_weights_drift(advisor: Advisor) -> None:
    invested(advisor)

    advisor.prices["AAPL"] *= 2
    advisor.harness.ask(
        "PATCH",
        f"/managed/portfolios/{advisor.portfolio_id}",
        {"triggers": [{"type": "TOTAL_DRIFT", "maxAllowed": 0.05}]},
    )

    status = advisor.status()
    assert status["equity"] == 13_000.0
    assert [holding["actual"] for holding in status["holdings"]] == [0.1923, 0.8077]
    assert [holding["actual"] for holding in status["holdings"][1]["holdings"]] == [0.5714, 0.4286]
    assert (status["totalDrift"], status["rebalanceRequired"]) == (0.0577, True)


def test_each_fund_has_its_own_share_of_a_symbol(advisor: Advisor) -> None:
    one, two = advisor.fund(AAPL=1), advisor.fund(AAPL=0.5, GOOG=0.5)
    advisor.rebalance({one: 0.2, two: 0.8})

    quantities = [holding["holdings"][0]["openQty"] for holding in advisor.status()["holdings"]]
    positions = advisor.harness.ask("GET", f"/accounts/{advisor.account_id}/summary/positions")

    assert quantities == [33.23313543, 66.46627086]
    assert positions["equityPositions"][0]["openQty"] == pytest.approx(sum(quantities), abs=1e-9)
    assert positions["equityValue"] == advisor.status()["equity"] == 10_000.0


def test_cash_that_is_neither_there_nor_wanted_is_left_out(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.rebalance({fund: 1})

    assert [holding["id"] for holding in advisor.status()["holdings"]] == [fund]
    advisor.harness.put_in(advisor.account, 1)

    assert [holding["id"] for holding in advisor.status()["holdings"]] == [CASH, fund]
    assert advisor.entry(CASH)["target"] == 0


def test_a_fund_that_is_held_but_not_wanted_has_the_target_nothing(advisor: Advisor) -> None:
    held, unused = advisor.fund(AAPL=1), advisor.fund(MSFT=1)
    advisor.rebalance({CASH: 0.5, held: 0.5})

    advisor.aim({CASH: 1, unused: 0})

    assert [(holding["id"], holding["target"]) for holding in advisor.status()["holdings"]] == [(CASH, 1), (held, 0)]


def test_a_fund_that_is_wanted_and_not_held_yet_is_shown(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.aim({CASH: 0.5, fund: 0.5})

    entry = advisor.entry(fund)

    assert (entry["target"], entry["actual"], entry["value"]) == (0.5, 0.0, 0.0)
    assert entry["holdings"][0]["openQty"] == 0
    assert advisor.status()["lastPortfolioRebalance"] is None


def test_a_status_of_nothing_at_all(harness: Harness) -> None:
    status = Advisor(harness, cash=0).status()

    assert (status["equity"], status["totalDrift"]) == (0.0, 0.0)
    assert [(holding["value"], holding["actual"]) for holding in status["holdings"]] == [(0.0, 0.0)]


def test_negative_cash_shows_as_it_is(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.rebalance({fund: 1})
    advisor.harness.broker.state.account(advisor.account_id).cash_cents = -50_00

    assert (advisor.entry(CASH)["value"], advisor.status()["equity"]) == (-50.0, 9_950.0)
    run = advisor.rebalance({fund: 1})

    assert run["orders"]["amountSells"] == 50.0
    assert (advisor.harness.cash(advisor.account), advisor.status()["equity"]) == (0.0, 9_950.0)


def test_what_has_no_price_any_more_is_worth_what_was_paid_last(advisor: Advisor) -> None:
    invested(advisor)

    advisor.prices.clear()

    assert advisor.status()["equity"] == 10_000.0


def test_positions_of_an_account(advisor: Advisor) -> None:
    fund = advisor.fund(AAPL=1)
    advisor.rebalance({CASH: 0.5, fund: 0.5})
    advisor.prices["AAPL"] *= 2
    advisor.rebalance({CASH: 0.5, fund: 0.5})

    (position,) = advisor.harness.ask("GET", f"/accounts/{advisor.account_id}/summary/positions")["equityPositions"]

    assert position == {
        "symbol": "AAPL",
        "instrumentID": instrument_id("AAPL"),
        "openQty": 62.31212893,
        "availableForWithdrawalQty": None,
        "costBasis": 3750.0,
        "marketValue": 7500.0,
        "side": "B",
        "priorClose": 120.3618,
        "availableForTradingQty": 62.31212893,
        "avgPrice": 60.18,
        "mktPrice": 120.3618,
        "unrealizedPL": 3750.0,
        "unrealizedDayPLPercent": 0.0,
        "unrealizedDayPL": 0.0,
    }


def test_a_corruption_lasts_as_often_as_asked_and_over_a_restart(advisor: Advisor, tmp_path: Path) -> None:
    fine = advisor.status()
    corrupt(advisor, Corruption.NULL_EQUITY, 2)

    assert advisor.status()["equity"] is None
    again = Harness(tmp_path)
    path = f"/accounts/{advisor.account_id}/portfolio"
    assert again.ask("GET", path)["equity"] is None

    assert again.ask("GET", path) == fine


def test_corruptions_are_one_persons_and_come_one_after_the_other(advisor: Advisor) -> None:
    account, _ = advisor.another(100)
    corrupt(advisor, Corruption.NULL_EQUITY)
    corrupt(advisor, Corruption.NO_CASH)

    assert advisor.harness.ask("GET", f"/accounts/{account['id']}/portfolio")["equity"] == 100
    assert advisor.status()["equity"] is None
    assert advisor.status()["holdings"] == []


def _weights(status: dict[str, Any]) -> list[Any]:
    inner = [holding for entry in status["holdings"] for holding in entry["holdings"] or []]
    return [entry["actual"] for entry in (*status["holdings"], *inner)]


def test_weights_may_be_null(advisor: Advisor) -> None:
    invested(advisor)
    corrupt(advisor, Corruption.NULL_WEIGHTS)

    assert _weights(advisor.status()) == [None] * 4


def test_cash_may_be_missing_although_it_is_there(advisor: Advisor) -> None:
    fund = invested(advisor)
    corrupt(advisor, Corruption.NO_CASH)

    assert [holding["id"] for holding in advisor.status()["holdings"]] == [fund]


def test_a_value_may_be_below_nothing(advisor: Advisor) -> None:
    invested(advisor)
    corrupt(advisor, Corruption.NEGATIVE_VALUE)

    assert [holding["value"] for holding in advisor.status()["holdings"]] == [2500.0, -7500.0]


def test_holdings_may_not_sum_to_their_fund(advisor: Advisor) -> None:
    invested(advisor)
    corrupt(advisor, Corruption.SUM_OFF)

    fund = advisor.status()["holdings"][1]
    assert sum(holding["value"] for holding in fund["holdings"]) - fund["value"] == 5


def test_weights_may_sum_to_too_much(advisor: Advisor) -> None:
    invested(advisor)
    corrupt(advisor, Corruption.WEIGHTS_OFF)

    assert sum(holding["actual"] for holding in advisor.status()["holdings"]) == pytest.approx(1.05)


def test_cash_may_have_no_id(advisor: Advisor) -> None:
    fund = invested(advisor)
    corrupt(advisor, Corruption.NULL_CASH_ID)

    assert [holding["id"] for holding in advisor.status()["holdings"]] == [None, fund]


def test_a_value_may_be_text(advisor: Advisor) -> None:
    corrupt(advisor, Corruption.NOT_JSON_NUMBER)

    assert advisor.status()["holdings"][0]["value"] == "10000.00"


def test_every_corruption_is_possible_without_any_fund(advisor: Advisor) -> None:
    advisor.harness.ask(
        "PATCH", f"/managed/portfolios/{advisor.portfolio_id}", {"holdings": portfolio_of({CASH: 1})["holdings"]}
    )
    for corruption in Corruption:
        corrupt(advisor, corruption)
        advisor.status()

    assert advisor.harness.broker.state.corruptions == []
