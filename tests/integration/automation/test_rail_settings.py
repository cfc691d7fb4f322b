"""Rails over HTTP: set by PATCH alone, field by field, in ranges that the portfolio says."""

import pytest

from tests.support.calls import Answer, call

pytestmark = pytest.mark.usefixtures("aws")

BALANCED = {
    "daily_loss_percent": "3.0",
    "max_drawdown_percent": "15.0",
    "trailing_stop_percent": None,
    "stop_guard": {"losses": 3, "sessions": 1},
    "cool_down_sessions": 1,
    "max_order_notional": None,
    "settled_cash": False,
}
NEW = {"name": "watched", "exchange": 2}


def created() -> int:
    answer = call("create_portfolio", body=NEW)
    assert answer.status == 201, answer.body
    return int(answer.body["id"])


def patched(portfolio_id: int, **rails: object) -> Answer:
    return call("update_portfolio", portfolio_id=portfolio_id, body={"rails": rails})


def test_a_portfolio_begins_with_the_rails_of_balanced() -> None:
    body = call("get_portfolio", portfolio_id=created()).body

    assert body["rails"] == BALANCED
    assert body["limits"]["daily_loss_percent"] == {"min": "0.5", "max": "20.0"}
    assert body["limits"]["stop_guard"]["losses"] == {"min": 1, "max": 20}
    assert body["blocks"] == []


def test_rails_are_merged_field_by_field_and_kept() -> None:
    portfolio_id = created()

    assert patched(portfolio_id, daily_loss_percent="1.5", stop_guard={"losses": 5}).status == 200
    assert patched(portfolio_id, cool_down_sessions=0, max_order_notional=2500.5).status == 200

    expected = BALANCED | {
        "daily_loss_percent": "1.5",
        "stop_guard": {"losses": 5, "sessions": 1},
        "cool_down_sessions": 0,
        "max_order_notional": 2500.5,
    }
    assert call("get_portfolio", portfolio_id=portfolio_id).body["rails"] == expected


def test_null_turns_a_rail_off_and_part_of_a_guard_turns_it_on_again() -> None:
    portfolio_id = created()
    every = dict.fromkeys(BALANCED)

    off = patched(portfolio_id, **every)

    assert off.body["rails"] == every | {"settled_cash": False}
    again = patched(portfolio_id, stop_guard={"sessions": 2})
    assert again.body["rails"]["stop_guard"] == {"losses": 3, "sessions": 2}


@pytest.mark.parametrize("value", ["20.0", 20, "0.5", "20"])
def test_percents_are_strings_or_numbers_and_come_back_with_one_place(value: object) -> None:
    answer = patched(created(), daily_loss_percent=value)

    assert answer.status == 200
    assert answer.body["rails"]["daily_loss_percent"] in {"20.0", "0.5"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("daily_loss_percent", "0.4"),
        ("daily_loss_percent", "20.1"),
        ("daily_loss_percent", "3.05"),
        ("daily_loss_percent", "NaN"),
        ("daily_loss_percent", True),
        ("max_drawdown_percent", "0.9"),
        ("max_drawdown_percent", "50.1"),
        ("trailing_stop_percent", "20.1"),
        ("cool_down_sessions", 21),
        ("cool_down_sessions", -1),
        ("cool_down_sessions", "1"),
        ("max_order_notional", 0),
        ("settled_cash", "yes"),
        ("take_profit", 1),
    ],
)
def test_what_is_out_of_range_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    portfolio_id = created()

    answer = patched(portfolio_id, **{field: value})

    assert answer.status == 400
    assert [problem["field"] for problem in answer.body["errors"]] == [f"rails.{field}"]
    assert call("get_portfolio", portfolio_id=portfolio_id).body["rails"] == BALANCED


@pytest.mark.parametrize("guard", [{"losses": 0}, {"losses": 21}, {"sessions": 0}, {"sessions": 21}])
def test_a_stop_guard_out_of_range_is_refused_by_the_name_of_its_field(guard: dict[str, int]) -> None:
    answer = patched(created(), stop_guard=guard)

    assert answer.status == 400
    assert [problem["field"] for problem in answer.body["errors"]] == [f"rails.stop_guard.{name}" for name in guard]


@pytest.mark.parametrize("rails", [None, {}, [], "3.0"])
def test_rails_that_are_no_object_or_say_nothing_are_refused(rails: object) -> None:
    answer = call("update_portfolio", portfolio_id=created(), body={"rails": rails})

    assert answer.status == 400


def test_rails_are_set_by_patch_alone() -> None:
    portfolio_id = created()
    body = NEW | {"rails": {"daily_loss_percent": "5.0"}}

    assert call("create_portfolio", body=body | {"name": "other"}).status == 400
    assert call("replace_portfolio", portfolio_id=portfolio_id, body=body).status == 400
    call("update_portfolio", portfolio_id=portfolio_id, body={"rails": {"daily_loss_percent": "5.0"}})
    put = call("replace_portfolio", portfolio_id=portfolio_id, body=NEW)
    assert put.body["rails"]["daily_loss_percent"] == "5.0"


def test_presets_carry_rails_that_a_patch_takes() -> None:
    portfolio_id = created()
    presets = {preset["name"]: preset["rails"] for preset in call("list_presets").body["items"]}

    assert {name: rails["daily_loss_percent"] for name, rails in presets.items()} == {
        "conservative": "1.5",
        "balanced": "3.0",
        "aggressive": "5.0",
    }
    for rails in presets.values():
        assert patched(portfolio_id, **rails).body["rails"] == rails
