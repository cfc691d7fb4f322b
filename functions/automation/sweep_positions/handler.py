"""Schedule sweep_positions: have sold what the trading day left open, and prove that nothing is."""

from trading.automation.closer.wiring import sweep_job
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("sweep_positions", lambda send: sweep_job(send).sweep)
