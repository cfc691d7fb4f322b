"""What strategies expect of a window: the baseline of the last 20 days, the model of the features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pytest

from tests.support.artefacts import artefact
from tests.support.panels import TRADE_DATE, changed, random_panel, without_bar
from trading.markets.models import Exchange
from trading.signals.baseline import baseline
from trading.signals.features import FEATURES, SCHEMA, features_of, window_of
from trading.signals.model.artefact import ModelArtefact, Ridge, Scaling
from trading.signals.model.inference import predict
from trading.signals.model.serving import ModelUnusable
from trading.signals.models import BASELINE_MODEL, Exclusion, Source, Weight
from trading.signals.panel import DailyPanel
from trading.signals.strategies import BaselineStrategy, ModelStrategy

NASDAQ = Exchange.NASDAQ
COUNT = len(FEATURES)
HEAVY = {"ret_1": 0.5, "night_20": -3.0, "beta_60": 0.002}


def model(**coefficients: float) -> ModelArtefact:
    """Return a ridge with a weight for some features and none for the others, which prepares nothing."""
    weights = tuple(coefficients.get(name, 0.0) for name in FEATURES)
    scaling = Scaling((-1e9,) * COUNT, (1e9,) * COUNT, (0.0,) * COUNT, (1.0,) * COUNT)
    made = replace(artefact(Ridge(weights, 0.001)), schema=SCHEMA, features=FEATURES, scaling=scaling, version="")
    return made.with_version()


@dataclass
class OneModel:
    """The model of every exchange, or none."""

    speaks: ModelArtefact | None

    def load(self, exchange: Exchange, *, schema: int, features: Sequence[str]) -> ModelArtefact:
        del exchange
        assert (schema, features) == (SCHEMA, FEATURES)
        if self.speaks is None:
            raise ModelUnusable("never_trained")
        return self.speaks


def window(symbols: int = 25) -> DailyPanel:
    return window_of(random_panel(70, symbols), TRADE_DATE)


def everybody(found: DailyPanel) -> np.ndarray:
    return np.ones(len(found.symbols), dtype=bool)


def test_the_baseline_excludes_nobody_more() -> None:
    found, excluded = window(), {"S003": Exclusion.ILLIQUID}

    forecast = BaselineStrategy().forecast(NASDAQ, found, excluded)

    assert (forecast.model, forecast.excluded, forecast.weights) == (BASELINE_MODEL, excluded, {})
    assert forecast.signals.expected.tolist() == baseline(found).expected.tolist()
    assert BaselineStrategy().source is Source.BASELINE


def test_the_model_predicts_of_the_features_that_it_was_trained_on() -> None:
    found, speaks = window(), model(**HEAVY)

    forecast = ModelStrategy(OneModel(speaks)).forecast(NASDAQ, found, {})

    assert forecast.model == speaks.version
    assert forecast.signals.expected.tobytes() == predict(speaks, features_of(found, everybody(found))).tobytes()
    assert forecast.signals.atr.tolist() == baseline(found).atr.tolist()
    assert (forecast.excluded, forecast.feature_drift) == ({}, 0)


def test_the_three_features_that_weigh_most_are_named_with_what_they_add() -> None:
    found = window()

    forecast = ModelStrategy(OneModel(model(**HEAVY))).forecast(NASDAQ, found, {})

    row = dict(zip(FEATURES, features_of(found, everybody(found))[4], strict=True))
    weights = forecast.weights["S004"]
    assert {weight.feature for weight in weights} == HEAVY.keys()
    for weight in weights:
        share = HEAVY[weight.feature] * row[weight.feature]
        assert weight == Weight(weight.feature, Decimal(share).quantize(Decimal("1e-8")))
    sizes = [abs(weight.contribution) for weight in weights]
    assert sizes == sorted(sizes, reverse=True)


def test_who_may_not_be_bought_is_not_scored_and_moves_no_rank() -> None:
    found = window()
    excluded = {"S003": Exclusion.ILLIQUID}
    wild = changed(found, close=found.close * np.where(np.arange(25) == 3, 50, 1))

    forecasts = [ModelStrategy(OneModel(model(**HEAVY))).forecast(NASDAQ, one, excluded) for one in (found, wild)]

    assert forecasts[0].excluded == excluded
    assert np.isnan(forecasts[0].signals.expected[3])
    assert forecasts[0].signals.expected.tobytes() == forecasts[1].signals.expected.tobytes()


def test_who_has_a_feature_that_is_not_finite_is_not_scored() -> None:
    found = window()
    close = found.close.copy()
    close[-11:, 2] = 70.0
    flat = dict.fromkeys(("open", "high", "low", "close"), close)

    forecast = ModelStrategy(OneModel(model(**HEAVY))).forecast(NASDAQ, changed(found, **flat), {})

    assert forecast.excluded == {"S002": Exclusion.NOT_SCORED}
    assert "S002" not in forecast.weights


def test_a_halted_symbol_keeps_its_own_reason() -> None:
    halted = without_bar(window(), -1, 7)

    forecast = ModelStrategy(OneModel(model())).forecast(NASDAQ, halted, {"S007": Exclusion.NO_RECENT_BAR})

    assert forecast.excluded == {"S007": Exclusion.NO_RECENT_BAR}


def test_without_a_model_there_is_no_forecast() -> None:
    with pytest.raises(ModelUnusable):
        ModelStrategy(OneModel(None)).forecast(NASDAQ, window(), {})
