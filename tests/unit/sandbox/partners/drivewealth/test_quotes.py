"""What the simulated broker trades and at which prices: the registry's symbols, the market's latest quotes."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.partners.drivewealth.managed.quotes import latest_price, their_symbols
from sandbox.partners.market_data.simulator import MarketSimulator
from sandbox.registry import activity, register, registered
from trading.markets.models import Exchange, Instrument

OPEN = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
NIGHT = datetime(2013, 2, 20, 3, 0, tzinfo=UTC)


@pytest.mark.usefixtures("aws")
def test_a_symbol_is_active_if_some_exchange_has_it_so() -> None:
    register(
        [
            Instrument("BOTH", Exchange.NYSE, active=False),
            Instrument("BOTH", Exchange.NASDAQ),
            Instrument("GONE", Exchange.NYSE, active=False),
        ]
    )

    assert activity() == {"BOTH": True, "GONE": False}
    assert registered() == {"BOTH", "GONE"}


def test_classes_of_shares_are_written_with_a_dot() -> None:
    assert their_symbols({"BRK-B": False, "BRK.B": True, "X-C": True}) == {"BRK.B": True, "X-C": True}


def test_the_price_is_the_latest_quotes(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path)

    market.pin({"MSFT": Decimal("12.5"), "GOOG": None, "BRK-B": Decimal(100), "C.A": Decimal(7)})

    assert latest_price(market, "MSFT", OPEN) == Decimal("12.5")
    assert latest_price(market, "BRK.B", OPEN) == 100
    assert latest_price(market, "C.A", OPEN) == 7
    for unknown in ("GOOG", "NOSUCH"):
        assert latest_price(market, unknown, OPEN) is None


def test_at_night_the_price_is_the_last_close(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path)
    closing = datetime(2013, 2, 19, 21, 0, tzinfo=UTC)

    assert latest_price(market, "AAPL", NIGHT) == latest_price(market, "AAPL", closing)
    assert latest_price(market, "AAPL", NIGHT) != latest_price(market, "AAPL", OPEN)
