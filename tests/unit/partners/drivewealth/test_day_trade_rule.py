"""The day trade rule of an account: fields come and go at the broker, and none of them is needed."""

from typing import Any

import pytest

from trading.brokerage.models import DayTradeRule
from trading.partners.drivewealth import reading

ACCOUNT = {"id": "a1", "accountNo": "DW1", "userID": "u1", "status": {"name": "OPEN"}}
MARGIN, CASH = {"name": "MARGIN"}, {"name": "CASH"}


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, DayTradeRule.NONE),
        ({"tradingType": None}, DayTradeRule.NONE),
        ({"tradingType": CASH, "patternDayTrades": 3, "gfvPdtExempt": False}, DayTradeRule.NONE),
        ({"tradingType": MARGIN, "patternDayTrades": 0, "gfvPdtExempt": False}, DayTradeRule.PDT),
        ({"tradingType": MARGIN, "patternDayTrades": 0}, DayTradeRule.PDT),
        ({"tradingType": MARGIN, "patternDayTrades": 2, "gfvPdtExempt": True}, DayTradeRule.INTRADAY_MARGIN),
        ({"tradingType": MARGIN, "patternDayTrades": None}, DayTradeRule.INTRADAY_MARGIN),
        ({"tradingType": MARGIN}, DayTradeRule.INTRADAY_MARGIN),
    ],
)
def test_the_rule_follows_what_the_broker_still_says(fields: dict[str, Any], rule: DayTradeRule) -> None:
    assert reading.account({**ACCOUNT, **fields}).day_trade_rule is rule
