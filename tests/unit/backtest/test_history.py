"""Days of a panel: adjusted bars for signals, raw ones for fills, and nothing of the day itself before its open."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tests.support.panels import changed, random_panel
from trading.automation.portfolios.models import DayTradingSettings
from trading.backtest.documents import InputHash, days_csv, document, trades_csv
from trading.backtest.engine import Engine
from trading.backtest.history import PanelHistory
from trading.backtest.models import DayInput, Run
from trading.backtest.summary import benchmarks_of, summary_of
from trading.markets.costs import PAPER_COSTS, SEED_COSTS
from trading.markets.models import Exchange
from trading.signals.models import Recommendation
from trading.signals.panel import DailyPanel

BANKROLL = 1_000_000


def days_of(panel: DailyPanel) -> list[DayInput]:
    return list(PanelHistory(panel).days())


def signals_of(day: DayInput) -> tuple[Recommendation, ...]:
    return tuple(one for one in day.signals.recommendations if one.previous_close) if day.signals else ()


def run_of(panel: DailyPanel) -> Run:
    return Run(BANKROLL, tuple(Engine(DayTradingSettings()).run(Exchange.NASDAQ, BANKROLL, days_of(panel))))


@pytest.fixture(scope="module")
def panel() -> DailyPanel:
    return random_panel(90, 4)


def test_what_comes_later_changes_no_signal(panel: DailyPanel) -> None:
    later = {name: np.array(getattr(panel, name)) for name in ("open", "high", "low", "close", "volume")}
    for values in later.values():
        values[80:] *= 1.3

    pairs = list(zip(days_of(panel), days_of(changed(panel, **later)), strict=True))

    day = panel.days[80].item()
    assert all(one.signals == other.signals for one, other in pairs if one.day.day <= day)
    assert all(one.signals != other.signals for one, other in pairs if one.day.day > day)


def split(panel: DailyPanel, row: int, ratio: float) -> DailyPanel:
    """Return the same adjusted bars of shares that became so many each before a day: they cost as much more before."""
    factor = np.array(panel.factor)
    factor[:row] *= ratio
    return changed(panel, factor=factor)


def test_fills_are_in_the_prices_of_the_day_and_a_split_moves_no_signal(panel: DailyPanel) -> None:
    ex_date = panel.days[85].item()

    for plain, doubled in zip(days_of(panel), days_of(split(panel, 85, 2)), strict=True):
        times = 2 if plain.day.day < ex_date else 1
        assert {symbol: times * bar.open for symbol, bar in plain.bars.items()} == pytest.approx(
            {symbol: bar.open for symbol, bar in doubled.bars.items()}, abs=Decimal("0.0002")
        )
        # On the ex-date itself the close before and the range are in the shares of that day.
        for one, other in zip(signals_of(plain), signals_of(doubled), strict=True):
            assert (one.predicted_return, one.excluded) == (other.predicted_return, other.excluded)
            assert one.previous_close is not None
            assert other.previous_close == pytest.approx(times * one.previous_close, abs=Decimal("0.0002"))


def test_a_split_over_night_is_no_gap(panel: DailyPanel) -> None:
    ex_date = panel.days[85].item()

    (plain,) = (day for day in run_of(panel).days if day.day == ex_date)
    (doubled,) = (day for day in run_of(split(panel, 85, 2)).days if day.day == ex_date)

    assert plain.trades
    assert [(trade.symbol, trade.entry_price) for trade in plain.trades] == [
        (trade.symbol, trade.entry_price) for trade in doubled.trades
    ]
    assert plain.skipped == doubled.skipped


def hashed(panel: DailyPanel, **settings: object) -> str:
    hashing = InputHash(settings)
    assert list(hashing.passing(PanelHistory(panel).days()))
    return hashing.text


def test_the_same_run_has_the_same_hash(panel: DailyPanel) -> None:
    dearer = changed(panel, close=np.array(panel.close) * 1.0001)

    assert hashed(panel, costs="paper") == hashed(panel, costs="paper")
    assert len({hashed(panel, costs="paper"), hashed(panel, costs="seed"), hashed(dearer, costs="paper")}) == 3


def test_the_same_run_gives_the_same_documents(panel: DailyPanel) -> None:
    first, again = run_of(panel), run_of(panel)

    assert trades_csv(first) == trades_csv(again)
    assert days_csv(first) == days_csv(again)
    assert document(first, {}, summary_of(first, "s")) == document(again, {}, summary_of(again, "s"))
    assert "NaN" not in document(first, {}, summary_of(first, "s"))


def test_the_summary_adds_up(panel: DailyPanel) -> None:
    run = run_of(panel)
    summary = summary_of(run, "s")

    assert summary["final_cents"] - BANKROLL == sum(trade.pnl_cents for trade in run.trades)
    assert summary["total"] == pytest.approx(summary["final_cents"] / BANKROLL - 1)
    assert summary["annual"] is None
    assert sum(summary["exits"].values()) == summary["trades"] == len(run.trades)


def test_a_run_without_days_has_no_figures() -> None:
    summary = summary_of(Run(BANKROLL, ()), "s")

    assert (summary["final_cents"], summary["total"], summary["net_bp"]) == (BANKROLL, None, None)


def test_buying_everything_costs_and_holding_does_not(panel: DailyPanel) -> None:
    days = days_of(panel)
    paper, seed = benchmarks_of(days, PAPER_COSTS), benchmarks_of(days, SEED_COSTS)

    assert paper.index == seed.index
    assert all(cheap > dear for cheap, dear in zip(paper.buy_all, seed.buy_all, strict=True) if cheap)


def test_holding_over_a_split_is_no_loss(panel: DailyPanel) -> None:
    plain = benchmarks_of(days_of(panel), PAPER_COSTS)
    doubled = benchmarks_of(days_of(split(panel, 85, 2)), PAPER_COSTS)

    assert any(plain.index)
    assert doubled.index == pytest.approx(plain.index, abs=1e-5)


def test_only_sessions_in_the_span_are_days(panel: DailyPanel) -> None:
    since, until = date(2013, 1, 2), date(2013, 1, 31)

    assert {day.day.day.month for day in PanelHistory(panel).days(since, until)} == {1}
