"""Schedule snapshot_portfolios: at the close have every active portfolio valued."""

from trading.automation.day_trading.wiring import job_service
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("snapshot_portfolios", lambda send: job_service(send).snapshot)
