"""Schedule plan_sessions: at 9:15 have every automated portfolio planned."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("plan_sessions", lambda send: job_service(send).plan)
