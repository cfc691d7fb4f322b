"""Building a day's recommendations."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.markets import FakeActions, FakeAssessments, FakeInstruments, FakeMarket, FakeSignals, bars_before
from trading.markets.models import Exchange, Instrument
from trading.platform.errors import Unavailable
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.service import SignalService

DAY = date(2013, 2, 19)
RISING = bars_before(DAY, range(100, 121))
PINNED = SignalSet(
    Exchange.NASDAQ, DAY, Source.PINNED, "pinned", (Recommendation("FB", Decimal("0.02"), None, None, Decimal(28)),)
)


def service(market: FakeMarket, signals: FakeSignals | None = None, *, symbols: str = "AAPL MSFT") -> SignalService:
    instruments = FakeInstruments()
    for symbol in symbols.split():
        instruments.save(Instrument(symbol, Exchange.NASDAQ))
    instruments.save(Instrument("GONE", Exchange.NASDAQ, active=False))
    return SignalService(market, instruments, signals or FakeSignals(), FakeActions(), FakeAssessments())


def test_a_day_has_a_signal_for_each_listed_symbol_with_bars_enough() -> None:
    signals = FakeSignals()
    market = FakeMarket(bars={"AAPL": RISING, "MSFT": RISING[1:], "GONE": RISING})

    built = service(market, signals).build(Exchange.NASDAQ, DAY)

    assert built is not None
    assert built.source is Source.BASELINE
    assert [recommendation.symbol for recommendation in built.recommendations] == ["AAPL"]
    assert signals.read(Exchange.NASDAQ, DAY) == built
    assert market.asked == [("AAPL", "MSFT")]


def test_built_again_of_the_same_bars_a_day_has_the_same_version() -> None:
    built = service(FakeMarket(bars={"AAPL": RISING}))

    assert built.build(Exchange.NASDAQ, DAY) == built.build(Exchange.NASDAQ, DAY)


def test_an_exchange_without_a_data_source_has_no_signals() -> None:
    market, signals = FakeMarket(bars={"AAPL": RISING}, covered=frozenset({Exchange.NYSE})), FakeSignals()

    assert service(market, signals).build(Exchange.NASDAQ, DAY) is None
    assert signals.kept == {}
    assert market.asked == []


@pytest.mark.parametrize("symbols", ["", "AAPL"])
def test_an_exchange_without_symbols_or_without_bars_has_no_signals(symbols: str) -> None:
    signals = FakeSignals()

    assert service(FakeMarket(), signals, symbols=symbols).build(Exchange.NASDAQ, DAY) is None
    assert signals.kept == {}


def test_what_is_pinned_stands_and_the_market_is_not_asked() -> None:
    market, signals = FakeMarket(bars={"AAPL": RISING}), FakeSignals({(Exchange.NASDAQ, DAY): PINNED})

    assert service(market, signals).build(Exchange.NASDAQ, DAY) == PINNED
    assert signals.read(Exchange.NASDAQ, DAY) == PINNED
    assert market.asked == []


def test_what_is_pinned_while_the_baseline_is_computed_stands() -> None:
    class PinnedMeanwhile(FakeSignals):
        def save(self, signals: SignalSet) -> bool:
            self.kept[Exchange.NASDAQ, DAY] = PINNED
            return super().save(signals)

    built = service(FakeMarket(bars={"AAPL": RISING}), PinnedMeanwhile()).build(Exchange.NASDAQ, DAY)

    assert built == PINNED


def test_a_market_that_cannot_be_asked_saves_nothing() -> None:
    signals = FakeSignals()

    with pytest.raises(Unavailable):
        service(FakeMarket(fails_with=Unavailable()), signals).build(Exchange.NASDAQ, DAY)
    assert signals.kept == {}
