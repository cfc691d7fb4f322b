"""Schedule snapshot_portfolios: at the close have every active portfolio valued."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.schedule import scheduled

lambda_handler = scheduled("snapshot_portfolios", lambda: job_service().snapshot)
