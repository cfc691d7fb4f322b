"""Quotes and trading days of one invocation."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.markets import FakeInstruments, FakeMarket
from trading.markets.models import Exchange, Quote
from trading.markets.service import Calendar, QuoteBook
from trading.platform.errors import OutcomeUnknown, PartnerError, Refused, Unavailable

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
DAY = date(2013, 2, 19)


def quoted(symbol: str = "AAPL", price: str = "100", at: datetime = NOW) -> dict[str, Quote]:
    return {symbol: Quote(symbol, Decimal(price), at)}


def book(market: FakeMarket) -> QuoteBook:
    return QuoteBook(lambda: market)


def test_a_symbol_is_asked_for_once_whether_it_has_a_quote_or_not() -> None:
    market = FakeMarket(given=quoted())
    quotes = book(market)

    quotes.fresh(["AAPL", "NONE"], NOW)
    found = quotes.fresh(["AAPL", "NONE", "MSFT"], NOW)

    assert found == quoted()
    assert market.asked == [("AAPL", "NONE"), ("MSFT",)]


def test_no_symbols_ask_nobody() -> None:
    def never() -> FakeMarket:
        raise AssertionError

    assert QuoteBook(never).fresh([], NOW) == {}


def test_at_most_two_hundred_symbols_go_into_a_request() -> None:
    market = FakeMarket()

    book(market).fresh([f"S{number}" for number in range(450)], NOW)

    assert [len(symbols) for symbols in market.asked] == [200, 200, 50]


@pytest.mark.parametrize(("age", "counts"), [(timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False)])
def test_a_quote_counts_for_fifteen_minutes(age: timedelta, *, counts: bool) -> None:
    market = FakeMarket(given=quoted(at=NOW - age))

    assert ("AAPL" in book(market).fresh(["AAPL"], NOW)) is counts


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_price_that_is_none_is_no_quote(price: str) -> None:
    assert book(FakeMarket(given=quoted(price=price))).fresh(["AAPL"], NOW) == {}


@pytest.mark.parametrize(("at", "counts"), [(NOW, True), (NOW - timedelta(seconds=1), False)])
def test_a_quote_from_before_a_given_moment_does_not_count(at: datetime, *, counts: bool) -> None:
    quotes = book(FakeMarket(given=quoted(at=at)))

    assert ("AAPL" in quotes.fresh(["AAPL"], NOW, not_before=NOW)) is counts
    assert "AAPL" in quotes.fresh(["AAPL"], NOW)


@pytest.mark.parametrize("error", [Refused(), Unavailable(), OutcomeUnknown()])
def test_a_provider_that_fails_leaves_no_quotes_and_is_counted(
    error: PartnerError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert book(FakeMarket(given=quoted(), fails_with=error)).fresh(["AAPL"], NOW) == {}

    assert '"QuotesUnavailable":[1.0]' in capsys.readouterr().out


def test_one_failing_request_leaves_the_quotes_of_the_others() -> None:
    class FailsOnce(FakeMarket):
        def quotes(self, symbols: object) -> dict[str, Quote]:
            self.asked.append(tuple(symbols))  # type: ignore[arg-type]
            if len(self.asked) == 1:
                raise Unavailable
            return {symbol: quoted(symbol)[symbol] for symbol in self.asked[-1]}

    found = book(FailsOnce()).fresh([f"S{number:03}" for number in range(250)], NOW)

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
