"""Histories as arrays: what comes of the pages that Alpaca answers with."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.markets.models import Exchange
from trading.partners.market_data.connection import BadRequest, Connection
from trading.partners.market_data.panels import AlpacaPanels
from trading.platform.errors import Unavailable
from trading.signals.panel import FIELDS, DailyPanel

NASDAQ = Exchange.NASDAQ
DAYS = {"since": date(2013, 2, 1), "until": date(2013, 2, 20)}
TUESDAY, WEDNESDAY = np.datetime64("2013-02-19"), np.datetime64("2013-02-20")


def bar(day: int = 19, close: float = 2, **values: Any) -> dict[str, Any]:
    return {"t": f"2013-02-{day}T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": close, "v": 10} | values


@dataclass
class Pages:
    """A connection that answers with pages of bars, adjusted and raw."""

    adjusted: list[Mapping[str, Any]]
    raw: list[Mapping[str, Any]]
    asked: list[Mapping[str, str]] = field(default_factory=list)
    refuses: str = ""

    def get(self, path: str, query: Mapping[str, str], read: Callable[[str], Any]) -> Any:
        assert path == "/v2/stocks/bars"
        self.asked.append(dict(query))
        if self.refuses and self.refuses in query["symbols"].split(","):
            raise BadRequest("invalid symbol")
        pages = self.adjusted if query["adjustment"] == "all" else self.raw
        place = int(query.get("page_token", "0"))
        if place >= len(pages):
            raise Unavailable("Market data cannot be had at present.")
        is_last = place + 1 == len(pages) and "more" not in pages[place]
        return read(json.dumps({"bars": pages[place], "next_page_token": None if is_last else str(place + 1)}))


class NothingRefused:
    """No symbol is known to be refused."""

    def recall(self) -> frozenset[str]:
        return frozenset()

    def remember(self, symbols: Collection[str]) -> None:
        del symbols


def panel_of(pages: Pages, *symbols: str) -> DailyPanel:
    client = AlpacaPanels(cast(Connection, pages), "iex", frozenset({NASDAQ}), NothingRefused())
    return client.daily_panel(NASDAQ, symbols, **DAYS)


def both(*pages: Mapping[str, Any]) -> Pages:
    return Pages(list(pages), list(pages))


def test_pages_become_arrays_by_day_and_symbol() -> None:
    pages = both({"AAPL": [bar(19)]}, {"AAPL": [bar(20, 2.5)], "MSFT": [bar(20, 0.75)]})

    panel = panel_of(pages, "MSFT", "AAPL")

    assert panel.days.tolist() == [TUESDAY, WEDNESDAY]
    assert panel.symbols == ("AAPL", "MSFT")
    assert np.array_equal(panel.close, [[2, np.nan], [2.5, 0.75]], equal_nan=True)
    assert np.array_equal(panel.high, [[3, np.nan], [3, 3]], equal_nan=True)
    assert np.array_equal(panel.factor, [[1, np.nan], [1, 1]], equal_nan=True)
    assert all(getattr(panel, name).dtype == np.float64 for name in FIELDS)


def test_both_kinds_are_asked_for_with_all_their_pages() -> None:
    pages = both({"AAPL": [bar(19)]}, {"AAPL": [bar(20)]})

    panel_of(pages, "AAPL")

    assert [(asked["adjustment"], asked.get("page_token")) for asked in pages.asked] == [
        ("all", None),
        ("all", "1"),
        ("raw", None),
        ("raw", "1"),
    ]
    assert {key: pages.asked[0][key] for key in ("symbols", "timeframe", "start", "end", "limit", "feed")} == {
        "symbols": "AAPL",
        "timeframe": "1Day",
        "start": "2013-02-01",
        "end": "2013-02-20",
        "limit": "10000",
        "feed": "iex",
    }


def test_raw_prices_lie_in_the_factor_and_dollars_stay_dollars() -> None:
    pages = Pages([{"AAPL": [bar(close=2.5, v=40)]}], [{"AAPL": [bar(close=10, h=12, v=10)]}])

    panel = panel_of(pages, "AAPL")

    assert (panel.close.item(), panel.factor.item(), panel.raw_close.item()) == (2.5, 4, 10)
    assert (panel.volume.item(), panel.dollars.item()) == (40, 100)


def test_a_bar_that_came_one_way_alone_is_none() -> None:
    pages = Pages([{"AAPL": [bar(19), bar(20)]}], [{"AAPL": [bar(20)]}])

    panel = panel_of(pages, "AAPL")

    assert panel.has_bar[:, 0].tolist() == [False, True]
    assert all(np.isnan(getattr(panel, name)[0, 0]) for name in FIELDS)


@pytest.mark.parametrize("missing", ["adjusted", "raw"])
def test_where_one_kind_is_missing_nothing_is_had(missing: str) -> None:
    whole: list[Mapping[str, Any]] = [{"AAPL": [bar(19), bar(20)]}]
    pages = Pages([{}], whole) if missing == "adjusted" else Pages(whole, [{}])

    with pytest.raises(Unavailable):
        panel_of(pages, "AAPL")


@pytest.mark.parametrize("kind", ["adjusted", "raw"])
def test_a_page_that_does_not_come_leaves_nothing(kind: str) -> None:
    cut: list[Mapping[str, Any]] = [{"AAPL": [bar(19)], "more": []}]
    whole: list[Mapping[str, Any]] = [{"AAPL": [bar(19)]}]

    with pytest.raises(Unavailable):
        panel_of(Pages(cut, whole) if kind == "adjusted" else Pages(whole, cut), "AAPL")


@pytest.mark.parametrize("value", [0, -1, None, "x", float("nan"), float("inf"), 1e12])
@pytest.mark.parametrize("name", ["o", "h", "l", "c"])
def test_what_is_no_price_is_no_bar(name: str, value: Any) -> None:
    panel = panel_of(both({"AAPL": [bar(19, **{name: value}), bar(20)], "MSFT": [bar(19)]}), "AAPL", "MSFT")

    assert panel.has_bar.tolist() == [[False, True], [True, False]]


@pytest.mark.parametrize(("volume", "is_bar"), [(0, True), (-1, False), (1e16, False)])
def test_a_day_without_a_trade_is_a_bar(volume: float, *, is_bar: bool) -> None:
    panel = panel_of(both({"AAPL": [bar(19, v=volume), bar(20)], "MSFT": [bar(19)]}), "AAPL", "MSFT")

    assert panel.has_bar[0].tolist() == [is_bar, True]


def test_impossible_prices_stand_as_they_came() -> None:
    assert panel_of(both({"AAPL": [bar(h=0.1)]}), "AAPL").high.item() == 0.1


def test_a_bar_is_of_the_day_that_it_is_in_new_york() -> None:
    panel = panel_of(both({"AAPL": [bar(t="2013-02-20T04:00:00Z")]}), "AAPL")

    assert panel.days.tolist() == [TUESDAY]


def test_nothing_is_an_empty_panel() -> None:
    panel = panel_of(both({}), "AAPL")

    assert (len(panel), panel.symbols) == (0, ())
    assert len(panel.last(64).until(date(2013, 2, 20))) == 0


def test_a_symbol_that_is_refused_leaves_the_others() -> None:
    pages = Pages([{"AAPL": [bar()]}], [{"AAPL": [bar()]}], refuses="BAD")

    assert panel_of(pages, "AAPL", "BAD", "MSFT").symbols == ("AAPL",)


def test_symbols_go_by_our_spelling() -> None:
    pages = both({"BRK.B": [bar()]})

    assert panel_of(pages, "BRK-B").symbols == ("BRK-B",)
    assert pages.asked[0]["symbols"] == "BRK.B"


def test_an_exchange_that_is_not_covered_has_nothing() -> None:
    client = AlpacaPanels(cast(Connection, both({})), "iex", frozenset(), NothingRefused())

    assert len(client.daily_panel(NASDAQ, ["AAPL"], **DAYS)) == 0


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("tohlcv"), inner, max_size=4),
    max_leaves=8,
)
odd_bars = anything | st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys("tohlcv", anything)), max_size=3)


@given(odd_bars)
def test_garbage_in_one_symbol_s_bars_leaves_the_others(garbage: Any) -> None:
    alone = panel_of(both({"AAA": [bar()], "ZZZ": [bar()]}), "AAA", "ZZZ")

    found = panel_of(both({"AAA": [bar()], "BAD": garbage, "ZZZ": [bar()]}), "AAA", "BAD", "ZZZ")

    assert found.of(["AAA", "ZZZ"]).until(date(2013, 2, 20)).last(1).close.tolist() == alone.close.tolist()


def test_a_bar_of_a_day_that_nobody_asked_for_is_none() -> None:
    found = panel_of(both({"AAPL": [bar(19), bar(21)], "MSFT": [bar(20)]}), "AAPL", "MSFT")

    assert list(found.days) == [TUESDAY, WEDNESDAY]
