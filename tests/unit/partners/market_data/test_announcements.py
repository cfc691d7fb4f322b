"""Corporate actions as Alpaca announces them: what is put into the simulator is what the client reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sandbox import bodies
from sandbox.action_bodies import CorporateActions
from sandbox.partners.market_data.corporate_actions import ActionBoard
from sandbox.partners.market_data.simulator import MarketSimulator
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange
from trading.partners.market_data.announcements import AlpacaAnnouncements
from trading.platform.errors import Unavailable

DAY = date(2013, 2, 19)
OPENED = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
SINCE, UNTIL = date(2013, 2, 12), date(2013, 2, 26)
DATED: dict[str, Any] = {"symbol": "AAPL", "ex_date": "2013-02-19"}


@dataclass
class Simulated:
    """A connection to a simulator, or to given answers."""

    market: MarketSimulator | None = None
    answers: list[Mapping[str, Any]] = field(default_factory=list)
    page: int = 2
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        self.asked.append(dict(query))
        if self.answers:
            return self._read(self.answers.pop(0))
        assert self.market is not None
        days = (date.fromisoformat(query["start"]), date.fromisoformat(query["end"]))
        page = (int(query.get("page_token", 0)), self.page)
        if path == "/v1/corporate-actions":
            return self._read(self.market.actions.answer(days, page))
        symbols = query["symbols"].split(",")
        return self._read(self.market.daily_bars(symbols, days, OPENED, page=(0, 100), is_raw=True))

    @staticmethod
    def _read(answer: Mapping[str, Any]) -> Any:
        return json.loads(json.dumps(answer), parse_float=Decimal, parse_int=Decimal)


class NothingRefused:
    def recall(self) -> frozenset[str]:
        return frozenset()

    def remember(self, symbols: object) -> None:
        del symbols


def client(connection: Simulated) -> AlpacaAnnouncements:
    exchanges = frozenset({Exchange.NASDAQ, Exchange.NYSE})
    return AlpacaAnnouncements(connection, "iex", exchanges, NothingRefused())  # type: ignore[arg-type]


def put(board: ActionBoard, *items: Mapping[str, Any]) -> None:
    board.put(item.to_action() for item in bodies.read(CorporateActions, json.dumps(items).encode()))


@pytest.mark.parametrize(
    ("overrides", "kind", "terms"),
    [
        ({"type": "SPLIT", "old_rate": 1, "new_rate": 10}, ActionKind.SPLIT, Terms(Decimal(1), Decimal(10))),
        ({"type": "SPLIT", "old_rate": 10, "new_rate": 1}, ActionKind.SPLIT, Terms(Decimal(10), Decimal(1))),
        (
            {"type": "STOCK_DIVIDEND", "old_rate": 6, "new_rate": 7},
            ActionKind.STOCK_DIVIDEND,
            Terms(Decimal(6), Decimal(7)),
        ),
        (
            {"type": "DIVIDEND", "cash_rate": 0.2575, "pay_date": "2013-03-05"},
            ActionKind.DIVIDEND,
            Terms(cash_rate=Decimal("0.2575"), pay_on=date(2013, 3, 5)),
        ),
        ({"type": "SYMBOL_CHANGE", "new_symbol": "META"}, ActionKind.SYMBOL_CHANGE, Terms(new_symbol="META")),
        ({"type": "MERGER", "cash_rate": 25}, ActionKind.MERGER, Terms(cash_rate=Decimal(25))),
        (
            {"type": "MERGER", "cash_rate": 1.5, "new_symbol": "XYZ", "old_rate": 2, "new_rate": 1},
            ActionKind.MERGER,
            Terms(Decimal(2), Decimal(1), Decimal("1.5"), "XYZ"),
        ),
        (
            {"type": "MERGER", "new_symbol": "XYZ", "old_rate": 1, "new_rate": 3},
            ActionKind.MERGER,
            Terms(Decimal(1), Decimal(3), new_symbol="XYZ"),
        ),
        ({"type": "DELISTING"}, ActionKind.DELISTING, Terms()),
        ({"type": "DELISTING", "cash_rate": 0.4}, ActionKind.DELISTING, Terms(cash_rate=Decimal("0.4"))),
    ],
)
def test_what_is_announced_is_what_the_client_reads(
    tmp_path: Path, overrides: Mapping[str, Any], kind: ActionKind, terms: Terms
) -> None:
    market = MarketSimulator.in_folder(tmp_path)
    put(market.actions, {**DATED, **overrides})

    found = client(Simulated(market)).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert found == (CorporateAction(kind, Exchange.NASDAQ, "AAPL", DAY, terms),)


def test_all_pages_are_read_and_a_cancelled_action_is_not_announced(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path)
    for symbol in ("A", "B", "C", "D", "E"):
        put(market.actions, {**DATED, "type": "DIVIDEND", "symbol": symbol, "cash_rate": 1})
    put(market.actions, {**DATED, "type": "DIVIDEND", "symbol": "C", "cancelled": True})

    found = client(Simulated(market)).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert [action.symbol for action in found] == ["A", "B", "D", "E"]
    assert {a.symbol for a in ActionBoard.in_folder(tmp_path).actions.values()} == set("ABCDE")


def test_terms_that_are_put_again_supersede(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path)
    put(market.actions, {**DATED, "type": "DIVIDEND", "cash_rate": 1})
    put(market.actions, {**DATED, "type": "DIVIDEND", "cash_rate": 2})

    found = client(Simulated(market)).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert [action.terms.cash_rate for action in found] == [Decimal(2)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "SPLIT", "old_rate": 1},
        {"type": "SPLIT", "old_rate": 0, "new_rate": 2},
        {"type": "DIVIDEND", "cash_rate": -1},
        {"type": "DIVIDEND", "cash_rate": 1, "new_symbol": "XYZ"},
        {"type": "STOCK_DIVIDEND", "old_rate": 2, "new_rate": 1},
        {"type": "MERGER"},
        {"type": "MERGER", "new_symbol": "XYZ"},
        {"type": "UNSUPPORTED"},
    ],
)
def test_an_action_that_does_not_say_what_it_needs_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        bodies.read(CorporateActions, json.dumps([{**DATED, **wrong}]).encode())


def test_an_action_that_cannot_be_read_costs_no_other_its_effect_and_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = {"symbol": "BRK.B", "rate": 1, "ex_date": "2013-02-19", "special": True}
    bad = [
        {**good, "rate": 0},
        {**good, "rate": None},
        {**good, "ex_date": "soon"},
        {"rate": 1},
        None,
        {**good, "symbol": 7},
    ]
    answer = {"corporate_actions": {"cash_dividends": [*bad, good], "forward_splits": [{}]}, "next_page_token": None}

    found = client(Simulated(answers=[answer])).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert [(action.symbol, action.variant) for action in found] == [("BRK-B", "special")]
    assert "CorporateActionsUnreadable" in capsys.readouterr().out


def test_kinds_that_nobody_can_apply_are_read_as_such() -> None:
    row = {"source_symbol": "AAPL", "new_symbol": "XYZ", "ex_date": "2013-02-19"}
    answer = {"corporate_actions": {"spin_offs": [row]}, "next_page_token": None}

    (found,) = client(Simulated(answers=[answer])).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert (found.kind, found.symbol, found.variant) == (ActionKind.UNSUPPORTED, "AAPL", "spin_offs")


def test_an_answer_of_another_shape_is_no_answer() -> None:
    with pytest.raises(Unavailable):
        client(Simulated(answers=[{"message": "hello"}])).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)


def test_nothing_is_asked_about_an_exchange_that_is_not_covered() -> None:
    connection = Simulated()

    assert client(connection).corporate_actions(Exchange.TSE, SINCE, UNTIL) == ()
    assert client(connection).opening_prices(Exchange.TSE, ["T"], DAY) == {}
    assert connection.asked == []


def test_the_opening_price_is_that_of_the_day_or_of_a_pin(tmp_path: Path) -> None:
    market = MarketSimulator.in_folder(tmp_path)
    market.pin({"XYZ": Decimal("99.80"), "MSFT": Decimal("28.10")})

    found = client(Simulated(market)).opening_prices(Exchange.NASDAQ, ["AAPL", "MSFT", "XYZ", "NONE"], DAY)

    pinned = {"XYZ": Decimal("99.80"), "MSFT": Decimal("28.10")}
    assert found == {"AAPL": market._bars["AAPL"][DAY].open, **pinned}


def test_the_opening_price_is_the_first_raw_one_of_a_week() -> None:
    bars = [{"t": f"2013-02-{day}T05:00:00Z", "o": day, "h": 30, "l": 1, "c": 20, "v": 1} for day in (21, 20)]
    connection = Simulated(answers=[{"bars": {"BRK.B": bars}, "next_page_token": None}])

    found = client(connection).opening_prices(Exchange.NASDAQ, ["BRK-B"], DAY)

    assert found == {"BRK-B": Decimal(20)}
    (asked,) = connection.asked
    assert (asked["symbols"], asked["adjustment"]) == ("BRK.B", "raw")
    assert (asked["start"], asked["end"]) == ("2013-02-19", "2013-02-25")


def test_what_alpaca_says_of_removals_and_mergers_without_rates_is_read() -> None:
    rows = {
        "worthless_removals": [{"symbol": "GONE", "process_date": "2013-02-19"}],
        "cash_mergers": [{"acquiree_symbol": "SOLD", "rate": 25, "effective_date": "2013-02-19"}],
        "stock_mergers": [
            {"acquiree_symbol": "OLD", "acquirer_symbol": "NEW", "acquirer_rate": 3, "effective_date": "2013-02-19"}
        ],
    }

    found = client(Simulated(answers=[{"corporate_actions": rows}])).corporate_actions(Exchange.NASDAQ, SINCE, UNTIL)

    assert {action.symbol: (action.kind, action.terms) for action in found} == {
        "GONE": (ActionKind.DELISTING, Terms()),
        "SOLD": (ActionKind.MERGER, Terms(cash_rate=Decimal(25))),
        "OLD": (ActionKind.MERGER, Terms(Decimal(1), Decimal(3), new_symbol="NEW")),
    }
