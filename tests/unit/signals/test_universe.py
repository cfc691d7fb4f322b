"""Who may be bought: each filter at its bound, and the reason that is given."""

from datetime import date, timedelta

import numpy as np
import pytest

from tests.support.panels import changed, random_panel, without_bar
from trading.signals.features import BARS
from trading.signals.models import Exclusion
from trading.signals.panel import FIELDS, DailyPanel
from trading.signals.universe import eligible, exclusions

LAST = -1


def panel(sessions: int = 64) -> DailyPanel:
    return random_panel(sessions)


def reason(found: DailyPanel) -> Exclusion | None:
    return exclusions(found).get("S000")


def scaled(found: DailyPanel, price: float) -> DailyPanel:
    """Return the panel with its prices multiplied so that it closes at one, and with the dollars that it had."""
    ratio = price / found.close[LAST, 0]
    prices = {name: getattr(found, name) * ratio for name in ("open", "high", "low", "close")}
    return changed(found, **prices, volume=found.volume / ratio)


def with_volume(found: DailyPanel, row: int, shares: float) -> DailyPanel:
    volume = found.volume.copy()
    volume[row, 0] = shares
    return changed(found, volume=volume)


def calmed(found: DailyPanel, by: float) -> DailyPanel:
    """Return the panel with all prices nearer to their last close."""
    last = found.close[LAST, 0]
    prices = {name: last * (getattr(found, name) / last) ** by for name in ("open", "high", "low", "close")}
    return changed(found, **prices)


def test_what_trades_well_may_be_bought() -> None:
    assert exclusions(panel()) == {}
    assert exclusions(panel(61)) == {}


def test_who_has_no_bar_of_the_last_session_has_halted() -> None:
    assert reason(without_bar(random_panel(64, 2), LAST)) is Exclusion.NO_RECENT_BAR


def test_sixty_bars_are_too_few() -> None:
    assert reason(panel(60)) is Exclusion.TOO_FEW_BARS
    assert reason(panel(5)) is Exclusion.TOO_FEW_BARS


@pytest.mark.parametrize(("missing", "expected"), [(3, None), (4, Exclusion.TOO_FEW_BARS)])
def test_three_of_the_last_sessions_may_be_missing(missing: int, expected: Exclusion | None) -> None:
    found = random_panel(70, 2)
    for row in range(missing):
        found = without_bar(found, 40 + row)

    assert reason(found) is expected


def test_bars_that_are_missing_further_back_count_as_well() -> None:
    found = random_panel(64, 2)
    for row in (0, 20, 30):
        found = without_bar(found, row)

    assert reason(found) is None
    assert reason(without_bar(found, 1)) is Exclusion.TOO_FEW_BARS


@pytest.mark.parametrize(
    ("field", "times"),
    [("low", 2), ("low", 0), ("low", -1), ("open", 0.5), ("open", 2), ("close", 0.5), ("close", 2), ("high", 0.5)],
)
def test_impossible_bars_are_bad(field: str, times: float) -> None:
    found = panel()
    values = getattr(found, field).copy()
    values[30, 0] *= times

    assert reason(changed(found, **{field: values})) is Exclusion.BAD_BARS


@pytest.mark.parametrize(("price", "expected"), [(5, None), (4.99, Exclusion.PRICE_TOO_LOW)])
def test_a_penny_stock_is_too_cheap(price: float, expected: Exclusion | None) -> None:
    assert reason(scaled(panel(), price)) is expected


def test_the_price_that_was_paid_counts_and_not_the_adjusted_one() -> None:
    cheap = scaled(panel(), 4)

    assert reason(changed(cheap, factor=np.full((64, 1), 2.0))) is None


@pytest.mark.parametrize(("shares", "expected"), [(100_001, None), (100_000, Exclusion.VOLUME_TOO_LOW)])
def test_volume_of_the_last_session_must_be_above_a_hundred_thousand(shares: float, expected: Exclusion | None) -> None:
    assert reason(with_volume(scaled(panel(), 500), LAST, shares)) is expected


def test_shares_are_counted_as_they_were_traded() -> None:
    found = with_volume(scaled(panel(), 500), LAST, 150_000)

    assert reason(changed(found, factor=np.full((64, 1), 2.0))) is Exclusion.VOLUME_TOO_LOW


@pytest.mark.parametrize(
    ("idle", "expected"),
    [
        ((-5,), Exclusion.RARELY_TRADED),
        ((-6, -7), None),
        ((-6, -7, -20), Exclusion.RARELY_TRADED),
        ((-6, -7, -21), None),
    ],
)
def test_sessions_without_a_trade(idle: tuple[int, ...], expected: Exclusion | None) -> None:
    found = panel()
    for row in idle:
        found = with_volume(found, row, 0)

    assert reason(found) is expected


def test_a_halt_among_the_last_five_sessions_counts_as_one_without_a_trade() -> None:
    assert reason(without_bar(random_panel(66, 2), -3)) is Exclusion.RARELY_TRADED
    assert reason(without_bar(random_panel(66, 2), -6)) is None


@pytest.mark.parametrize(("dollars", "expected"), [(5_000_000, None), (4_999_999, Exclusion.ILLIQUID)])
def test_half_of_the_days_must_trade_five_million_dollars(dollars: float, expected: Exclusion | None) -> None:
    found = scaled(panel(), 10)
    volume = dollars / found.close
    volume[-20:-11, 0] *= 100
    volume[-11:-10, 0] = dollars / found.close[-11:-10, 0]

    assert reason(changed(found, volume=volume)) is expected


def test_a_treasury_fund_is_too_calm() -> None:
    assert reason(calmed(panel(), 0.2)) is Exclusion.TOO_CALM
    assert reason(calmed(panel(), 0.5)) is None


def test_closes_that_hardly_move_are_too_calm_though_the_range_is_wide() -> None:
    found = panel()
    close = found.close[-1:, :] * (1 + 0.001 * (np.arange(64) % 2))[:, np.newaxis]
    prices = {"open": close, "close": close, "high": close * 1.01, "low": close * 0.99}

    assert reason(changed(found, **prices)) is Exclusion.TOO_CALM


def test_a_narrow_range_is_too_calm_though_closes_move() -> None:
    found = panel()
    close = found.close.copy()
    close[-14:, 0] = close[-15, 0] * (1 + 0.001 * np.arange(14))
    prices = dict.fromkeys(("open", "high", "low", "close"), close)

    assert reason(changed(found, **prices)) is Exclusion.TOO_CALM


@pytest.mark.parametrize("ratio", [0.1, 10])
def test_a_split_that_was_not_taken_into_the_bars_quarantines(ratio: float) -> None:
    found = panel()
    prices = {name: getattr(found, name).copy() for name in ("open", "high", "low", "close")}
    for values in prices.values():
        values[-5:, 0] *= ratio
    prices["close"][-5, 0] = prices["close"][-6, 0] * ratio
    prices["open"][-5, 0] = prices["high"][-5, 0] = prices["low"][-5, 0] = prices["close"][-5, 0]
    volume = found.volume.copy()
    volume[-5:, 0] /= ratio
    split = changed(found, **prices, volume=volume)
    ex_date: date = split.days[-5].item()

    assert reason(split) is Exclusion.UNADJUSTED_SPLIT
    assert exclusions(split, {"S000": [ex_date]}).get("S000") is not Exclusion.UNADJUSTED_SPLIT
    assert exclusions(split, {"S000": [ex_date - timedelta(days=9)]})["S000"] is Exclusion.UNADJUSTED_SPLIT


def test_one_symbol_s_trouble_excludes_no_other() -> None:
    found = without_bar(random_panel(64, 3), LAST, 1)

    excluded = exclusions(found)

    assert excluded == {"S001": Exclusion.NO_RECENT_BAR}
    assert eligible(found, excluded).tolist() == [True, False, True]


def test_what_lies_before_the_window_changes_nothing() -> None:
    found = without_bar(random_panel(90, 2), 20)

    assert exclusions(found) == {}
    assert exclusions(found.last(64)) == {}
    assert BARS == 61
    assert FIELDS[-1] == "factor"


@pytest.mark.parametrize("seed", range(40))
def test_a_bound_holds_whatever_adjusting_rounds(seed: int) -> None:
    found = scaled(panel(), round(float(np.random.default_rng(seed).uniform(0.2, 4.9)), 4))
    factor = found.factor * (5 / found.close[LAST, 0])
    volume = found.volume * factor * 10
    volume[LAST] = 100_000 * factor[LAST]

    assert reason(changed(found, factor=factor, volume=volume * 100)) is not Exclusion.PRICE_TOO_LOW
    assert reason(changed(found, factor=factor, volume=volume)) is Exclusion.VOLUME_TOO_LOW
