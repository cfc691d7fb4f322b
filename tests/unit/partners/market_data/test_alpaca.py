"""Alpaca's client against a transport that answers as set."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from trading.markets.models import Bar, Exchange, LastTrade
from trading.partners.market_data.alpaca import Alpaca
from trading.partners.market_data.connection import Connection
from trading.platform.errors import Refused, Unavailable

NASDAQ = Exchange.NASDAQ


class Transport(BaseAdapter):
    """Answers each request with the next thing it was given; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[Mapping[str, list[str]]] = []
        self.hosts: list[str | None] = []
        self.headers: list[Mapping[str, str]] = []
        self.timeouts: list[tuple[float, float]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        del args
        address = urlsplit(request.url or "")
        self.asked.append(parse_qs(address.query))
        self.hosts.append(address.hostname)
        self.headers.append(dict(request.headers))
        self.timeouts.append(kwargs["timeout"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        response = requests.Response()
        response.status_code = status
        response.url, response.request = request.url or "", request
        response._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        response.headers.update(headers[0] if headers else {})
        return response

    def close(self) -> None:
        pass


@dataclass
class Wall:
    """A clock that moves by sleeping alone, and by what each reading costs."""

    reading_costs: float = 0.0
    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        self.at += self.reading_costs
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class FakeRefusedSymbols:
    """Refused symbols in memory."""

    kept: set[str] = field(default_factory=set)
    recalled: int = 0

    def recall(self) -> frozenset[str]:
        self.recalled += 1
        return frozenset(self.kept)

    def remember(self, symbols: Collection[str]) -> None:
        self.kept |= set(symbols)


def alpaca(
    *answers: Any, wall: Wall | None = None, refused: FakeRefusedSymbols | None = None
) -> tuple[Alpaca, Transport, list[float]]:
    transport, wall = Transport(*answers), wall or Wall()
    session = requests.Session()
    session.mount("https://", transport)
    connection = Connection(
        "https://data.test",
        lambda: {"key_id": "id", "secret_key": "secret"},
        session=session,
        sleep=wall.sleep,
        monotonic=wall.monotonic,
        wall=lambda: 1000,
    )
    client = Alpaca(connection, feed="iex", exchanges=frozenset({NASDAQ}), refused=refused or FakeRefusedSymbols())
    return client, transport, wall.slept


def quote(bid: float, ask: float, at: str = "2013-02-19T14:30:00.123456789Z") -> dict[str, Any]:
    return {"quotes": {"AAPL": {"t": at, "bp": bid, "ap": ask}}}


def test_a_quote_is_bid_and_ask_with_their_moment() -> None:
    client, _, _ = alpaca((200, quote(100.01, 100.02)))

    found = client.quotes(NASDAQ, ["AAPL"])["AAPL"]

    assert (found.exchange, found.symbol) == (NASDAQ, "AAPL")
    assert (found.bid, found.ask) == (Decimal("100.01"), Decimal("100.02"))
    assert found.at == datetime(2013, 2, 19, 14, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize("side", [0, -1, float("nan"), float("inf")])
def test_a_side_that_is_no_price_is_no_side(side: float) -> None:
    answer = {"quotes": quote(side, 100)["quotes"] | {"MSFT": {"t": "2013-02-19T14:30:00Z", "bp": 28, "ap": 28}}}

    found = alpaca((200, answer))[0].quotes(NASDAQ, ["AAPL", "MSFT"])

    assert (found["AAPL"].bid, found["AAPL"].ask, found["MSFT"].bid) == (0, 100, 28)


def test_bids_are_cut_and_asks_raised_to_four_places() -> None:
    body = '{"quotes": {"AAPL": {"t": "2013-02-19T14:30:00Z", "bp": 10.00039, "ap": 10.00041}}}'

    found = alpaca((200, body))[0].quotes(NASDAQ, ["AAPL"])["AAPL"]

    assert (found.bid, found.ask) == (Decimal("10.0003"), Decimal("10.0005"))


def test_the_keys_and_the_feed_go_with_every_request() -> None:
    client, transport, _ = alpaca((200, {"quotes": {}}))

    client.quotes(NASDAQ, ["AAPL"])

    assert transport.headers[0]["APCA-API-KEY-ID"] == "id"
    assert transport.headers[0]["APCA-API-SECRET-KEY"] == "secret"
    assert transport.asked[0] == {"symbols": ["AAPL"], "feed": ["iex"]}
    assert "secret" not in repr(client)


def test_no_symbols_ask_nobody() -> None:
    client, transport, _ = alpaca((200, {}))

    assert client.quotes(NASDAQ, []) == {}
    assert client.daily_bars(NASDAQ, [], since=date(2013, 2, 1), until=date(2013, 2, 20)) == {}
    assert transport.asked == []


def test_an_exchange_is_covered_if_the_settings_say_so() -> None:
    client, _, _ = alpaca((200, {}))

    assert client.covers(Exchange.NASDAQ)
    assert not client.covers(Exchange.TSE)


def test_two_hundred_symbols_go_into_a_request() -> None:
    client, transport, _ = alpaca((200, {"quotes": {}}))

    client.quotes(NASDAQ, [f"S{number}" for number in range(450)])

    assert [len(asked["symbols"][0].split(",")) for asked in transport.asked] == [200, 200, 50]


def test_bars_are_read_page_by_page() -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    first = {"bars": {"AAPL": [bar]}, "next_page_token": "more"}
    second = {"bars": {"AAPL": [bar | {"t": "2013-02-20T05:00:00Z"}]}, "next_page_token": None}
    client, transport, _ = alpaca((200, first), (200, second))

    bars = client.daily_bars(NASDAQ, ["AAPL"], since=date(2013, 2, 1), until=date(2013, 2, 20))["AAPL"]

    assert [bar.day for bar in bars] == [date(2013, 2, 19), date(2013, 2, 20)]
    assert transport.asked[1]["page_token"] == ["more"]
    assert transport.asked[0] == {
        "symbols": ["AAPL"],
        "timeframe": ["1Day"],
        "start": ["2013-02-01"],
        "end": ["2013-02-20"],
        "adjustment": ["all"],
        "limit": ["10000"],
        "feed": ["iex"],
    }


def test_bars_of_many_symbols_are_asked_for_in_batches_and_kept_apart() -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    client, transport, _ = alpaca(
        (200, {"bars": {"S000": [bar]}}), (200, {"bars": {"S300": [bar]}}), (200, {"bars": None})
    )

    found = client.daily_bars(
        NASDAQ, [f"S{number:03}" for number in range(450)], since=date(2013, 2, 1), until=date(2013, 2, 20)
    )

    assert list(found) == ["S000", "S300"]
    assert [len(asked["symbols"][0].split(",")) for asked in transport.asked] == [200, 200, 50]


@pytest.mark.parametrize(("at", "day"), [("05:00:00Z", 19), ("04:00:00Z", 18), ("04:00:00.000000001Z", 18)])
def test_a_bar_is_of_the_day_that_it_is_in_new_york(at: str, day: int) -> None:
    bar = {"t": f"2013-02-19T{at}", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    client, _, _ = alpaca((200, {"bars": {"AAPL": [bar]}}))

    bars = client.daily_bars(NASDAQ, ["AAPL"], since=date(2013, 2, 1), until=date(2013, 2, 20))["AAPL"]

    assert bars == (Bar("AAPL", date(2013, 2, day), Decimal(1), Decimal(3), Decimal("0.5"), Decimal(2), 10),)


@pytest.mark.parametrize("price", [0, float("nan"), float("-inf")])
def test_a_bar_with_what_is_no_price_is_no_bar(price: float) -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": price, "c": 2, "v": 10}
    client, _, _ = alpaca((200, {"bars": {"AAPL": [bar, bar | {"l": 1}]}}))

    assert len(client.daily_bars(NASDAQ, ["AAPL"], since=date(2013, 2, 1), until=date(2013, 2, 20))["AAPL"]) == 1


def test_what_passes_is_tried_again_and_waits_as_long_as_it_is_told() -> None:
    client, transport, slept = alpaca((429, {}, {"Retry-After": "3"}), requests.ConnectionError(), (200, quote(1, 1)))

    assert client.quotes(NASDAQ, ["AAPL"])["AAPL"].bid == 1
    assert len(transport.asked) == 3
    assert slept[0] == 3
    assert 0 <= slept[1] <= 0.8


@pytest.mark.parametrize("answer", [(500, {}), (503, {}), (429, {}), requests.ConnectionError(), requests.Timeout()])
def test_what_does_not_pass_is_unavailable_after_three_attempts(answer: Any) -> None:
    client, transport, slept = alpaca(answer)

    with pytest.raises(Unavailable):
        client.quotes(NASDAQ, ["AAPL"])
    assert (len(transport.asked), len(slept)) == (3, 2)


def test_who_asks_for_more_patience_than_there_is_gets_none() -> None:
    client, transport, slept = alpaca((429, {}, {"Retry-After": "60"}))

    with pytest.raises(Unavailable):
        client.quotes(NASDAQ, ["AAPL"])
    assert (len(transport.asked), slept) == (1, [])


def test_a_rate_limit_is_waited_for_until_it_is_reset() -> None:
    client, _, slept = alpaca((429, {}, {"X-RateLimit-Reset": "1003"}), (200, quote(1, 1)))

    assert client.quotes(NASDAQ, ["AAPL"])["AAPL"].bid == 1
    assert slept == [3]


def test_a_rate_limit_that_is_reset_too_late_is_not_waited_for() -> None:
    client, transport, slept = alpaca((429, {}, {"X-RateLimit-Reset": "1060"}))

    with pytest.raises(Unavailable):
        client.quotes(NASDAQ, ["AAPL"])
    assert (len(transport.asked), slept) == (1, [])


@pytest.mark.parametrize("asked", ["Tue, 19 Feb 2013 15:00:00 GMT", "-1", "soon"])
def test_a_wait_in_other_words_is_ours_to_choose(asked: str) -> None:
    client, _, slept = alpaca((429, {}, {"Retry-After": asked}), (200, quote(1, 1)))

    client.quotes(NASDAQ, ["AAPL"])

    assert 0 <= slept[0] <= 0.4


def test_slow_attempts_end_with_the_time_that_a_request_has() -> None:
    client, transport, _ = alpaca(requests.Timeout(), wall=Wall(reading_costs=3))

    with pytest.raises(Unavailable):
        client.quotes(NASDAQ, ["AAPL"])
    assert [connect for connect, _ in transport.timeouts] == [2, 2]
    assert transport.timeouts[0][1] == 5
    assert transport.timeouts[1][1] <= 3


def test_an_attempt_waits_two_seconds_to_connect_and_five_to_read() -> None:
    client, transport, _ = alpaca((200, quote(1, 1)))

    client.quotes(NASDAQ, ["AAPL"])

    assert transport.timeouts == [(2, 5)]


@pytest.mark.parametrize(
    "answer",
    [
        (200, "{not json"),
        (200, "[]"),
        (200, ""),
        (200, {}),
        (200, {"quotes": []}),
        (200, {"quotes": None}),
        (200, "[" * 100_000),
    ],
)
def test_what_cannot_be_read_is_unavailable(answer: Any) -> None:
    client, transport, _ = alpaca(answer)

    with pytest.raises(Unavailable):
        client.quotes(NASDAQ, ["AAPL"])
    assert len(transport.asked) == 1


@pytest.mark.parametrize("page", [{"bars": ["AAPL"]}, {"bars": 7}])
def test_bars_that_cannot_be_read_are_unavailable(page: Any) -> None:
    with pytest.raises(Unavailable):
        alpaca((200, page))[0].daily_bars(NASDAQ, ["AAPL"], since=date(2013, 2, 1), until=date(2013, 2, 20))


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    client, transport, _ = alpaca((status, {}))

    with pytest.raises(Refused):
        client.quotes(NASDAQ, ["AAPL"])
    assert len(transport.asked) == 1


def test_the_keys_do_not_follow_a_redirect() -> None:
    client, transport, _ = alpaca((302, {}, {"Location": "https://elsewhere.test/"}))

    with pytest.raises(Refused):
        client.quotes(NASDAQ, ["AAPL"])
    assert transport.hosts == ["data.test"]


GOOD = {"t": "2013-02-19T14:30:00Z", "bp": 28, "ap": 29}
ODD_ENTRIES = [
    "null",
    "{}",
    "[]",
    "7",
    '"x"',
    '{"bp": 1, "ap": 1}',
    '{"t": "yesterday", "bp": 1, "ap": 1}',
    '{"t": null, "bp": 1, "ap": 1}',
    '{"t": "2013-02-19T14:30:00", "bp": 1, "ap": 1}',
    '{"t": "0001-01-01T00:00:00+10:00", "bp": 1, "ap": 1}',
]
ODD_SIDES = ["null", '"x"', "1e99", "1e-99", "9" * 5000, "1e99999999999999999999", "NaN", "-Infinity", "true", "[]"]


@pytest.mark.parametrize("entry", ODD_ENTRIES)
def test_an_entry_that_cannot_be_read_is_no_quote_and_costs_no_other(entry: str) -> None:
    body = f'{{"quotes": {{"AAPL": {entry}, "MSFT": {json.dumps(GOOD)}}}}}'

    assert list(alpaca((200, body))[0].quotes(NASDAQ, ["AAPL", "MSFT"])) == ["MSFT"]


@pytest.mark.parametrize("side", ODD_SIDES)
def test_a_side_that_cannot_be_read_is_no_side_and_costs_no_other(side: str) -> None:
    entry = f'{{"t": "2013-02-19T14:30:00Z", "bp": {side}, "ap": 29}}'
    body = f'{{"quotes": {{"AAPL": {entry}, "MSFT": {json.dumps(GOOD)}}}}}'

    found = alpaca((200, body))[0].quotes(NASDAQ, ["AAPL", "MSFT"])

    assert (found["AAPL"].bid, found["MSFT"].bid) == (0, 28)


@pytest.mark.parametrize(
    "odd", [{}, None, 7, {"t": "x"}, {"h": 0.1}, {"l": 9}, {"c": 9}, {"v": -1}, {"v": 1e30}, {"o": 1e30}]
)
def test_a_bar_that_cannot_be_is_left_out_alone(odd: Any) -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    page = {"bars": {"AAPL": [bar | odd if isinstance(odd, dict) and odd else odd, bar], "MSFT": [bar], "IBM": None}}
    client, _, _ = alpaca((200, page))

    found = client.daily_bars(NASDAQ, ["AAPL", "MSFT", "IBM"], since=date(2013, 2, 1), until=date(2013, 2, 20))

    assert {symbol: len(bars) for symbol, bars in found.items()} == {"AAPL": 1, "MSFT": 1}


def test_the_last_trade_is_a_price_with_its_moment() -> None:
    answer = {"trades": {"AAPL": {"t": "2013-02-19T14:30:00Z", "p": 28.5}, "MSFT": {"p": 1}, "IBM": None}}
    client, transport, _ = alpaca((200, answer))

    found = client.last_trades(NASDAQ, ["AAPL", "MSFT", "IBM"])

    assert found == {"AAPL": LastTrade(Decimal("28.5"), datetime(2013, 2, 19, 14, 30, tzinfo=UTC))}
    assert transport.asked[0] == {"symbols": ["AAPL,IBM,MSFT"], "feed": ["iex"]}


def test_symbols_are_spelled_the_partners_way_outside_and_ours_inside() -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    client, transport, _ = alpaca((200, {"quotes": {"BRK.B": GOOD}}), (200, {"bars": {"BRK.B": [bar]}}))

    quotes = client.quotes(NASDAQ, ["BRK-B", "BRK.B"])
    bars = client.daily_bars(NASDAQ, ["BRK-B"], since=date(2013, 2, 1), until=date(2013, 2, 20))

    assert [asked["symbols"] for asked in transport.asked] == [["BRK.B"], ["BRK.B"]]
    assert [(symbol, found.symbol) for symbol, found in quotes.items()] == [("BRK-B", "BRK-B"), ("BRK.B", "BRK.B")]
    assert bars["BRK-B"][0].symbol == "BRK-B"


def test_what_nobody_asked_for_is_left_out() -> None:
    client, _, _ = alpaca((200, {"quotes": {"AAPL": GOOD, "MSFT": GOOD}}))

    assert list(client.quotes(NASDAQ, ["AAPL"])) == ["AAPL"]


def test_another_exchange_is_not_asked_about() -> None:
    client, transport, _ = alpaca((200, {"quotes": {"T": GOOD}}))

    assert client.quotes(Exchange.TSE, ["T"]) == {}
    assert client.last_trades(Exchange.TSE, ["T"]) == {}
    assert client.daily_bars(Exchange.TSE, ["T"], since=date(2013, 2, 1), until=date(2013, 2, 20)) == {}
    assert transport.asked == []


def test_bars_come_a_day_each_in_order_and_of_the_days_asked_for_alone() -> None:
    def bar(day: int, close: float = 2) -> dict[str, object]:
        return {"t": f"2013-02-{day}T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": close, "v": 10}

    first = {"bars": {"AAPL": [bar(20), bar(21), bar(18)]}, "next_page_token": "more"}
    client, _, _ = alpaca((200, first), (200, {"bars": {"AAPL": [bar(18, 3), bar(19)]}}))

    bars = client.daily_bars(NASDAQ, ["AAPL"], since=date(2013, 2, 18), until=date(2013, 2, 20))["AAPL"]

    assert [(bar.day.day, bar.close) for bar in bars] == [(18, 3), (19, 2), (20, 2)]
