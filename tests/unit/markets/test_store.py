"""Instruments and closures in DynamoDB."""

from datetime import date

import pytest

from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore, closure_row

pytestmark = pytest.mark.usefixtures("aws")
STORM = date(2012, 10, 29)


def test_an_instrument_is_found_on_its_own_exchange_alone() -> None:
    store = DynamoInstrumentStore()
    store.save(Instrument("RY", Exchange.TSE))

    assert store.find(Exchange.TSE, "RY") == Instrument("RY", Exchange.TSE)
    assert store.find(Exchange.NYSE, "RY") is None


def test_active_instruments_alone_are_listed_by_symbol() -> None:
    store = DynamoInstrumentStore()
    for symbol, active in (("MSFT", True), ("FB", False), ("AAPL", True)):
        store.save(Instrument(symbol, Exchange.NASDAQ, active))
    store.save(Instrument("IBM", Exchange.NYSE))

    assert [instrument.symbol for instrument in store.listed(Exchange.NASDAQ)] == ["AAPL", "MSFT"]
    assert store.find(Exchange.NASDAQ, "FB") == Instrument("FB", Exchange.NASDAQ, active=False)


def test_an_instrument_saved_again_is_replaced() -> None:
    store = DynamoInstrumentStore()
    store.save(Instrument("FB", Exchange.NASDAQ))
    store.save(Instrument("FB", Exchange.NASDAQ, active=False))

    assert store.listed(Exchange.NASDAQ) == ()


def test_closures_of_an_exchange_are_those_of_a_week_around() -> None:
    store = DynamoInstrumentStore()
    for day in (date(2012, 10, 21), date(2012, 10, 22), STORM, date(2012, 11, 5), date(2012, 11, 6)):
        closure_row(Exchange.NYSE, day).save()
    closure_row(Exchange.TSE, STORM).save()

    assert store.closures(Exchange.NYSE, STORM) == dict.fromkeys((date(2012, 10, 22), STORM, date(2012, 11, 5)))
    assert store.closures(Exchange.NASDAQ, STORM) == {}
