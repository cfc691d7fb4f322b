"""Stopping money or trading for everybody, as an operator does."""

from trading.brokerage.stop_rows import put_trading_stop, trading_stop
from trading.brokerage.stops import StopScope
from trading.operators.stops import TradingStopService
from trading.platform.audit import Audit
from trading.platform.clock import SystemClock


def stop_money(*, stopped: bool, scope: StopScope = StopScope.MONEY) -> None:
    """Stop money for everybody, or let it move again."""
    service = TradingStopService(trading_stop, put_trading_stop, SystemClock())
    service.set(stopped=stopped, audit=Audit("olga", "because"), scope=scope)
