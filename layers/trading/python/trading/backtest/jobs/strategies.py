"""Whose signals a back-test trades, and whether they knew its days. Needs numpy."""

from dataclasses import dataclass
from typing import Protocol

from trading.backtest.specification import BacktestSpecification, StrategyName
from trading.backtest.training import WalkForward, has_seen, strategy_of
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.panel import DailyPanel
from trading.signals.strategies import BaselineStrategy, Models, Strategy


@dataclass(frozen=True)
class Chosen:
    """A strategy, and whether it was trained on days that it is to trade."""

    strategy: Strategy
    has_seen_days: bool = False


class StrategyChooser(Protocol):
    """Finds strategies by what a back-test asks for."""

    def choose(self, wanted: BacktestSpecification, panel: DailyPanel) -> Chosen:
        """Return the strategy that a back-test asks for.

        Raises:
            ModelUnusable: if there is no model to predict with.
        """
        ...


@dataclass(frozen=True)
class Strategies:
    """The baseline, the model that speaks, or models that are fitted on the panel itself."""

    models: Models

    def choose(self, wanted: BacktestSpecification, panel: DailyPanel) -> Chosen:
        """Return the strategy that a back-test asks for.

        Raises:
            ModelUnusable: if there is no model to predict with.
        """
        if wanted.strategy is StrategyName.RIDGE:
            own = panel.of(wanted.symbols).since(wanted.history_since)
            return Chosen(WalkForward.on(own, wanted.exchange))
        if wanted.strategy is StrategyName.MODEL:
            artefact = self.models.load(wanted.exchange, schema=SCHEMA, features=FEATURES)
            return Chosen(strategy_of(artefact), has_seen(artefact, wanted.since))
        return Chosen(BaselineStrategy())
