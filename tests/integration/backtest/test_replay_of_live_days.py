"""Replays with unchanged settings are what happened, whatever that was: days traded by the deployed jobs."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.automation.test_rails_by_jobs import SYMBOLS, Trader, at
from tests.support.world import World
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.settings import settings

ONE, TWO, THREE, FOUR = (date(2013, 2, day) for day in (20, 21, 22, 25))
CALM = {"AAA": "100.31", "BBB": "99.42", "CCC": "101.07", "DDD": "100.55"}
HELD = "HELD"
FIELDS = ("symbol", "entry_price", "exit_price", "exit_reason")
OPERATOR: dict[str, Any] = {"uid": "olga", "claims": {"role": "operator"}}


@dataclass
class Owner(Trader):
    """The owner of a portfolio, who does this and that beside what automation does."""

    def morning(self, day: date) -> None:
        self.signals(day)
        self.run("plan_sessions", at(day, 14, 15))

    def opens(self, day: date) -> None:
        self.watched("open_sessions", at(day, 14, 30))

    def later(self, moment: datetime, **prices: str) -> None:
        for symbol, price in prices.items():
            self.price(price, symbol)
        self.watched("monitor_positions", moment)

    def closes(self, day: date) -> None:
        self.watched("close_sessions", at(day, 20, 30))
        self.run("snapshot_portfolios", at(day, 21, 40))

    def watched(self, job: str, moment: datetime) -> None:
        self.world.pass_to(moment)
        self.world.fire("record_tapes")
        self.run(job, moment)

    def trades(self, day: date, **prices: str) -> None:
        """Trade a day with nothing special about it."""
        self.morning(day)
        self.opens(day)
        self.later(at(day, 15, 0), **(prices or CALM))
        self.closes(day)

    def move(self, kind: str, moment: datetime, **body: str) -> None:
        self.world.pass_to(moment)
        key = f"{kind} {moment.isoformat()}"
        answer = self.world.call(
            "create_transaction", portfolio_id=self.portfolio_id, body={"type": kind, **body}, key=key
        )
        assert answer.status == 201, answer.body

    def stop(self, moment: datetime, strength: str) -> None:
        self.world.pass_to(moment)
        body = {"strength": strength}
        assert self.world.call("stop_portfolio", portfolio_id=self.portfolio_id, body=body).status == 200

    def resume(self, moment: datetime) -> None:
        self.world.pass_to(moment)
        assert self.world.call("resume_portfolio", portfolio_id=self.portfolio_id).status == 200

    def replay(self, days: int, **body: object) -> dict[str, Any]:
        answer = self.world.call("replay_portfolio", portfolio_id=self.portfolio_id, body={"days": days, **body})
        assert answer.status == 200, answer.body
        return dict(answer.body)


@pytest.fixture
def owner(world: World, monkeypatch: pytest.MonkeyPatch) -> Owner:
    monkeypatch.setenv("SIGNAL_GATE", "advisory")
    settings.cache_clear()
    for symbol in (*SYMBOLS, HELD):
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    world.market.pin({HELD: Decimal(50)})
    made = world.call("create_portfolio", body={"name": "day", "exchange": 2, "is_automated": True})
    assert made.status == 201, made.body
    return Owner(world, str(made.body["id"]))


def assert_as_it_was(owner: Owner, replay: dict[str, Any]) -> None:
    """Hold a replay with unchanged settings against the positions, sessions and cash that there really were."""
    for day in replay["days"]:
        found = owner.get("list_positions", date=day["date"])["items"]
        positions = sorted((p for p in found if p["entry_price"] is not None), key=lambda p: str(p["symbol"]))
        trades = sorted(day["trades"], key=lambda trade: str(trade["symbol"]))
        assert [[t[name] for name in FIELDS] for t in trades] == [[p[name] for name in FIELDS] for p in positions]
    really = {day["date"]: day["pnl"] for day in replay["actual"]["days"]}
    assert {day["date"]: day["pnl"] for day in replay["days"]} == really
    (first, *_) = replay["days"]
    assert first["date"] == min(really)
    assert all(day["path"] == "tape" for day in replay["days"] if day["trades"])


def ends_with_the_cash_that_there_is(owner: Owner, replay: dict[str, Any], *, since: str = "0") -> bool:
    money = Decimal(str(replay["totals"]["ending_cash"]))
    return money == Decimal(str(owner.get()["cash_balance"])) - Decimal(since)


def test_money_that_came_and_went(owner: Owner) -> None:
    owner.trades(ONE)
    owner.move("DEPOSIT", at(TWO, 13, 0), amount="2500.00")
    owner.morning(TWO)
    owner.move("WITHDRAWAL", at(TWO, 14, 20), amount="9000.00")
    owner.opens(TWO)
    owner.move("DEPOSIT", at(TWO, 16, 0), amount="4000.00")
    owner.later(at(TWO, 17, 0), **CALM)
    owner.closes(TWO)
    owner.trades(THREE)

    replay = owner.replay(3)

    assert_as_it_was(owner, replay)
    assert [day["money_moved"] for day in replay["days"]] == [0, -5000, 0]
    assert ends_with_the_cash_that_there_is(owner, replay)


def test_a_withdrawal_of_more_than_other_settings_left_takes_what_is_there(owner: Owner) -> None:
    owner.trades(ONE, AAA="108", BBB="108", CCC="108", DDD="108")
    everything = str(owner.get()["cash_balance"])
    owner.move("WITHDRAWAL", at(TWO, 13, 0), amount=everything)
    owner.morning(TWO)
    owner.closes(TWO)

    replay = owner.replay(2, settings={"dt_max_recommendations": 1})

    assert replay["totals"]["ending_cash"] == 0
    assert [len(day["trades"]) for day in replay["days"]] == [1, 0]


def test_a_day_that_lost_too_much_and_the_one_after_it(owner: Owner) -> None:
    owner.set_rails(daily_loss_percent="1.0")
    owner.morning(ONE)
    owner.opens(ONE)
    owner.later(at(ONE, 15, 0), **dict.fromkeys(SYMBOLS, "98.60"))
    assert owner.exits(ONE) == {"daily_loss"}
    owner.closes(ONE)
    owner.trades(TWO)

    replay = owner.replay(2)

    assert_as_it_was(owner, replay)
    assert replay["days"][0]["blocks"] == {"daily_loss": 1}


def test_a_sale_that_was_made_minutes_later_is_replayed_at_what_it_brought(owner: Owner) -> None:
    owner.set_rails(daily_loss_percent="1.0")
    owner.morning(ONE)
    owner.opens(ONE)
    for symbol in SYMBOLS:
        owner.price("98.60", symbol)
    moment = at(ONE, 15, 0)
    owner.world.pass_to(moment)
    owner.world.fire("record_tapes")
    owner.world.fire("monitor_positions")
    owner.price("98.21")
    owner.run("close_sessions", moment + timedelta(minutes=2))
    owner.closes(ONE)

    assert_as_it_was(owner, owner.replay(1))


@pytest.mark.parametrize("strength", ["no_new_entries", "flatten"])
def test_a_stop_by_the_owner(owner: Owner, strength: str) -> None:
    owner.trades(ONE)
    owner.morning(TWO)
    owner.opens(TWO)
    owner.later(at(TWO, 15, 0), **CALM)
    owner.stop(at(TWO, 15, 3), strength)
    owner.price("99.17")
    owner.run("close_sessions", at(TWO, 15, 4))
    owner.later(at(TWO, 15, 10), **dict.fromkeys(SYMBOLS, "106.00"))
    owner.closes(TWO)
    owner.trades(THREE)
    owner.resume(at(THREE, 22, 0))
    owner.trades(FOUR)

    replay = owner.replay(4)

    assert_as_it_was(owner, replay)
    assert [len(day["trades"]) for day in replay["days"]] == [4, 4, 0, 4]
    assert replay["days"][2]["skipped"] == {"owner_stop": 4}


def test_everybodys_halt_between_plan_and_open(owner: Owner) -> None:
    owner.trades(ONE)
    owner.morning(TWO)
    owner.world.pass_to(at(TWO, 14, 25))
    halt(owner, stopped=True)
    owner.opens(TWO)
    owner.later(at(TWO, 15, 0), **CALM)
    owner.closes(TWO)
    owner.world.pass_to(at(TWO, 23, 0))
    halt(owner, stopped=False)
    owner.trades(THREE)

    replay = owner.replay(3)

    assert_as_it_was(owner, replay)
    assert [len(day["trades"]) for day in replay["days"]] == [4, 0, 4]
    assert replay["days"][1]["skipped"] == {"trading_stopped": 4}


def halt(owner: Owner, *, stopped: bool) -> None:
    body = {"stopped": stopped, "reason": "the provider shows nonsense"}
    assert owner.world.call("put_trading_stop", **OPERATOR, body=body).status == 200


def test_shares_that_their_owner_bought_and_what_their_company_paid(owner: Owner) -> None:
    owner.set_rails(daily_loss_percent="1.0")
    owner.move("BUY", at(ONE, 13, 0), symbol=HELD, quantity="80", price="50")
    owner.trades(ONE)
    terms = Terms(cash_rate=Decimal("0.75"), pay_on=TWO)
    owner.world.market.actions.put([CorporateAction(ActionKind.DIVIDEND, Exchange.NASDAQ, HELD, TWO, terms)])
    for moment in (at(TWO, 13, 0), at(TWO, 13, 30)):
        owner.run("apply_corporate_actions", moment)
    owner.morning(TWO)
    owner.opens(TWO)
    owner.later(at(TWO, 15, 0), **dict.fromkeys(SYMBOLS, "98.90"))
    owner.move("SELL", at(TWO, 15, 30), symbol=HELD, quantity="30", price="51")
    owner.move("SELL", at(TWO, 15, 40), symbol="AAA", quantity="5", price="99.90")
    owner.closes(TWO)
    owner.trades(THREE)

    replay = owner.replay(3)

    assert_as_it_was(owner, replay)
    assert ends_with_the_cash_that_there_is(owner, replay)
    assert [day["blocks"] for day in replay["days"]] == [{}, {}, {}]


def test_a_day_that_an_outage_kept_from_being_planned_is_not_replayed(owner: Owner) -> None:
    owner.trades(ONE)
    owner.signals(TWO)
    owner.world.pass_to(at(TWO, 14, 45))
    owner.run("plan_sessions", at(TWO, 14, 45))
    owner.run("snapshot_portfolios", at(TWO, 21, 40))
    owner.trades(THREE)

    replay = owner.replay(3)

    assert [day["not_replayed"] for day in replay["days"]] == [None, "missed", None]
    assert_as_it_was(owner, replay)


def test_a_day_on_which_nothing_planned_the_portfolio_is_not_replayed(owner: Owner) -> None:
    owner.trades(ONE)
    owner.signals(TWO)
    owner.move("DEPOSIT", at(TWO, 16, 0), amount="1000.00")
    owner.trades(THREE)

    replay = owner.replay(3)

    assert [(day["not_replayed"], day["status"]) for day in replay["days"]][1] == ("not_traded", "not_traded")
    assert [len(day["trades"]) for day in replay["days"]] == [4, 0, 4]
    assert replay["days"][2]["pnl"] == replay["actual"]["days"][1]["pnl"]
    assert ends_with_the_cash_that_there_is(owner, replay)


def test_what_rails_remember_of_the_day_before_holds_on_the_first_one(owner: Owner) -> None:
    owner.set_rails(cool_down_sessions=2, daily_loss_percent=None)
    owner.trades(ONE, AAA="90", BBB="99", CCC="90", DDD="100.55")
    owner.trades(TWO)

    replay = owner.replay(1)

    assert replay["days"][0]["skipped"] == {"cool_down": 2}
    assert_as_it_was(owner, replay)


def test_a_stop_guard_of_the_day_before_keeps_the_first_one_from_buying(owner: Owner) -> None:
    owner.set_rails(cool_down_sessions=0, daily_loss_percent=None, stop_guard={"losses": 2, "sessions": 1})
    owner.trades(ONE, AAA="90", BBB="90")
    owner.trades(TWO)
    owner.trades(THREE)

    replay = owner.replay(2)

    assert [len(day["trades"]) for day in replay["days"]] == [0, 4]
    assert_as_it_was(owner, replay)


def test_a_drawdown_pauses_until_the_day_on_which_its_owner_went_on(owner: Owner) -> None:
    owner.set_rails(max_drawdown_percent="1.0", daily_loss_percent=None, stop_guard=None, cool_down_sessions=0)
    owner.trades(ONE, **dict.fromkeys(SYMBOLS, "97.30"))
    owner.trades(TWO)
    owner.resume(at(TWO, 23, 0))
    owner.trades(THREE)

    for days in (3, 2):
        replay = owner.replay(days)
        assert_as_it_was(owner, replay)
        assert [len(day["trades"]) for day in replay["days"]] == [4, 0, 4][-days:]


def test_cash_that_was_not_settled_yet(owner: Owner) -> None:
    owner.set_rails(settled_cash=True)
    owner.trades(ONE)
    owner.trades(TWO)
    owner.trades(THREE)

    for days in (3, 1):
        assert_as_it_was(owner, owner.replay(days))


def test_days_before_the_first_session_are_what_they_would_have_been(owner: Owner) -> None:
    owner.signals(ONE)
    owner.trades(TWO)

    replay = owner.replay(3)

    assert [day["not_replayed"] for day in replay["days"]] == ["no_recommendations", "no_prices", None]
    assert replay["actual"]["days"] == [{"date": TWO.isoformat(), "pnl": replay["days"][2]["pnl"]}]


def test_money_that_came_before_the_first_plan_is_counted_once(owner: Owner) -> None:
    owner.trades(ONE)
    owner.move("DEPOSIT", at(TWO, 13, 0), amount="700.00")
    owner.trades(TWO)

    replay = owner.replay(1)

    assert_as_it_was(owner, replay)
    assert ends_with_the_cash_that_there_is(owner, replay)
