"""The registry of symbols: what is known already stays as it is."""

import pytest

from sandbox.registry import register, register_quoted, register_shipped, register_unknown
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore

pytestmark = pytest.mark.usefixtures("aws")


def test_a_symbol_first_seen_is_active_on_the_exchange_given() -> None:
    register_unknown(["NEW", "NEW"], Exchange.TSE)

    assert DynamoInstrumentStore().find(Exchange.TSE, "NEW") == Instrument("NEW", Exchange.TSE)


def test_a_symbol_that_is_known_elsewhere_or_inactive_stays_as_it_is() -> None:
    register([Instrument("OLD", Exchange.NYSE), Instrument("DEAD", Exchange.NASDAQ, active=False)])

    register_unknown(["OLD", "DEAD"], Exchange.NASDAQ)

    assert DynamoInstrumentStore().listed(Exchange.NASDAQ) == ()


def test_an_instrument_that_stands_twice_is_what_it_was_last() -> None:
    register([Instrument("X", Exchange.NYSE), Instrument("X", Exchange.NYSE, active=False)])

    assert DynamoInstrumentStore().listed(Exchange.NYSE) == ()


def test_shipped_symbols_are_listed_where_they_trade() -> None:
    register_shipped()

    store = DynamoInstrumentStore()
    assert [instrument.symbol for instrument in store.listed(Exchange.NASDAQ)] == ["AAPL", "FB", "GOOG", "MSFT"]
    assert [instrument.symbol for instrument in store.listed(Exchange.NYSE)] == ["IBM"]


def test_a_quoted_symbol_means_the_exchange_that_has_it_and_the_united_states_first() -> None:
    register([Instrument("RY", Exchange.TSE), Instrument("T", Exchange.TSE), Instrument("T", Exchange.NYSE)])

    found = register_quoted({"RY": (None, "RY"), "T": (None, "T"), "TSE:NEW": (Exchange.TSE, "NEW"), "X": (None, "X")})

    assert found == {"RY": Exchange.TSE, "T": Exchange.NYSE, "TSE:NEW": Exchange.TSE, "X": Exchange.NASDAQ}
    assert DynamoInstrumentStore().find(Exchange.TSE, "NEW") == Instrument("NEW", Exchange.TSE)
    assert DynamoInstrumentStore().find(Exchange.NASDAQ, "X") == Instrument("X", Exchange.NASDAQ)


def test_a_quoted_symbol_that_is_inactive_stays_so() -> None:
    register([Instrument("DEAD", Exchange.NASDAQ, active=False)])

    register_quoted({"DEAD": (None, "DEAD"), "NASDAQ:DEAD": (Exchange.NASDAQ, "DEAD")})

    assert DynamoInstrumentStore().listed(Exchange.NASDAQ) == ()
