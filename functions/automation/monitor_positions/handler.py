"""Schedule monitor_positions: every 10 minutes have positions sold that reached their stop or target."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("monitor_positions", lambda send: job_service(send).monitor)
