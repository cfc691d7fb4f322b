"""Schedule close_sessions: from 30 minutes before the close have positions sold until all are flat."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.schedule import scheduled

lambda_handler = scheduled("close_sessions", lambda: job_service().close)
