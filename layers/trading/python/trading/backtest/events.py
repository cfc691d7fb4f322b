"""Events of back-tests."""

from trading.platform.domain_events import PersonEvent, Subscriber


class BacktestRequested(PersonEvent):
    """A person asked for a back-test."""

    name = "backtest_requested"
    subscribers = (Subscriber.BACKTESTS,)

    backtest_id: str
