"""Schedule apply_corporate_actions: before the open have what companies do to shares applied to who holds them."""

from trading.automation.corporate_actions.wiring import action_job
from trading.platform.fan_out import FanOut

lambda_handler = FanOut("apply_corporate_actions", lambda send: action_job(send).apply)
