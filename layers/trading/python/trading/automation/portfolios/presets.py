"""Presets: named settings that a person may start from."""

from dataclasses import dataclass
from decimal import Decimal

from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.rails.models import RAIL_PRESETS, RailSettings


@dataclass(frozen=True)
class Preset:
    """Named settings that a person may start from."""

    name: str
    settings: DayTradingSettings

    @property
    def rails(self) -> RailSettings:
        """Return the rails of the preset."""
        return RAIL_PRESETS[self.name]


PRESETS = (
    Preset("conservative", DayTradingSettings(Decimal("0.10"), Decimal("0.010"), 20, allow_fractional_shares=True)),
    Preset("balanced", DayTradingSettings()),
    Preset("aggressive", DayTradingSettings(Decimal("0.40"), Decimal("0.030"), 100, allow_fractional_shares=True)),
)
