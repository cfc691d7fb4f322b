"""Schedule plan_sessions: at 9:15 have every automated portfolio planned."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.schedule import scheduled

lambda_handler = scheduled("plan_sessions", lambda: job_service().plan)
