"""Bars in the terms of today, after what companies announced."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.partners.market_data.adjustment import adjusted
from sandbox.partners.market_data.simulator import MarketSimulator
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Bar, Exchange

DAYS = tuple(date(2013, 2, day) for day in (18, 19, 20, 21))
TODAY = date(2013, 2, 21)


def bars(*closes: str) -> list[Bar]:
    return [
        Bar("X", day, *(Decimal(close) + offset for offset in (0, 1, -1, 0)), volume=1000)
        for day, close in zip(DAYS, closes, strict=True)
    ]


def split(on: date, old: int = 1, new: int = 10) -> CorporateAction:
    return CorporateAction(
        ActionKind.SPLIT, Exchange.NASDAQ, "X", on, Terms(old_rate=Decimal(old), new_rate=Decimal(new))
    )


def dividend(on: date, cash: str) -> CorporateAction:
    return CorporateAction(ActionKind.DIVIDEND, Exchange.NASDAQ, "X", on, Terms(cash_rate=Decimal(cash)))


def closes(found: list[Bar]) -> list[str]:
    return [str(bar.close) for bar in found]


def test_a_split_moves_what_lies_before_its_ex_date() -> None:
    found = adjusted(bars("100", "110", "11", "12"), [split(DAYS[2])], TODAY)

    assert closes(found) == ["10.0000", "11.0000", "11", "12"]
    assert [bar.volume for bar in found] == [10_000, 10_000, 1000, 1000]
    assert (found[0].open, found[0].high, found[0].low) == (Decimal(10), Decimal("10.1"), Decimal("9.9"))


def test_a_dividend_moves_by_its_share_of_the_last_close() -> None:
    found = adjusted(bars("100", "200", "198", "199"), [dividend(DAYS[2], "2")], TODAY)

    assert closes(found) == ["99.0000", "198.0000", "198", "199"]
    assert {bar.volume for bar in found} == {1000}


@pytest.mark.parametrize(
    ("prices", "actions", "expected"),
    [
        (["100", "50", "50", "49"], [split(DAYS[1], new=2), dividend(DAYS[3], "1")], ["49.0000"] * 3 + ["49"]),
        (["100", "98", "49", "49"], [split(DAYS[2], new=2), dividend(DAYS[1], "2")], ["49.0000"] * 2 + ["49", "49"]),
        (
            ["100", "98", "96.04", "96"],
            [dividend(DAYS[2], "1.96"), dividend(DAYS[1], "2")],
            ["96.0400", "96.0400", "96.04", "96"],
        ),
    ],
    ids=["a split, then a dividend", "a dividend, then a split", "two dividends"],
)
def test_later_actions_move_what_earlier_ones_moved(
    prices: list[str], actions: list[CorporateAction], expected: list[str]
) -> None:
    assert closes(adjusted(bars(*prices), actions, TODAY)) == expected


@pytest.mark.parametrize(
    "action",
    [split(date(2013, 2, 22)), split(DAYS[2]).cancelled, split(DAYS[0]), dividend(DAYS[2], "900")],
    ids=["to come", "called off", "before all bars", "more than the price"],
)
def test_what_moves_nothing(action: CorporateAction) -> None:
    before = bars("100", "110", "11", "12")

    assert adjusted(before, [action], TODAY) == before


def test_the_provider_gives_bars_both_ways(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path / "market")
    market.load_csv(
        "symbol,date,open,high,low,close,volume\nX,2013-02-19,100,120,90,110,500\nX,2013-02-20,11,12,9,10,500"
    )
    market.actions.put([split(date(2013, 2, 20))])
    now, page = datetime(2013, 2, 20, 22, tzinfo=UTC), (0, 9)

    found = {
        is_raw: market.daily_bars(["X"], (DAYS[0], DAYS[3]), now, page=page, is_raw=is_raw)["bars"]["X"]
        for is_raw in (True, False)
    }

    assert [bar["c"] for bar in found[True]] == [110, 10]
    assert [(bar["c"], bar["v"]) for bar in found[False]] == [(11, 5000), (10, 500)]
