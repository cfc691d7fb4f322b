"""Quotes and trading days of one invocation."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.markets import FakeInstruments, FakeMarket
from tests.support.quotes import priced, quoted, traded
from trading.markets.belief import EXIT, FLATTEN, Purpose
from trading.markets.models import Exchange, LastTrade, Price, PriceSource, Quote
from trading.markets.service import Calendar, QuoteCache
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, Unavailable

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
DAY = date(2013, 2, 19)


def state(market: FakeMarket) -> QuoteCache:
    return QuoteCache(lambda: market)


def prices(
    quotes: QuoteCache, *symbols: str, purpose: Purpose = EXIT, exchange: Exchange = Exchange.NASDAQ, last: str = "100"
) -> Mapping[str, Price]:
    return quotes.prices(exchange, dict.fromkeys(symbols, Decimal(last)), purpose, NOW)


def test_a_symbol_is_asked_for_once_whether_it_has_a_quote_or_not() -> None:
    market = FakeMarket(given=[quoted("AAPL", 100, NOW)])
    quotes = state(market)

    prices(quotes, "AAPL", "NONE")
    found = prices(quotes, "AAPL", "NONE", "MSFT")

    assert found == {"AAPL": priced(100, NOW)}
    assert market.asked == [("AAPL", "NONE"), ("MSFT",)]


def test_no_symbols_ask_nobody() -> None:
    def never() -> FakeMarket:
        raise AssertionError

    assert prices(QuoteCache(never)) == {}


def test_at_most_two_hundred_symbols_go_into_a_request() -> None:
    market = FakeMarket()

    prices(state(market), *(f"S{number}" for number in range(450)))

    assert [len(symbols) for symbols in market.asked] == [200, 200, 50]


def test_a_symbol_is_another_one_on_another_exchange() -> None:
    market = FakeMarket(given=[quoted("T", 20, NOW, exchange=Exchange.TSE), quoted("T", 30, NOW)])
    quotes = state(market)

    assert prices(quotes, "T", exchange=Exchange.TSE, last="20")["T"].amount == 20
    assert prices(quotes, "T", exchange=Exchange.NASDAQ, last="30")["T"].amount == 30


def test_a_quote_that_is_not_believed_is_left_out_and_counted_by_reason(capsys: pytest.CaptureFixture[str]) -> None:
    market = FakeMarket(given=[quoted("AAA", 101, NOW, ask=100), quoted("BBB", 100, NOW)])

    assert list(prices(state(market), "AAA", "BBB")) == ["BBB"]

    out = capsys.readouterr().out
    assert '"QuotesNotBelieved":[1.0]' in out
    assert '"reason":"crossed"' in out
    assert market.asked_for_trades == []


def test_the_widest_spread_is_that_of_the_settings() -> None:
    market = FakeMarket(given=[quoted("AAA", 98, NOW, ask=102)])

    assert prices(QuoteCache(lambda: market, Decimal("0.05"))).keys() == set()
    assert "AAA" in prices(QuoteCache(lambda: market, Decimal("0.05")), "AAA")


def test_the_last_trade_is_asked_for_once_where_a_flatten_has_no_quote_to_believe() -> None:
    given = [quoted("AAA", 101, NOW, ask=100), quoted("BBB", 100, NOW), quoted("CCC", 90, NOW, ask=110)]
    market = FakeMarket(given=given, trades={"AAA": traded(99, NOW)})
    quotes = state(market)

    found = prices(quotes, "AAA", "BBB", "CCC", purpose=FLATTEN)

    assert found == {"AAA": Price(Decimal(99), NOW, PriceSource.TRADE), "BBB": priced(100, NOW)}
    assert prices(quotes, "AAA", "BBB", "CCC", purpose=FLATTEN) == found
    assert market.asked_for_trades == [("AAA", "CCC")]


def test_a_move_of_more_than_half_asks_for_the_last_trade() -> None:
    market = FakeMarket(given=[quoted("AAA", 40, NOW), quoted("BBB", 40, NOW)], trades={"AAA": traded(41, NOW)})

    assert prices(state(market), "AAA", "BBB") == {"AAA": priced(40, NOW)}
    assert market.asked_for_trades == [("AAA", "BBB")]


def test_quotes_that_are_known_already_are_judged_without_asking_anybody() -> None:
    market = FakeMarket(trades={"AAA": traded(41, NOW), "DDD": traded(41, NOW)})
    crashed = replace(quoted("AAA", 40, NOW), last_trade=traded(41, NOW))
    others = [quoted("BBB", 99, NOW), quoted("CCC", 99, NOW - timedelta(minutes=16)), quoted("DDD", 40, NOW)]

    found = state(market).judge(
        [crashed, *others], dict.fromkeys(("AAA", "BBB", "CCC", "DDD"), Decimal(100)), EXIT, NOW
    )

    assert found == {"AAA": priced(40, NOW), "BBB": priced(99, NOW)}
    assert (market.asked, market.asked_for_trades) == ([], [])


def test_last_trades_are_those_that_can_be_had_each_asked_for_once() -> None:
    market = FakeMarket(trades={"AAA": traded(41, NOW)})
    quotes = state(market)

    assert quotes.last_trades(Exchange.NASDAQ, ["AAA", "BBB"]) == {"AAA": traded(41, NOW)}
    assert quotes.last_trades(Exchange.NASDAQ, ["BBB", "AAA"]) == {"AAA": traded(41, NOW)}
    assert quotes.last_trades(Exchange.NASDAQ, []) == {}
    assert market.asked_for_trades == [("AAA", "BBB")]


def test_the_last_trade_may_stand_in_for_a_symbol_without_a_quote_but_not_for_a_silent_provider() -> None:
    market = FakeMarket(trades={"AAA": traded(99, NOW)})

    assert prices(state(market), "AAA", purpose=FLATTEN) == {"AAA": Price(Decimal(99), NOW, PriceSource.TRADE)}
    assert prices(state(market), "AAA", purpose=EXIT) == {}

    silent = FakeMarket(trades={"AAA": traded(99, NOW)}, fails_with=Unavailable())
    assert prices(state(silent), "AAA", purpose=FLATTEN) == {}
    assert silent.asked_for_trades == []


def test_what_is_stamped_while_the_provider_is_waited_for_is_not_from_the_future() -> None:
    later, last = NOW + timedelta(seconds=12), NOW + timedelta(seconds=20)
    given = [quoted("AAA", 100, later), quoted("BBB", 101, later, ask=99)]
    market, readings = FakeMarket(given=given, trades={"BBB": traded(99, last)}), iter((0, 8, 8, 16))
    quotes = QuoteCache(lambda: market, running_time=lambda: timedelta(seconds=next(readings)))

    found = prices(quotes, "AAA", "BBB", purpose=FLATTEN)

    assert found == {"AAA": priced(100, later), "BBB": Price(Decimal(99), last, PriceSource.TRADE)}


@pytest.mark.parametrize("error", [Refused(), Unavailable(), OutcomeUnknown()])
def test_a_provider_that_fails_leaves_no_quotes_and_is_counted(
    error: PartnerError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prices(state(FakeMarket(given=[quoted("AAPL", 100, NOW)], fails_with=error)), "AAPL") == {}

    assert '"QuotesUnavailable":[1.0]' in capsys.readouterr().out


def test_a_provider_that_gives_no_trades_leaves_the_quotes_that_need_none() -> None:
    class NoTrades(FakeMarket):
        def last_trades(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, LastTrade]:
            raise Unavailable

    market = NoTrades(given=[quoted("AAA", 101, NOW, ask=100), quoted("BBB", 100, NOW)])

    assert list(prices(state(market), "AAA", "BBB", purpose=FLATTEN)) == ["BBB"]


def test_one_failing_request_leaves_the_quotes_of_the_others() -> None:
    class FailsOnce(FakeMarket):
        def quotes(self, exchange: Exchange, symbols: Collection[str]) -> Mapping[str, Quote]:
            self.asked.append(tuple(symbols))
            if len(self.asked) == 1:
                raise Unavailable
            return {symbol: quoted(symbol, 100, NOW, exchange=exchange) for symbol in symbols}

    found = prices(state(FailsOnce()), *(f"S{number:03}" for number in range(250)))

    assert sorted(found) == [f"S{number:03}" for number in range(200, 250)]


def test_a_trading_day_is_worked_out_once() -> None:
    instruments = FakeInstruments()
    days = Calendar(instruments)

    assert days.trading_day(Exchange.NASDAQ, DAY) == days.trading_day(Exchange.NASDAQ, DAY)
    assert instruments.asked_for_closures == 1


def test_an_exchange_closed_for_once_has_no_trading_day() -> None:
    days = Calendar(FakeInstruments(closed={(Exchange.NASDAQ, DAY)}))

    assert days.trading_day(Exchange.NASDAQ, DAY) is None
    assert days.trading_day(Exchange.NYSE, DAY) is not None


def test_nobody_is_asked_about_a_day_that_is_closed_anyway() -> None:
    instruments = FakeInstruments()

    assert Calendar(instruments).trading_day(Exchange.NASDAQ, date(2013, 2, 18)) is None
    assert instruments.asked_for_closures == 0
