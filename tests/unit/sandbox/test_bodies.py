"""What the control plane reads, and what it refuses."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sandbox import bodies


def test_a_time_is_read_in_whatever_zone_it_is_given() -> None:
    wanted = bodies.read(bodies.ClockRequest, b'{"to": "2013-02-19T09:30:00-05:00"}')

    assert wanted.to == datetime(2013, 2, 19, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "price"), [(b"101.25", "101.25"), (b'"0.29"', "0.29"), (b"95.55000000000001", "95.55"), (b"7", "7")]
)
def test_prices_are_exact_and_have_four_places(raw: bytes, price: str) -> None:
    assert bodies.read(bodies.Quotes, b'{"X": ' + raw + b"}") == {"X": Decimal(price)}


@pytest.mark.parametrize("raw", [b"0", b"-1", b"0.00001", b"NaN", b"1e400", b"true", b'"much"', b"[]"])
def test_what_is_no_price_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"price|number"):
        bodies.read(bodies.Quotes, b'{"X": ' + raw + b"}")


def test_a_quote_may_give_bid_ask_and_moment_and_name_its_exchange() -> None:
    body = b'{"TSE:T": {"bid": 20.00001, "ask": "21", "at": "2013-02-19T10:00:00-05:00"}, "X": {"bid": null, "ask": 0}}'

    found = bodies.read(bodies.Quotes, body)

    at = datetime(2013, 2, 19, 15, tzinfo=UTC)
    assert found["TSE:T"] == bodies.PinnedQuote(bid=Decimal(20), ask=Decimal(21), at=at)
    assert found["X"] == bodies.PinnedQuote(bid=Decimal(0), ask=Decimal(0))


@pytest.mark.parametrize("raw", [b'{"bid": 1}', b'{"bid": 1, "ask": -1}', b'{"bid": 1, "ask": 1, "at": "noon"}', b"{}"])
def test_half_a_quote_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="X"):
        bodies.read(bodies.Quotes, b'{"X": ' + raw + b"}")


@pytest.mark.parametrize("symbol", ["", "lower", "TOO-LONG-A-SYMBOL", "A B", "LSE:A", "TSE:"])
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        bodies.read(bodies.Quotes, f'{{"{symbol}": 1}}'.encode())


@pytest.mark.parametrize("raw", [b"null", b"NaN", b"Infinity", b'"NaN"'])
def test_a_figure_that_is_not_finite_is_none_to_be_had(raw: bytes) -> None:
    item = bodies.read(bodies.RecommendationItem, b'{"symbol": "X", "volatility": ' + raw + b"}")

    assert item.volatility is None


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'{"uid": "ada", "name": "Ada"}', b'{"uid": ""}', b"\xff"])
def test_a_body_that_is_wrong_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        bodies.read(bodies.TokenRequest, body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "give `to`, `advance_seconds` or `run`"),
        (b'{"to": "2013-02-19T10:00:00Z", "advance_seconds": 1}', "give either"),
        (b'{"run": true, "lateness_seconds": 7}', "`lateness_seconds` needs"),
        (b'{"advance_seconds": 1, "lateness_seconds": -1}', "greater than or equal to 0"),
        (b'{"advance_seconds": 1, "lateness_seconds": 604801}', "less than or equal to 604800"),
        (b'{"advance_seconds": -1}', "greater than or equal to 0"),
        (b'{"to": "2013-02-19T10:00:00"}', "timezone"),
    ],
)
def test_time_goes_one_way_at_once(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bodies.read(bodies.ClockRequest, body)


@pytest.mark.parametrize("body", [b'{"advance_seconds": 0}', b'{"run": false}'])
def test_time_may_stand_or_be_stopped(body: bytes) -> None:
    assert bodies.read(bodies.ClockRequest, body).lateness_seconds == 0


def test_jobs_may_be_late_in_a_step() -> None:
    body = b'{"advance_seconds": 60, "lateness_seconds": 45}'

    assert bodies.read(bodies.ClockRequest, body).lateness_seconds == 45


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"partner": "broker", "fault": "slow"}', "there is no partner broker"),
        (b'{"partner": "stripe", "operation": "quotes", "fault": "slow"}', "has no operation quotes"),
        (b'{"partner": "market", "fault": "slow", "times": 0}', "greater than or equal to 1"),
        (b'{"partner": "market", "fault": "sad"}', "fault"),
    ],
)
def test_a_fault_is_of_something_that_there_is(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bodies.read(bodies.FaultRequest, body)


def test_a_fault_is_of_any_operation_unless_it_names_one() -> None:
    assert bodies.read(bodies.FaultRequest, b'{"partner": "market", "fault": "slow"}').operation == "*"
    named = b'{"partner": "market", "operation": "bars", "fault": "slow"}'
    assert bodies.read(bodies.FaultRequest, named).operation == "bars"


def test_a_symbol_is_recommended_once() -> None:
    head = b'{"exchange": "NASDAQ", "trade_date": "2013-02-19", "items": ['

    with pytest.raises(ValueError, match="a symbol is named twice"):
        bodies.read(bodies.RecommendationsRequest, head + b'{"symbol": "X"}, {"symbol": "X"}]}')
    assert len(bodies.read(bodies.RecommendationsRequest, head + b'{"symbol": "X"}, {"symbol": "Y"}]}').items) == 2


@pytest.mark.parametrize(
    ("weights", "is_taken"),
    [
        (b'{"A": 0.5, "B": 0.5}', True),
        (b'[{"symbol": "A", "weight": 0.5}, {"symbol": "B", "weight": "0.5"}]', True),
        (b'{"A": 0.5, "B": 0.49}', False),
        (b'{"A": 1.5, "B": -0.5}', False),
        (b"{}", False),
    ],
)
def test_the_weights_of_a_collection_sum_to_one(weights: bytes, is_taken: bool) -> None:
    body = b'[{"collection_id": 7, "name": "seven", "weights": ' + weights + b"}]"

    if is_taken:
        (item,) = bodies.read(bodies.Collections, body)
        assert (item.collection_id, sum(item.weights.values())) == ("7", 1)
        return
    with pytest.raises(ValueError, match="weight"):
        bodies.read(bodies.Collections, body)
