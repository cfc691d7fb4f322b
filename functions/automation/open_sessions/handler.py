"""Schedule open_sessions: from the open on have planned entries made."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("open_sessions", lambda send: job_service(send).enter)
