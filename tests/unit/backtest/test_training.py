"""Models fitted on the way: none has seen what it predicts."""

from collections.abc import Mapping

import numpy as np
import pytest

from tests.support.panels import changed, random_panel
from trading.backtest.history import PanelHistory
from trading.backtest.training import NO_MODEL, WalkForward
from trading.markets.models import Exchange
from trading.signals.features import WINDOW
from trading.signals.models import Exclusion, Recommendation, SignalSet
from trading.signals.panel import DailyPanel

LENGTH = 1_000


@pytest.fixture(scope="module")
def panel() -> DailyPanel:
    return random_panel(LENGTH, 3)


@pytest.fixture(scope="module")
def walk(panel: DailyPanel) -> WalkForward:
    return WalkForward.on(panel, Exchange.NASDAQ)


def signals(panel: DailyPanel, walk: WalkForward, first: int) -> list[SignalSet]:
    days = PanelHistory(panel, Exchange.NASDAQ, walk).days(panel.days[first].item())
    return [day.signals for day in days if day.signals is not None]


def expected(made: SignalSet) -> Mapping[str, Recommendation]:
    return {one.symbol: one for one in made.recommendations}


def test_before_its_first_model_nothing_is_scored(panel: DailyPanel, walk: WalkForward) -> None:
    made = signals(panel, walk, WINDOW)[0]

    assert made.version == NO_MODEL
    assert {one.excluded for one in made.recommendations} == {Exclusion.NOT_SCORED}


def test_a_day_is_predicted_by_a_model_of_before_it(panel: DailyPanel, walk: WalkForward) -> None:
    spans = {model.version: model.span for model in walk.models}

    made = [one for one in signals(panel, walk, 850) if one.version != NO_MODEL]

    assert len(made) > 100
    assert all(spans[one.version].until < one.trade_date for one in made)


def test_what_comes_later_changes_no_prediction(panel: DailyPanel, walk: WalkForward) -> None:
    row = 950
    later = {name: np.array(getattr(panel, name)) for name in ("open", "high", "low", "close")}
    for values in later.values():
        values[row:] *= np.linspace(1, 2, LENGTH - row)[:, np.newaxis]
    other = changed(panel, **later)

    found, again = signals(panel, walk, 900), signals(other, WalkForward.on(other, Exchange.NASDAQ), 900)

    until = panel.days[row].item()
    assert [one for one in found if one.trade_date <= until] == [one for one in again if one.trade_date <= until]
    assert found != again
