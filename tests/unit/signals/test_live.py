"""What recommendations came to: what would have been bought, after costs, beside what was promised."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.unit.signals.test_gate import PROVEN
from trading.markets.models import Bar, Exchange
from trading.signals.figures import LiveFigures
from trading.signals.gate import judge
from trading.signals.live import live_day, live_figures
from trading.signals.models import Assessment, Exclusion, LiveDay, Recommendation, SignalSet, Source

DAY = date(2013, 2, 19)


def recommendation(symbol: str, predicted: str | None) -> Recommendation:
    return Recommendation(symbol, Decimal(predicted) if predicted else None, Decimal("0.02"), None, Decimal(100))


def published(**predicted: str | None) -> SignalSet:
    items = tuple(recommendation(symbol, value) for symbol, value in predicted.items())
    return SignalSet(Exchange.NASDAQ, DAY, Source.BASELINE, "v", items, Assessment("baseline-1"), feature_drift=0.03)


def bar(symbol: str, opened: str, closed: str) -> Bar:
    low, high = sorted((Decimal(opened), Decimal(closed)))
    return Bar(symbol, DAY, Decimal(opened), high, low, Decimal(closed), 1000)


def lived(number: int, *, net: float, trades: int = 5) -> LiveDay:
    return LiveDay(DAY - timedelta(days=number), "baseline-1", 10, trades, 3, net + 0.005, net, 0.05, 0.5, 1.0, 0.1)


def test_a_trade_pays_the_round_trip_at_its_open() -> None:
    day = live_day(published(AAPL="0.02"), {"AAPL": bar("AAPL", "100", "101")}, {"AAPL"})

    # 2 (0.0005 x 100 + 0.0035) = 0.107 dollars of 100
    assert (day.trades, day.gained, day.model, day.feature_drift) == (1, 1, "baseline-1", 0.03)
    assert (day.gross, day.net) == (pytest.approx(0.01), pytest.approx(0.00893))
    assert day.promised == pytest.approx(0.02)


def test_what_moved_less_than_its_costs_did_not_gain() -> None:
    assert live_day(published(AAPL="0.02"), {"AAPL": bar("AAPL", "100", "100.1")}, {"AAPL"}).gained == 0


def test_what_was_not_chosen_or_has_no_bar_is_no_trade() -> None:
    signals = published(AAPL="0.02", MSFT="0.001", HALTED="0.03", BROKEN=None)
    bars = {symbol: bar(symbol, "100", "101") for symbol in ("AAPL", "MSFT", "BROKEN")}

    day = live_day(signals, bars, {"AAPL", "HALTED", "BROKEN"})

    assert (day.recommended, day.trades) == (2, 1)


def test_the_slope_says_how_much_of_the_differences_in_promises_came() -> None:
    signals = published(A="0.01", B="0.02", C="0.03")
    bars = {"A": bar("A", "100", "100.5"), "B": bar("B", "100", "101"), "C": bar("C", "100", "101.5")}

    day = live_day(signals, bars, set())

    assert day.shared_spread / day.own_spread == pytest.approx(0.5)
    assert day.rank_ic == pytest.approx(1)


def test_the_error_of_a_trade_counts_the_trades_of_a_day_as_one_draw() -> None:
    figures = live_figures([lived(0, net=0.01), lived(1, net=-0.005)])

    # m = 0.005 / 10, s.e. = sqrt(0.0075^2 + 0.0075^2) / 10
    assert figures.net_bp == pytest.approx(5)
    assert figures.net_bp_se == pytest.approx(10.6066, abs=1e-4)
    assert figures.net_t == pytest.approx(0.4714, abs=1e-4)
    assert (figures.sessions, figures.trades, figures.hit_rate) == (2, 10, 0.6)
    assert (figures.promised_bp, figures.slope, figures.rank_ic) == (pytest.approx(100), 0.5, pytest.approx(0.1))


def test_the_last_60_sessions_with_a_trade_count() -> None:
    days = [lived(number, net=-0.01 - number / 1e5, trades=number % 2) for number in range(200)]

    figures = live_figures(days)

    assert (figures.sessions, figures.until, figures.since) == (
        60,
        DAY - timedelta(days=1),
        DAY - timedelta(days=119),
    )
    assert not judge(PROVEN, figures).is_proven


def test_nothing_live_is_no_figure() -> None:
    assert live_figures([]) == LiveFigures()
    assert live_figures([replace(lived(0, net=0.01), own_spread=0.0)]).slope is None


def test_who_may_not_be_bought_promised_nothing() -> None:
    signals = published(A="0.01", B="0.02", C="0.03", SPLIT="-0.025")
    *allowed, split = signals.recommendations
    held_out = replace(split, excluded=Exclusion.UNADJUSTED_SPLIT)
    closes = {"A": "100.5", "B": "101", "C": "101.5", "SPLIT": "110"}
    bars = {symbol: bar(symbol, "100", closed) for symbol, closed in closes.items()}

    day = live_day(replace(signals, recommendations=(*allowed, held_out)), bars, set())

    assert day.recommended == 3
    assert day.shared_spread / day.own_spread == pytest.approx(0.5)
    assert day.rank_ic == pytest.approx(1)


def test_who_trades_nothing_drifts_all_the_same() -> None:
    quiet = [replace(lived(number, net=0.0, trades=0), feature_drift=0.4) for number in range(60)]

    figures = live_figures([*quiet, lived(60, net=0.01)])

    assert (figures.sessions, figures.trades) == (1, 5)
    assert (figures.feature_drift, figures.slope) == (pytest.approx(0.4), 0.5)
    assert live_figures(quiet) == replace(
        LiveFigures(), feature_drift=figures.feature_drift, slope=figures.slope, slope_se=figures.slope_se,
        rank_ic=figures.rank_ic, rank_ic_se=figures.rank_ic_se,
    )  # fmt: skip
