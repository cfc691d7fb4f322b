"""The engine: a day done by the live service, in paper money to the cent, and flat each evening."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.support.backtests import bar, day_of, recommended
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.day_trading.ports import BrokerOrder, Fill, Side
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.positions import ExitReason
from trading.automation.portfolios.sessions import SessionStatus
from trading.backtest.engine import DayNotSound, Engine
from trading.backtest.models import DayInput, DayResult, PathName
from trading.backtest.paths import SandboxWalk, WorseOrder
from trading.markets.costs import SEED_COSTS, costs_in_bp
from trading.markets.models import Exchange
from trading.signals.gate import Gate

BANKROLL = 1_000_000
CALM = bar("AAA", "100", "101", "99", "100.5")
NEXT = date(2013, 2, 20)


def run(*days: DayInput, engine: Engine | None = None) -> list[DayResult]:
    return list((engine or Engine(DayTradingSettings())).run(Exchange.NASDAQ, BANKROLL, days))


def test_a_day_buys_at_the_open_and_sells_at_the_close() -> None:
    (day,) = run(day_of([CALM], [recommended("AAA", "100")]))

    (trade,) = day.trades
    # $10,000 * 25 % = $2,500 of 100: 24 shares at 100.05; 24 * $0.0035 is 8 cents either way.
    assert (trade.shares, trade.entry_price, trade.exit_price) == (24, Decimal("100.0500"), Decimal("100.4498"))
    assert (trade.cost_cents, trade.proceeds_cents) == (240_120 + 8, 241_080 - 8)
    assert (trade.exit_reason, trade.commission_cents) == (ExitReason.SESSION_CLOSE, 16)
    assert (day.status, day.pnl_cents, day.closing_cents) == (SessionStatus.CLOSED, 944, BANKROLL + 944)


def test_the_next_day_trades_with_what_the_day_before_left() -> None:
    first, second = run(
        day_of([CALM], [recommended("AAA", "100")]), day_of([CALM], [recommended("AAA", "100")], day=NEXT)
    )

    assert second.opening_cents == first.closing_cents
    assert [trade.day for trade in second.trades] == [NEXT]


def test_where_both_were_reached_the_stop_counts_first() -> None:
    wild = bar("AAA", "100", "120", "90", "110")
    (day,) = run(day_of([wild], [recommended("AAA", "100")]))

    (trade,) = day.trades
    assert trade.exit_reason is ExitReason.STOP_HIT
    # The stop lies 3 % (twice the range) below the fill, and is sold 5 bp worse.
    assert trade.exit_price == Decimal("97.0000")


def test_a_target_that_was_reached_is_sold() -> None:
    (day,) = run(day_of([bar("AAA", "100", "120", "99", "110")], [recommended("AAA", "100")]))

    assert [trade.exit_reason for trade in day.trades] == [ExitReason.TARGET_HIT]


def test_a_stop_may_be_overshot() -> None:
    wild = day_of([bar("AAA", "100", "101", "90", "95")], [recommended("AAA", "100")])
    engine = Engine(DayTradingSettings(), path=WorseOrder(overshoot=True))

    ((plain,),) = (day.trades for day in run(wild))
    ((overshot,),) = (day.trades for day in run(wild, engine=engine))

    # 0.583 * 2 % * sqrt(10 / 390) is 18.7 bp.
    assert (plain.exit_price - overshot.exit_price) / plain.exit_price == pytest.approx(
        Decimal("0.00187"), abs=Decimal("0.00001")
    )


def test_the_reasons_of_all_candidates_are_counted() -> None:
    signals = [
        recommended("AAA", "100"),
        recommended("BBB", "100", expected="-0.01"),
        recommended("CCC", "100", expected="0.0005"),
        recommended("DDD", "90"),
        recommended("EEE", "100"),
    ]
    (day,) = run(day_of([CALM, bar("DDD", "100", "101", "99", "100")], signals))

    assert [trade.symbol for trade in day.trades] == ["AAA"]
    assert day.skipped == {"gapped": 1, "low_confidence": 1, "no_quote": 1, "not_rising": 1}


def test_a_day_without_signals_leaves_the_cash() -> None:
    (day,) = run(day_of([CALM]))

    assert (day.status, day.trades, day.pnl_cents) == (SessionStatus.NO_SIGNALS, (), 0)


def test_an_enforced_gate_keeps_the_day_idle() -> None:
    (day,) = run(day_of([CALM], [recommended("AAA", "100")]), engine=Engine(DayTradingSettings(), gate=Gate.ENFORCED))

    assert (day.status, day.trades) == (SessionStatus.NO_EDGE, ())


def test_what_may_not_be_bought_is_not() -> None:
    engine = Engine(DayTradingSettings(), tradable=frozenset({"BBB"}))
    (day,) = run(day_of([CALM], [recommended("AAA", "100")]), engine=engine)

    assert (day.trades, day.skipped) == ((), {"not_tradable": 1})


def test_the_walk_is_watched_every_ten_minutes() -> None:
    wild = day_of([bar("AAA", "100", "112", "90", "110")], [recommended("AAA", "100")])
    (day,) = run(wild, engine=Engine(DayTradingSettings(), path=SandboxWalk()))

    (trade,) = day.trades
    assert day.path is PathName.SANDBOX
    assert trade.exit_reason in {ExitReason.STOP_HIT, ExitReason.TARGET_HIT}
    assert (trade.closed_at - wild.day.opens_at).total_seconds() % 600 == 0


def test_the_costs_of_research_are_a_share_of_the_amount() -> None:
    engine = Engine(DayTradingSettings(), broker=PaperBroker(SEED_COSTS))
    (day,) = run(day_of([CALM], [recommended("AAA", "100")]), engine=engine)

    (trade,) = day.trades
    assert trade.entry_price == Decimal("100.0500")
    # 5 bp of 240,120 cents and of 241,080 cents
    assert trade.commission_cents == 120 + 121
    assert SEED_COSTS.round_trip(Decimal(100)) == Decimal("0.20")
    assert costs_in_bp(0, 10).round_trip(Decimal(100)) == Decimal("0.20")


@pytest.mark.parametrize("share", ["0.10", "0.25", "0.40"])
@pytest.mark.parametrize("fractional", [True, False])
def test_every_day_is_flat_and_adds_up(share: str, fractional: bool) -> None:
    settings = DayTradingSettings(Decimal(share), allow_fractional_shares=fractional)
    prices = [("100", "103", "97", "101"), ("50", "50.5", "44", "45"), ("7.31", "8.4", "7.3", "8.2")]
    bars = [bar(name, *four) for name, four in zip(("AAA", "BBB", "CCC"), prices, strict=True)]
    signals = [recommended(b.symbol, str(b.open), atr=str(b.open / 100)) for b in bars]

    (day,) = run(day_of(bars, signals), engine=Engine(settings))

    assert len(day.trades) == 3
    assert day.pnl_cents == sum(trade.pnl_cents for trade in day.trades)


def test_a_day_that_does_not_add_up_is_no_result() -> None:
    class Generous(PaperBroker):
        def execute(self, order: BrokerOrder) -> Fill:
            fill = super().execute(order)
            return replace(fill, quantity=fill.quantity - 1) if order.side is Side.SELL else fill

    with pytest.raises(DayNotSound):
        run(day_of([CALM], [recommended("AAA", "100")]), engine=Engine(DayTradingSettings(), broker=Generous()))
