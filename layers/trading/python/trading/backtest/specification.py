"""What a back-test is asked to be: symbols, days, settings, costs, path and strategy. No I/O, no numpy.

`make backtest` and `POST /api/backtests` mean the same by it: on the same bars they come to the same hash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.rails.models import RailSettings
from trading.markets.costs import TradingCosts
from trading.markets.models import Exchange

WARM_UP = timedelta(days=105)
"""Days that hold the sessions of a window, holidays and closures included."""

FIRST_TRAINING = timedelta(days=3 * 366)
"""What a strategy that trains as it goes has to have seen before its first day."""

NO_RAILS = RailSettings(None, None, None, None, None)


class StrategyName(StrEnum):
    """Whose signals are traded.

    `baseline`: the last 20 days go on. `model`: the model that speaks for the exchange at present, whatever days it
    was trained on. `ridge`: weights that are fitted anew each year, on what was known before it.
    """

    BASELINE = "baseline"
    MODEL = "model"
    RIDGE = "ridge"


class BacktestPath(StrEnum):
    """How the prices of a day are assumed to have run.

    `worse_order`: the open, then the stop-loss where the low reached it, else the target where the high did, then
    the close. `overshoot`: the same, with stops sold as far beyond their price as watching every ten minutes costs on
    average. `sandbox`: the walk of the simulated market.
    """

    WORSE_ORDER = "worse_order"
    OVERSHOOT = "overshoot"
    SANDBOX = "sandbox"


@dataclass(frozen=True, kw_only=True)
class BacktestSpecification:
    """A back-test of symbols from one day to another, both included."""

    exchange: Exchange
    symbols: tuple[str, ...]
    since: date
    until: date
    settings: DayTradingSettings
    rails: RailSettings
    bankroll_cents: int
    costs: TradingCosts
    path: BacktestPath = BacktestPath.WORSE_ORDER
    strategy: StrategyName = StrategyName.BASELINE

    @property
    def trains(self) -> bool:
        """Say whether models are fitted on the way."""
        return self.strategy is StrategyName.RIDGE

    @property
    def history_since(self) -> date:
        """Return the first day of the bars that it takes: signals need some before the first day, training years."""
        lead = WARM_UP + FIRST_TRAINING if self.trains else WARM_UP
        return date.fromordinal(max(1, self.since.toordinal() - lead.days))

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what the hash goes by, besides the bars and signals of each day."""
        return {
            "exchange": self.exchange.code,
            "settings": repr(self.settings),
            "rails": repr(self.rails),
            "bankroll_cents": str(self.bankroll_cents),
            "costs": repr(self.costs),
            "path": self.path.value,
        }
