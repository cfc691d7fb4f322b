"""Adjusted bars: what was paid before an ex-date, in the terms of today.

split, stock dividend   new for old   prices x old / new, volume x new / old
cash dividend           D a share     prices x (1 - D / C), C the last close before the ex-date
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from trading.markets.corporate_actions.models import ActionKind, CorporateAction
from trading.markets.models import Bar
from trading.platform.money import round_price

_SHARES = frozenset({ActionKind.SPLIT, ActionKind.STOCK_DIVIDEND})


def adjusted(bars: Sequence[Bar], actions: Iterable[CorporateAction], today: date) -> list[Bar]:
    """Return a symbol's bars, oldest first, adjusted for its actions that took place by today."""
    found = list(bars)
    for action in actions:
        before = sum(bar.day < action.ex_date for bar in found)
        if before and action.ex_date <= today and not action.terms.is_cancelled:
            # A dividend is a share of what was paid then, not of what other actions make of that.
            prices, volume = _factors(action, bars[before - 1].close)
            found[:before] = [_scaled(bar, prices, volume) for bar in found[:before]]
    return found


def _factors(action: CorporateAction, close: Decimal) -> tuple[Decimal, Decimal]:
    terms = action.terms
    if action.kind in _SHARES and terms.old_rate and terms.new_rate:
        return terms.old_rate / terms.new_rate, terms.new_rate / terms.old_rate
    if action.kind is ActionKind.DIVIDEND and terms.cash_rate and terms.cash_rate < close:
        return 1 - terms.cash_rate / close, Decimal(1)
    return Decimal(1), Decimal(1)


def _scaled(bar: Bar, prices: Decimal, volume: Decimal) -> Bar:
    opened, high, low, close = (round_price(price * prices) for price in (bar.open, bar.high, bar.low, bar.close))
    return replace(bar, open=opened, high=high, low=low, close=close, volume=int(bar.volume * volume))
