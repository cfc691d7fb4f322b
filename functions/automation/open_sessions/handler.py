"""Schedule open_sessions: from the open on have planned entries made."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.schedule import scheduled

lambda_handler = scheduled("open_sessions", lambda: job_service().enter)
