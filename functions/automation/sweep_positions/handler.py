"""Schedule sweep_positions: have sold what the trading day left open, and prove that nothing is."""

from trading.automation.closer.wiring import sweep_job
from trading.platform.schedule import scheduled

lambda_handler = scheduled("sweep_positions", lambda: sweep_job().sweep)
