"""POST /api/portfolios/{id}/replay, through its handler, on an in-process DynamoDB."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import boto3
import pytest

from tests.support.calls import Answer, call
from tests.support.trading_day import DAY
from trading.backtest.models import TapeQuote
from trading.backtest.store import DynamoTapeStore
from trading.markets.models import Exchange
from trading.platform.clock import VirtualTime
from trading.platform.settings import settings
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

OPENED = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _evening(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws
    text = VirtualTime(datetime(2013, 2, 19, 23, tzinfo=UTC)).to_json()
    boto3.client("ssm").put_parameter(Name="/clock", Value=text, Type="String", Overwrite=True)
    monkeypatch.setenv("CLOCK_PARAMETER", "/clock")
    settings.cache_clear()


def created() -> int:
    return int(call("create_portfolio", body={"name": "one", "exchange": 2, "is_automated": True}).body["id"])


def on_tape(*prices: str, day: date = DAY) -> None:
    """Have a symbol recommended, and its prices recorded at the open, in the middle and at the close of a day."""
    found = Recommendation("AAA", Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(prices[0]))
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, day, Source.PINNED, "v", (found,)))
    for hours, price in zip((0, 2, 6), prices, strict=True):
        at = OPENED + timedelta(hours=hours, days=(day - DAY).days)
        DynamoTapeStore().add(Exchange.NASDAQ, day, at, [TapeQuote("AAA", Decimal(price), Decimal(price), at)])


def ask(portfolio_id: int, body: object = None, caller: str = "ada") -> Answer:
    return call("replay_portfolio", portfolio_id=portfolio_id, body=body or {"days": 1}, caller=caller)


def test_a_day_is_shown_with_its_trades_its_totals_and_its_costs() -> None:
    on_tape("100", "101", "102")

    answer = ask(created())

    assert answer.status == 200
    (day,) = answer.body["days"]
    assert (day["date"], day["path"], day["status"]) == ("2013-02-19", "tape", "closed")
    (trade,) = day["trades"]
    assert (trade["symbol"], trade["shares"], trade["exit_reason"]) == ("AAA", 24, "session_close")
    assert trade["pnl"] == day["pnl"] == answer.body["totals"]["pnl"]
    assert answer.body["totals"]["win_rate"] == 1
    assert answer.body["costs"] == {"slippage": 0.0005, "commission_rate": 0, "commission_per_share": 0.0035}
    assert answer.body["actual"] == {"days": []}


def test_settings_of_the_request_count_and_are_not_saved() -> None:
    on_tape("100", "101", "102")
    portfolio_id = created()

    body = ask(portfolio_id, {"days": 1, "settings": {"dt_max_position_percent": "0.05"}}).body

    assert body["days"][0]["trades"][0]["shares"] == 4
    assert call("get_portfolio", portfolio_id=portfolio_id).body["dt_max_position_percent"] == "0.25"


def test_rails_of_the_request_are_merged_as_patch_merges_them_and_are_not_saved() -> None:
    on_tape("100", "101", "102")
    portfolio_id = created()
    call("update_portfolio", portfolio_id=portfolio_id, body={"rails": {"max_order_notional": "300.00"}})

    shares = [
        ask(portfolio_id, {"days": 1, "rails": rails}).body["days"][0]["trades"][0]["shares"]
        for rails in ({"max_order_notional": "500.00"}, {"max_order_notional": None}, {"cool_down_sessions": 2})
    ]

    assert shares == [4, 24, 2]
    saved = call("get_portfolio", portfolio_id=portfolio_id).body["rails"]
    assert (saved["max_order_notional"], saved["cool_down_sessions"]) == (300, 1)


def test_without_a_body_twenty_sessions_are_replayed() -> None:
    on_tape("100", "101", "102")

    answer = call("replay_portfolio", portfolio_id=created())

    assert (answer.status, answer.body["totals"]["days"]) == (200, 20)


def test_without_recommendations_there_is_no_history() -> None:
    answer = ask(created())

    assert (answer.status, answer.body["code"]) == (409, "no_history")


@pytest.mark.parametrize(
    "body",
    [
        {"days": 0},
        {"days": 61},
        {"days": "2"},
        {"days": True},
        {"days": 1, "settings": {"dt_max_position_percent": "0.51"}},
        {"days": 1, "settings": {"name": "x"}},
        {"days": 1, "until": "2013-02-19"},
        {"days": 1_000_000_000_000},
        {"days": 1.5},
        {"days": None},
        {"days": 1, "settings": None},
        {"days": 1, "settings": {"dt_max_recommendations": 101}},
        {"days": 1, "rails": {"daily_loss_percent": "20.1"}},
        {"days": 1, "rails": {"max_order_notional": "0"}},
        {"days": 1, "rails": {"stop_guard": {"losses": 0}}},
        {"days": 1, "rails": {"speed": 1}},
        {"days": 1, "rails": {}},
        {"days": 1, "rails": None},
        [1],
    ],
)
def test_what_patch_would_refuse_is_refused(body: object) -> None:
    on_tape("100", "101", "102")

    assert ask(created(), body).status == 400


def test_somebody_elses_portfolio_is_absent() -> None:
    on_tape("100", "101", "102")

    assert ask(created(), caller="eve").status == 404


def test_ten_replays_a_minute_are_enough() -> None:
    on_tape("100", "101", "102")
    portfolio_id = created()

    answers = [ask(portfolio_id) for _ in range(11)]

    assert [answer.status for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["Retry-After"] == "6"
