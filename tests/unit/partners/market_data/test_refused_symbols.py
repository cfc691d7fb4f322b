"""Symbols that the market-data partner refused, in DynamoDB."""

from datetime import date

import pytest

from trading.partners.market_data.store import DynamoRefusedSymbols

TODAY, TOMORROW = date(2013, 2, 19), date(2013, 2, 20)

pytestmark = pytest.mark.usefixtures("aws")


def test_what_several_workers_found_is_known_to_all() -> None:
    DynamoRefusedSymbols(lambda: TODAY).remember(["BAD"])
    DynamoRefusedSymbols(lambda: TODAY).remember(["WORSE", "BAD"])

    assert DynamoRefusedSymbols(lambda: TODAY).recall() == {"BAD", "WORSE"}


def test_it_is_forgotten_with_the_day() -> None:
    DynamoRefusedSymbols(lambda: TODAY).remember(["BAD"])

    assert DynamoRefusedSymbols(lambda: TOMORROW).recall() == frozenset()
