"""Schedule judge_strategies: at 18:30 keep what the day's recommendations came to, and judge the strategies by it."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from trading.automation.day_trading.planner import rank_set
from trading.markets.models import Exchange
from trading.markets.store import DynamoInstrumentStore
from trading.markets.wiring import calendar, covered_exchanges
from trading.platform.clock import current_clock, trading_date
from trading.platform.errors import PartnerError
from trading.platform.fan_out import FanOut, TriesAgain
from trading.platform.observability import count, logger
from trading.signals.models import SignalSet
from trading.signals.read_wiring import nightly_judge

TRIED_FOR = timedelta(hours=4)
"""How long a run whose provider is away tries again each minute; the next night makes up for what is missing."""


def judge(scheduled_at: datetime) -> Mapping[str, object]:
    """Judge the strategies of every exchange that has data and traded on the day.

    Raises:
        TriesAgain: if the provider did not give an exchange's bars, and it is not too late.
    """
    today, days = trading_date(scheduled_at), calendar()
    due = [exchange for exchange in Exchange if exchange in covered_exchanges() and days.trading_day(exchange, today)]
    if not due:
        return {"status": "not_due"}
    judged: dict[str, int] = {}
    failed: list[str] = []
    judge_nightly = nightly_judge(_chooser()).judge
    for exchange in due:
        try:
            judged[exchange.code] = judge_nightly(exchange, today)
        except PartnerError as error:  # the others need not wait for what is to be tried again
            logger.warning("strategies not judged", exchange=exchange.code, code=error.code)
            failed.append(exchange.code)
    if not failed:
        return {"status": "done", "judged": judged}
    if current_clock().now() < scheduled_at + TRIED_FOR:
        raise TriesAgain
    count("StrategiesNotJudged", len(failed))
    return {"status": "done", "judged": judged, "failed": failed}


def _chooser() -> Callable[[SignalSet], Collection[str]]:
    """Return the choice of symbols that portfolios would buy of a set."""
    instruments = DynamoInstrumentStore()

    def choose(signals: SignalSet) -> Collection[str]:
        tradable = frozenset(instrument.symbol for instrument in instruments.listed(signals.exchange))
        return {candidate.symbol for candidate in rank_set(signals, tradable).candidates}

    return choose


lambda_handler = FanOut("judge_strategies", lambda _: judge)
