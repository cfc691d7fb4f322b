"""Each feature against plain Python that follows the table of formulas, word by word."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from tests.support.panels import TRADE_DATE, changed, random_panel, without_bar
from trading.signals.features import (
    BARS,
    BLOCK,
    FEATURES,
    RANKED,
    WINDOW,
    centered_ranks,
    features_of,
    window_of,
)
from trading.signals.panel import DailyPanel, open_to_close

Bars = Sequence[float]


def everybody(panel: DailyPanel) -> np.ndarray:
    return np.ones(len(panel.symbols), dtype=bool)


def scores(panel: DailyPanel, column: int = 0) -> dict[str, float]:
    row = features_of(window_of(panel, TRADE_DATE), everybody(panel))[column]
    return dict(zip(FEATURES, row.tolist(), strict=True))


def mean(values: Sequence[float], last: int) -> float:
    return statistics.fmean(values[-last:])


def ema(values: Sequence[float], span: int) -> list[float]:
    found = [values[0]]
    for value in values[1:]:
        found.append(found[-1] * (1 - 2 / (span + 1)) + value * 2 / (span + 1))
    return found


def worked_out(bars: Sequence[Bars], market: Sequence[float]) -> dict[str, float]:
    o, h, low, c, volume = bars
    r = [math.log(b / a) for a, b in pairwise(c)]
    g = [math.log(b / a) for a, b in zip(c[:-1], o[1:], strict=True)]
    d = [math.log(b / a) for a, b in zip(o, c, strict=True)]
    v = [math.log(1 + price * count) for price, count in zip(c, volume, strict=True)]
    ranges = [max(h[k] - low[k], abs(h[k] - c[k - 1]), abs(low[k] - c[k - 1])) for k in range(1, len(c))]
    places = [(2 * c[k] - h[k] - low[k]) / (h[k] - low[k]) for k in range(len(c))]
    up, down = mean([max(x, 0) for x in r], 14), mean([max(-x, 0) for x in r], 14)
    m = [a - b for a, b in zip(ema(c, 12), ema(c, 26), strict=True)]
    ret = {n: math.log(c[-1] / c[-1 - n]) for n in (1, 2, 5, 10, 20, 60)}
    vol = {n: statistics.stdev(r[-n:]) for n in (10, 20, 60)}
    spans = [math.log(a / b) ** 2 for a, b in zip(h, low, strict=True)]
    return {
        **{f"ret_{n}": ret[n] for n in ret},
        **{f"day_{n}": mean(d, n) for n in (1, 5, 20)},
        **{f"night_{n}": mean(g, n) for n in (5, 20)},
        "vol_10": vol[10],
        "vol_20": vol[20],
        "vol_ratio": math.log(vol[10] / vol[60]),
        "parkinson_20": math.sqrt(mean(spans, 20) / (4 * math.log(2))),
        "atr_14": mean(ranges, 14) / c[-1],
        "rsi_14": up / (up + down) - 0.5,
        "macd": (m[-1] - ema(m, 9)[-1]) / c[-1],
        "place_1": places[-1],
        "place_5": mean(places, 5),
        "dollars_20": mean(v, 20),
        "volume_1": v[-1] - mean(v, 20),
        "volume_5": mean(v, 5) - mean(v, 20),
        "high_20": math.log(c[-1] / max(h[-20:])),
        "low_20": math.log(c[-1] / min(low[-20:])),
        **{f"market_{n}": sum(market[-n:]) for n in (1, 5, 20)},
        "market_vol_20": statistics.stdev(market[-20:]),
        "rel_5": ret[5] - sum(market[-5:]),
        "rel_20": ret[20] - sum(market[-20:]),
        **{f"z_{n}": ret[n] / (vol[20] * math.sqrt(n)) for n in (1, 5, 20)},
        "beta_60": statistics.covariance(r, market) / statistics.variance(market),
    }


def series(panel: DailyPanel, column: int) -> list[list[float]]:
    names = ("open", "high", "low", "close", "volume")
    return [getattr(panel, name)[-BARS:, column].tolist() for name in names]


def market_of(panel: DailyPanel) -> list[float]:
    """Return the mean day return over all, of the last 60 sessions."""
    closes = [series(panel, column)[3] for column in range(len(panel.symbols))]
    returns = [[math.log(b / a) for a, b in pairwise(c)] for c in closes]
    return [statistics.fmean(day) for day in zip(*returns, strict=True)]


def test_each_formula_of_three_symbols() -> None:
    panel = random_panel(90, 3)

    for column in range(3):
        found = scores(panel, column)
        expected = worked_out(series(panel, column), market_of(panel))

        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert set(found) - set(expected) == {f"rank_{name}" for name in RANKED}


def with_closes(closes: Sequence[float]) -> DailyPanel:
    """Return a symbol that opens where it closed before, and whose range is no wider than open and close."""
    panel = random_panel(len(closes))
    close = np.array(closes, dtype=float)[:, np.newaxis]
    opened = np.vstack((close[:1], close[:-1]))
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    return changed(panel, open=opened, high=high, low=low, close=close, volume=np.full(close.shape, 1e6))


def test_a_price_that_goes_to_and_fro_has_features_worked_out_on_paper() -> None:
    # Closes 100, 110, ..., 100: each return is ln 1.1 = 0.0953101798 up or down; one million shares a day.
    found = scores(with_closes([100, 110] * 30 + [100]))

    assert found == pytest.approx(
        {
            "ret_1": -0.0953101798,
            "ret_2": 0,
            "ret_5": -0.0953101798,
            "ret_10": 0,
            "ret_20": 0,
            "ret_60": 0,
            "day_1": -0.0953101798,
            "day_5": -0.0953101798 / 5,
            "day_20": 0,
            "night_5": 0,
            "night_20": 0,
            "vol_10": 0.0953101798 * math.sqrt(10 / 9),
            "vol_20": 0.0953101798 * math.sqrt(20 / 19),
            "vol_ratio": math.log(10 / 9 * 59 / 60) / 2,
            "parkinson_20": 0.0953101798 / math.sqrt(4 * 0.6931471806),
            "atr_14": 0.1,
            "rsi_14": 0,
            "macd": found["macd"],
            "place_1": -1,
            "place_5": -0.2,
            "dollars_20": 18.4683358,
            "volume_1": -0.0476550898,
            "volume_5": -0.00953101798,
            "high_20": -0.0953101798,
            "low_20": 0,
            "market_1": -0.0953101798,
            "market_5": -0.0953101798,
            "market_20": 0,
            "market_vol_20": 0.0953101798 * math.sqrt(20 / 19),
            "rel_5": 0,
            "rel_20": 0,
            "z_1": -math.sqrt(19 / 20),
            "z_5": -math.sqrt(19 / 20) / math.sqrt(5),
            "z_20": 0,
            "beta_60": 1,
            **{f"rank_{name}": 0 for name in RANKED},
        },
        rel=1e-7,
        abs=1e-12,
    )


def test_macd_of_a_jump_on_the_last_day() -> None:
    # m = 13 (2/13 - 2/27); its own average follows by a fifth, so four fifths of it are left.
    found = scores(with_closes([100] * 60 + [113]))

    assert found["macd"] == pytest.approx(0.8 * 13 * (2 / 13 - 2 / 27) / 113, rel=1e-12)
    assert found["rsi_14"] == 0.5


def test_a_price_that_did_not_move_for_two_weeks_is_not_scored() -> None:
    still = with_closes([100, 110] * 25 + [100] * 11)
    lively = with_closes([100, 110] * 25 + [100] * 10 + [101])

    assert np.isnan(features_of(still, everybody(still))).all()
    assert np.isfinite(features_of(lively, everybody(lively))).all()


def test_ranks_lie_between_minus_and_plus_a_half() -> None:
    ranks = centered_ranks(np.arange(20.0)[::-1])

    assert ranks.tolist() == pytest.approx([0.475 - 0.05 * place for place in range(20)])
    assert ranks.sum() == pytest.approx(0)


def test_ties_share_the_average_of_their_ranks() -> None:
    ranks = centered_ranks(np.array([1.0, 2.0, 2.0, 2.0, *range(3, 19)]))

    assert ranks[0] == pytest.approx(0.5 / 20 - 0.5)
    assert ranks[1:4].tolist() == pytest.approx([2.5 / 20 - 0.5] * 3)
    assert ranks[4] == pytest.approx(4.5 / 20 - 0.5)


def test_under_twenty_nobody_has_a_rank() -> None:
    assert centered_ranks(np.arange(19.0)).tolist() == [0] * 19
    assert scores(random_panel(64, 19))["rank_ret_1"] == 0
    assert scores(random_panel(64, 20))["rank_ret_1"] != 0


def test_ranks_are_of_the_features_and_over_the_eligible_alone() -> None:
    panel = random_panel(64, 30)
    chosen = np.arange(30) < 24

    rows = features_of(panel, chosen)

    for name in RANKED:
        values, ranks = (rows[:24, FEATURES.index(column)] for column in (name, f"rank_{name}"))
        assert ranks.tolist() == pytest.approx([((values < value).sum() + 0.5) / 24 - 0.5 for value in values])
    assert np.isnan(rows[24:]).all()


def test_the_market_is_the_mean_of_the_eligible_alone() -> None:
    panel = random_panel(64, 5)
    chosen = np.array([True, True, False, True, False])

    row = features_of(panel, chosen)[0]

    expected = market_of(panel.columns(np.flatnonzero(chosen)))
    assert row[FEATURES.index("market_1")] == pytest.approx(expected[-1])
    assert row[FEATURES.index("market_20")] == pytest.approx(sum(expected[-20:]))


def test_a_symbol_with_sixty_bars_or_without_the_last_is_not_scored() -> None:
    short, whole = random_panel(60), random_panel(61)

    assert np.isnan(features_of(short, everybody(short))).all()
    assert np.isfinite(features_of(whole, everybody(whole))).all()
    halted = without_bar(random_panel(64, 2), -1)
    assert np.isnan(features_of(halted, everybody(halted))).all(axis=1).tolist() == [True, False]


@pytest.mark.parametrize("missing", [(30,), (1, 30, 62), (61, 62)])
def test_a_symbol_that_was_halted_is_scored_by_its_own_last_bars(missing: tuple[int, ...]) -> None:
    panel = random_panel(64, 3)
    for row in missing:
        panel = without_bar(panel, row)
    traded = panel.columns([0])
    rows = np.flatnonzero(traded.has_bar[:, 0])[-BARS:]

    found = scores(panel)

    own = [getattr(traded, name)[rows, 0].tolist() for name in ("open", "high", "low", "close", "volume")]
    expected = worked_out(own, [0.01 * (-1) ** place for place in range(60)])
    of_market = ("market", "rel", "beta")
    for name, value in expected.items():
        if not name.startswith(of_market):
            assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name


def test_the_beta_of_a_halted_symbol_is_over_the_sessions_that_it_traded_in() -> None:
    panel = without_bar(random_panel(64, 3), 40)
    closes = panel.close
    returns = np.log(closes[1:] / closes[:-1])
    returns[40, 0] = math.log(closes[41, 0] / closes[39, 0])
    market = np.nanmean(returns, axis=1)[-60:]

    same = ~np.isnan(returns[-60:, 0])
    own, others = returns[-60:, 0][same].tolist(), market[same].tolist()

    expected = statistics.covariance(own, others) / statistics.variance(others)
    assert scores(panel)["beta_60"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("open", "high", "low", "volume") for value in (math.nan, math.inf, -1e12)),
        *(("close", value) for value in (math.inf, -1.0, 0.0)),
    ],
)
def test_a_bar_that_is_no_number_costs_that_symbol_alone(name: str, value: float) -> None:
    panel = random_panel(64, 3)
    values = getattr(panel, name).copy()
    values[-3, 1] = value

    rows = features_of(changed(panel, **{name: values}), everybody(panel))

    assert np.isnan(rows[1]).all()
    assert np.isfinite(rows[[0, 2]]).all()


def test_days_without_a_trade_are_scored() -> None:
    panel = random_panel(64, 2)
    volume = panel.volume.copy()
    volume[-8, 0] = 0

    assert np.isfinite(features_of(changed(panel, volume=volume), everybody(panel))).all()


def test_nobody_eligible_and_nobody_at_all() -> None:
    panel = random_panel(64, 2)

    assert np.isnan(features_of(panel, np.zeros(2, dtype=bool))).all()
    assert features_of(panel.columns([]), np.zeros(0, dtype=bool)).shape == (0, len(FEATURES))
    assert features_of(panel.last(0), np.ones(2, dtype=bool)).shape == (2, len(FEATURES))


def test_a_symbol_alone_in_its_block_has_the_bits_that_it_has_among_others() -> None:
    panel = random_panel(WINDOW, BLOCK + 2)
    fewer = panel.columns(range(BLOCK + 1))
    own = [place for place, name in enumerate(FEATURES) if not name.startswith(("market", "rel", "beta", "rank"))]

    alone, among = (features_of(found, everybody(found))[BLOCK, own] for found in (fewer, panel))

    assert alone.tobytes() == among.tobytes()


def test_a_longer_history_is_cut_to_its_window() -> None:
    panel = without_bar(without_bar(random_panel(WINDOW + 10, 2), 20), 21)
    long = without_bar(without_bar(panel, 30), 31)

    assert features_of(panel, everybody(panel)).tobytes() == features_of(panel.last(WINDOW), everybody(panel)).tobytes()
    assert np.isnan(features_of(long, everybody(long))).all(axis=1).tolist() == [True, False]


def test_a_window_ends_before_its_trade_date() -> None:
    panel = random_panel(80)
    day = panel.days[70].item()

    window = window_of(panel, day)

    assert (len(window), window.days[-1], window.days[0]) == (WINDOW, panel.days[69], panel.days[6])


def test_schema_one_has_these_features() -> None:
    assert len(FEATURES) == len(set(FEATURES)) == 43
    assert len(FEATURES) - len(RANKED) == 35


def test_labels_are_from_open_to_close() -> None:
    panel = random_panel(3, 2)

    assert open_to_close(panel)[1, 1] == pytest.approx(panel.close[1, 1] / panel.open[1, 1] - 1)
