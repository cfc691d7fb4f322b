"""GET /api/portfolios/presets: named day-trading settings to start from."""

from trading.automation.portfolios.presets import PRESETS
from trading.automation.portfolios.replies import PresetList, PresetReply
from trading.automation.rails.setting_fields import RailsReply
from trading.platform.http import Caller, http_api

app = http_api()


@app.get("/api/portfolios/presets")
def list_presets(caller: Caller) -> PresetList:
    """List the presets, from careful to bold."""
    return PresetList(
        items=[
            PresetReply(
                name=preset.name,
                dt_max_position_percent=preset.settings.max_position_percent,
                dt_per_trade_risk_fraction=preset.settings.per_trade_risk_fraction,
                dt_max_recommendations=preset.settings.max_recommendations,
                dt_allow_fractional_shares=preset.settings.allow_fractional_shares,
                rails=RailsReply.of(preset.rails),
            )
            for preset in PRESETS
        ]
    )


lambda_handler = app.lambda_handler
