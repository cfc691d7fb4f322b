"""Schedule monitor_positions: every 10 minutes have positions sold that reached their stop or target."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.schedule import scheduled

lambda_handler = scheduled("monitor_positions", lambda: job_service().monitor)
