"""Alpaca's client against a transport that answers as told."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from trading.markets.models import Exchange
from trading.partners.market_data.alpaca import Alpaca
from trading.platform.errors import Refused, Unavailable


class Transport(BaseAdapter):
    """Answers each request with the next thing it was given; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[Mapping[str, list[str]]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        del args, kwargs
        self.asked.append(parse_qs(urlsplit(request.url or "").query))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        response = requests.Response()
        response.status_code = status
        response._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        response.headers.update(headers[0] if headers else {})
        return response

    def close(self) -> None:
        pass


def alpaca(*answers: Any) -> tuple[Alpaca, Transport, list[float]]:
    transport, slept = Transport(*answers), []
    session = requests.Session()
    session.mount("https://", transport)
    client = Alpaca(
        base_url="https://data.test",
        credentials=lambda: {"key_id": "id", "secret_key": "secret"},
        feed="iex",
        exchanges=frozenset({Exchange.NASDAQ}),
        session=session,
        sleep=slept.append,
    )
    return client, transport, slept


def quote(bid: float, ask: float, at: str = "2013-02-19T14:30:00.123456789Z") -> dict[str, Any]:
    return {"quotes": {"AAPL": {"t": at, "bp": bid, "ap": ask}}}


def test_a_quote_is_the_middle_of_bid_and_ask_with_its_moment() -> None:
    client, _, _ = alpaca((200, quote(100.01, 100.02)))

    found = client.quotes(["AAPL"])["AAPL"]

    assert found.price == Decimal("100.0150")
    assert found.at == datetime(2013, 2, 19, 14, 30, 0, 123456, tzinfo=UTC)


def test_a_quote_with_an_empty_side_is_no_quote() -> None:
    assert alpaca((200, quote(0, 100)))[0].quotes(["AAPL"]) == {}


def test_two_hundred_symbols_go_into_a_request() -> None:
    client, transport, _ = alpaca((200, {"quotes": {}}))

    client.quotes([f"S{number}" for number in range(450)])

    assert [len(asked["symbols"][0].split(",")) for asked in transport.asked] == [200, 200, 50]


def test_bars_are_read_page_by_page() -> None:
    bar = {"t": "2013-02-19T05:00:00Z", "o": 1, "h": 3, "l": 0.5, "c": 2, "v": 10}
    first = {"bars": {"AAPL": [bar]}, "next_page_token": "more"}
    second = {"bars": {"AAPL": [bar | {"t": "2013-02-20T05:00:00Z"}]}, "next_page_token": None}
    client, transport, _ = alpaca((200, first), (200, second))

    bars = client.daily_bars(["AAPL"], since=date(2013, 2, 1), until=date(2013, 2, 20))["AAPL"]

    assert [each.day for each in bars] == [date(2013, 2, 19), date(2013, 2, 20)]
    assert transport.asked[1]["page_token"] == ["more"]
    assert transport.asked[0]["adjustment"] == ["all"]


def test_what_passes_is_tried_again_and_waits_as_long_as_it_is_told() -> None:
    limited = (429, {}, {"Retry-After": "1"})
    client, transport, slept = alpaca(limited, requests.ConnectionError(), (200, quote(1, 1)))

    assert client.quotes(["AAPL"])["AAPL"].price == 1
    assert len(transport.asked) == 3
    assert slept[0] == 1.0


@pytest.mark.parametrize("answer", [(500, {}), (200, "{not json"), (200, "[]"), (200, {"quotes": {"AAPL": {}}})])
def test_what_cannot_be_read_is_unavailable(answer: Any) -> None:
    with pytest.raises(Unavailable):
        alpaca(answer)[0].quotes(["AAPL"])


def test_a_refusal_is_not_tried_again() -> None:
    client, transport, _ = alpaca((403, {}))

    with pytest.raises(Refused):
        client.quotes(["AAPL"])
    assert len(transport.asked) == 1
