"""Schedule close_sessions: from 30 minutes before the close have positions sold until all are flat."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("close_sessions", lambda send: job_service(send).close)
