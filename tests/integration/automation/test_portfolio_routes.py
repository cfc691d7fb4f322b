"""The portfolio routes, through their handlers, on an in-process DynamoDB."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import boto3
import pytest

from tests.support.calls import call
from trading.automation.portfolios.models import MAX_HOLDINGS, Holding, PortfolioKey
from trading.automation.portfolios.positions import Change
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore, closure_row
from trading.platform.clock import VirtualTime
from trading.platform.settings import settings

pytestmark = pytest.mark.usefixtures("aws")

KEY = "a-key-of-16-chars"
SEED = {
    "name": "My Day Trading Portfolio",
    "description": "Automated intraday trading",
    "exchange": 2,
    "is_automated": True,
    "dt_max_position_percent": "0.20",
    "dt_per_trade_risk_fraction": "0.015",
    "dt_max_recommendations": 30,
    "dt_allow_fractional_shares": True,
}


def created(**changes: object) -> int:
    answer = call("create_portfolio", body=SEED | changes)
    assert answer.status == 201, answer.body
    return int(answer.body["id"])


def transact(portfolio_id: int, body: dict[str, object], key: str = KEY) -> tuple[int, dict[str, object]]:
    answer = call("create_transaction", portfolio_id=portfolio_id, body=body, key=key)
    return answer.status, answer.body


def list_symbol(symbol: str, exchange: Exchange = Exchange.NASDAQ) -> None:
    DynamoInstrumentStore().save(Instrument(symbol, exchange))


def test_settings_come_back_as_they_were_given() -> None:
    portfolio_id = created()

    body = call("get_portfolio", portfolio_id=portfolio_id).body

    assert {name: body[name] for name in SEED} == SEED
    assert body["cash_balance"] == 10000.0
    assert body["currency"] == "USD"


def test_a_portfolio_is_manual_with_the_balanced_settings_by_default() -> None:
    answer = call("create_portfolio", body={"name": "plain", "exchange": "NYSE"})

    assert (answer.body["exchange"], answer.body["is_automated"]) == (3, False)
    assert answer.body["dt_max_position_percent"] == "0.25"
    assert answer.body["dt_per_trade_risk_fraction"] == "0.020"
    assert answer.body["dt_max_recommendations"] == 50
    assert answer.body["dt_allow_fractional_shares"] is False


def test_put_without_automation_fields_keeps_them() -> None:
    portfolio_id = created()

    answer = call("replace_portfolio", portfolio_id=portfolio_id, body={"name": "renamed", "exchange": 2})

    assert answer.body["dt_max_position_percent"] == "0.20"
    assert answer.body["is_automated"] is True
    assert answer.body["name"] == "renamed"


def test_patch_toggles_automation_and_keeps_the_settings() -> None:
    portfolio_id = created()

    answer = call("update_portfolio", portfolio_id=portfolio_id, body={"is_automated": False})

    assert answer.body["is_automated"] is False
    assert answer.body["dt_max_recommendations"] == 30
    assert answer.body["description"] == SEED["description"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dt_max_position_percent", "0.04"),
        ("dt_max_position_percent", "0.51"),
        ("dt_max_position_percent", "0.255"),
        ("dt_per_trade_risk_fraction", "0.004"),
        ("dt_per_trade_risk_fraction", 0.051),
        ("dt_max_recommendations", 0),
        ("dt_max_recommendations", 101),
        ("dt_max_recommendations", "30"),
        ("dt_allow_fractional_shares", "yes"),
        ("is_automated", 1),
        ("exchange", 9),
        ("exchange", None),
        ("name", ""),
        ("name", "x" * 101),
        ("initial_balance", -5),
        ("cash_balance", 5),
    ],
)
def test_a_field_out_of_range_is_named(field: str, value: object) -> None:
    answer = call("create_portfolio", body=SEED | {field: value})

    assert answer.status == 400
    assert [problem["field"] for problem in answer.body["errors"]] == [field]


def test_a_name_stands_once_per_owner_and_is_free_again_after_renaming() -> None:
    first = created(name="one")

    assert call("create_portfolio", body=SEED | {"name": "one"}).body["code"] == "name_taken"
    assert call("create_portfolio", caller="bob", body=SEED | {"name": "one"}).status == 201
    call("update_portfolio", portfolio_id=first, body={"name": "two"})

    assert call("create_portfolio", body=SEED | {"name": "one"}).status == 201


def test_portfolios_are_listed_newest_first_page_by_page_and_by_mode() -> None:
    ids = [created(name=f"p{number}", is_automated=number % 2 == 0) for number in range(5)]

    first = call("list_portfolios", query={"limit": "2"}).body
    second = call("list_portfolios", query={"limit": "2", "cursor": first["next_cursor"]}).body
    automated = call("list_portfolios", query={"mode": "automated"}).body

    listed = [item["id"] for item in first["items"] + second["items"]]
    assert set(listed) < set(ids)
    assert len(set(listed)) == 4
    assert {item["id"] for item in automated["items"]} == {ids[0], ids[2], ids[4]}
    assert call("list_portfolios", caller="bob", query={"cursor": first["next_cursor"]}).status == 400


def test_money_goes_in_and_out_to_the_cent() -> None:
    portfolio_id = created(initial_balance="100.00")

    assert transact(portfolio_id, {"type": "DEPOSIT", "amount": 0.29}, KEY + "1")[0] == 201
    assert (
        transact(portfolio_id, {"type": "WITHDRAWAL", "amount": "100.30"}, KEY + "2")[1]["code"] == "insufficient_funds"
    )
    assert transact(portfolio_id, {"type": "WITHDRAWAL", "amount": "100.29"}, KEY + "3")[0] == 201

    body = call("get_portfolio", portfolio_id=portfolio_id).body
    assert (body["cash_balance"], body["total_invested"], body["total_gain_loss"]) == (0.0, 0.0, 0.0)


def test_average_cost_follows_from_the_total_cost_and_gains_from_contributed_capital() -> None:
    list_symbol("AAPL")
    portfolio_id = created()
    for number, (kind, quantity, price) in enumerate([("BUY", 10, 175), ("BUY", 5, 180), ("SELL", 8, 185)]):
        body = {"type": kind, "symbol": "AAPL", "quantity": quantity, "price": price}
        assert transact(portfolio_id, body, f"{KEY}{number}")[0] == 201

    holding = call("list_holdings", portfolio_id=portfolio_id).body["items"][0]
    body = call("get_portfolio", portfolio_id=portfolio_id).body

    assert (holding["quantity"], holding["average_cost"]) == (7.0, 176.6671)
    assert body["cash_balance"] == 8830.0
    assert Decimal(str(body["total_gain_loss"])) == Decimal("8830") + 7 * 185 - 10000
    assert body["realised_gain_loss"] == 66.67


def test_the_last_of_a_holding_can_be_sold_though_it_brings_less_than_a_cent() -> None:
    list_symbol("AAPL")
    portfolio_id = created()
    trades = [("BUY", "1"), ("SELL", "0.9998"), ("SELL", "0.0001"), ("SELL", "0.0002"), ("BUY", "0.0001")]

    answers = [
        transact(
            portfolio_id, {"type": kind, "symbol": "AAPL", "quantity": quantity, "price": "0.02"}, f"{KEY}{number}"
        )
        for number, (kind, quantity) in enumerate(trades)
    ]

    assert [status for status, _ in answers] == [201, 201, 400, 201, 400]
    assert answers[3][1]["amount"] == 0.0
    assert call("list_holdings", portfolio_id=portfolio_id).body["items"] == []
    body = call("get_portfolio", portfolio_id=portfolio_id).body
    assert (body["cash_balance"], body["total_gain_loss"], body["realised_gain_loss"]) == (10000.0, 0.0, 0.0)


def full_portfolio() -> int:
    """Return a portfolio that holds as many symbols as one may."""
    portfolio_id = created()
    key = PortfolioKey("ada", portfolio_id)
    before = DynamoPortfolioStore().find(key)
    assert before is not None
    at = datetime(2013, 2, 19, tzinfo=UTC)
    names = [f"S{number}" for number in range(MAX_HOLDINGS)]
    holdings = {name: Holding(name, Decimal(10), 1000, Decimal(1), at) for name in names}
    DynamoPortfolioStore().update(before, Change(replace(before, holdings=holdings)))
    return portfolio_id


def test_a_symbol_beyond_those_that_a_portfolio_may_hold_is_refused_before_money_moves() -> None:
    portfolio_id = full_portfolio()
    for symbol in ("AAPL", "S0", "S1"):
        list_symbol(symbol)
    trade = {"type": "BUY", "symbol": "AAPL", "quantity": "1", "price": "1"}

    refused = transact(portfolio_id, trade)
    after_refusal = call("get_portfolio", portfolio_id=portfolio_id).body["cash_balance"]
    more = transact(portfolio_id, trade | {"symbol": "S1"}, KEY + "1")
    sold = transact(portfolio_id, trade | {"type": "SELL", "symbol": "S0", "quantity": "10"}, KEY + "2")
    bought = transact(portfolio_id, trade, KEY + "3")

    assert (refused[0], refused[1]["code"], after_refusal) == (409, "too_many_holdings", 10000.0)
    assert [status for status, _ in (more, sold, bought)] == [201, 201, 201]


def test_a_replayed_key_answers_the_first_time_and_moves_nothing() -> None:
    portfolio_id = created()
    body = {"type": "DEPOSIT", "amount": 5}
    first = call("create_transaction", portfolio_id=portfolio_id, body=body, key=KEY)
    again = call("create_transaction", portfolio_id=portfolio_id, body=body, key=KEY)
    other = call("create_transaction", portfolio_id=portfolio_id, body={"type": "DEPOSIT", "amount": 6}, key=KEY)

    assert again.body == first.body
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert call("get_portfolio", portfolio_id=portfolio_id).body["cash_balance"] == 10005.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "DEPOSIT"}, "amount"),
        ({"type": "DEPOSIT", "amount": 0}, "amount"),
        ({"type": "DEPOSIT", "amount": -5}, "amount"),
        ({"type": "DEPOSIT", "amount": 1, "symbol": "AAPL"}, "symbol"),
        ({"type": "BUY", "symbol": "AAPL", "quantity": 1}, "price"),
        ({"type": "BUY", "symbol": "AAPL", "quantity": 0.00001, "price": 1}, "quantity"),
        ({"type": "BUY", "symbol": "AAPL", "quantity": 1, "price": 1.234}, "price"),
        ({"type": "BUY", "symbol": "IBM", "quantity": 1, "price": 1}, "symbol"),
        ({"type": "SHORT", "amount": 1}, "type"),
    ],
)
def test_a_wrong_transaction_names_its_field_and_moves_nothing(body: dict[str, object], field: str) -> None:
    list_symbol("AAPL")
    list_symbol("IBM", Exchange.NYSE)
    portfolio_id = created()

    status, answer = transact(portfolio_id, body)

    assert status == 400
    assert field in str(answer["errors"])
    assert call("get_portfolio", portfolio_id=portfolio_id).body["cash_balance"] == 10000.0


def test_a_transaction_needs_a_key() -> None:
    portfolio_id = created()

    answer = call("create_transaction", portfolio_id=portfolio_id, body={"type": "DEPOSIT", "amount": 5})

    assert answer.status == 400
    assert answer.body["errors"][0]["field"] == "idempotency-key"


def test_nothing_is_sold_that_is_not_held() -> None:
    list_symbol("AAPL")
    portfolio_id = created()

    sale = {"type": "SELL", "symbol": "AAPL", "quantity": 1, "price": 10}

    assert transact(portfolio_id, sale)[1]["code"] == "insufficient_holdings"


def test_a_portfolio_with_holdings_is_not_deleted_and_an_empty_one_is() -> None:
    list_symbol("AAPL")
    portfolio_id = created()
    transact(portfolio_id, {"type": "BUY", "symbol": "AAPL", "quantity": 1, "price": 10}, KEY + "1")
    assert call("delete_portfolio", portfolio_id=portfolio_id).status == 409
    transact(portfolio_id, {"type": "SELL", "symbol": "AAPL", "quantity": 1, "price": 10}, KEY + "2")

    assert call("delete_portfolio", portfolio_id=portfolio_id).status == 204
    assert call("get_portfolio", portfolio_id=portfolio_id).status == 404
    assert call("list_portfolios").body["items"] == []
    assert call("create_portfolio", body=SEED).status == 201


def test_the_summary_counts_and_totals_per_currency() -> None:
    created(name="one")
    call("create_portfolio", body={"name": "two", "exchange": "TSE", "initial_balance": 50})

    body = call("get_portfolio_summary").body

    assert (body["total_portfolios"], body["automated_portfolios"], body["manual_portfolios"]) == (2, 1, 1)
    assert {total["currency"]: total["total_current_value"] for total in body["totals"]} == {
        "USD": 10000.0,
        "CAD": 50.0,
    }


@pytest.mark.parametrize("exchange", ["TSE", 1])
def test_automation_is_refused_where_there_is_no_market_data(exchange: object) -> None:
    answer = call("create_portfolio", body=SEED | {"exchange": exchange})

    assert (answer.status, answer.body["code"]) == (409, "exchange_not_covered")

    portfolio_id = created(exchange=exchange, is_automated=False, initial_balance=0)
    answer = call("update_portfolio", portfolio_id=portfolio_id, body={"is_automated": True})
    assert (answer.status, answer.body["code"]) == (409, "exchange_not_covered")
    assert call("update_portfolio", portfolio_id=portfolio_id, body={"name": "by hand"}).status == 200
    assert call("update_portfolio", portfolio_id=portfolio_id, body={"is_automated": True, "exchange": 2}).status == 200


def test_an_automated_portfolio_does_not_move_to_where_there_is_no_market_data() -> None:
    portfolio_id = created(initial_balance=0)

    answer = call("update_portfolio", portfolio_id=portfolio_id, body={"exchange": "TSE"})

    assert (answer.status, answer.body["code"]) == (409, "exchange_not_covered")


def test_a_portfolio_whose_exchange_lost_its_data_can_still_be_changed_and_switched_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    portfolio_id = created()
    monkeypatch.setenv("MARKET_DATA_EXCHANGES", "NYSE")
    settings.cache_clear()

    assert call("update_portfolio", portfolio_id=portfolio_id, body={"name": "new"}).status == 200
    assert call("update_portfolio", portfolio_id=portfolio_id, body={"is_automated": False}).status == 200
    assert call("update_portfolio", portfolio_id=portfolio_id, body={"is_automated": True}).status == 409


def test_a_manual_trade_says_that_its_price_was_given_by_its_owner() -> None:
    portfolio_id = created(exchange="TSE", is_automated=False)
    list_symbol("T", Exchange.TSE)

    _, body = transact(portfolio_id, {"type": "BUY", "symbol": "T", "quantity": 2, "price": 20})

    assert (body["price_from"], body["price_at"]) == ("hand", body["at"])
    holding = call("list_holdings", portfolio_id=portfolio_id).body["items"][0]
    assert (holding["current_price"], holding["price_at"]) == (20.0, body["at"])


@pytest.mark.parametrize(
    ("now", "is_open", "opens_at", "closes_at"),
    [
        ("2013-02-19T14:29:59+00:00", False, "2013-02-19T14:30:00Z", "2013-02-19T21:00:00Z"),
        ("2013-02-19T14:30:00+00:00", True, "2013-02-19T14:30:00Z", "2013-02-19T21:00:00Z"),
        ("2013-02-19T21:00:00+00:00", False, "2013-02-20T14:30:00Z", "2013-02-20T21:00:00Z"),
        ("2013-11-28T15:00:00+00:00", False, "2013-11-29T14:30:00Z", "2013-11-29T18:00:00Z"),
    ],
    ids=["before", "open", "after", "before a half day"],
)
def test_exchanges_tell_whether_they_are_covered_and_when_they_trade(
    monkeypatch: pytest.MonkeyPatch, now: str, is_open: bool, opens_at: str, closes_at: str
) -> None:
    text = VirtualTime(datetime.fromisoformat(now)).to_json()
    boto3.client("ssm").put_parameter(Name="/clock", Value=text, Type="String", Overwrite=True)
    monkeypatch.setenv("CLOCK_PARAMETER", "/clock")
    settings.cache_clear()

    items = {item["code"]: item for item in call("list_exchanges").body["items"]}

    assert {code: (item["id"], item["currency"], item["covered"]) for code, item in items.items()} == {
        "TSE": (1, "CAD", False),
        "NASDAQ": (2, "USD", True),
        "NYSE": (3, "USD", True),
    }
    nasdaq = items["NASDAQ"]
    assert (nasdaq["open"], nasdaq["opens_at"], nasdaq["closes_at"]) == (is_open, opens_at, closes_at)


def test_an_exchange_that_stays_closed_for_once_tells_its_next_session(monkeypatch: pytest.MonkeyPatch) -> None:
    text = VirtualTime(datetime(2013, 2, 19, 15, tzinfo=UTC)).to_json()
    boto3.client("ssm").put_parameter(Name="/clock", Value=text, Type="String", Overwrite=True)
    monkeypatch.setenv("CLOCK_PARAMETER", "/clock")
    settings.cache_clear()
    closure_row(Exchange.NYSE, date(2013, 2, 19)).save()

    items = {item["code"]: item for item in call("list_exchanges").body["items"]}

    assert (items["NYSE"]["open"], items["NYSE"]["opens_at"]) == (False, "2013-02-20T14:30:00Z")
    assert items["NASDAQ"]["open"] is True
