from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from trading.platform.bodies import read_json
from trading.platform.fields import (
    Day,
    DollarAmount,
    DollarBalance,
    Dollars,
    FixedScale,
    Moment,
    Price,
    Quantity,
    Reply,
    Request,
    Symbol,
    TimeOfDay,
    Yes,
)


class Shown(Reply):
    dollars: Dollars
    scale: FixedScale
    at: Moment


class Asked(Request):
    count: int = 0
    name: str = ""


def read(kind: object, text: str) -> Decimal:
    adapter: TypeAdapter[Decimal] = TypeAdapter(kind)
    return adapter.validate_python(read_json(text))


@pytest.mark.parametrize("text", ["100", "100.0", "100.00", '"100"', '"100.00"', "1e2", "100.000"])
def test_numbers_and_decimal_strings_mean_the_same(text: str) -> None:
    assert read(DollarAmount, text) == Decimal("100.00")


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "null",
        "[]",
        "{}",
        '""',
        '"."',
        '"-1"',
        '"+1"',
        '" 1"',
        '"1e2"',
        '"NaN"',
        '"Infinity"',
        '"1_0"',
        '"\u0661"',
        '"' + "1" * 33 + '"',
        "0",
        "-0.01",
        "0.001",
        "1.001",
        "1000000000.01",
        "1e400",
        "1e-400",
        "1e999999",
        "9" * 4000,
    ],
    ids=lambda text: text[:16],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        read(DollarAmount, text)


@pytest.mark.parametrize(
    ("kind", "least", "most", "too_fine"),
    [
        (DollarAmount, "0.01", "1000000000", "0.011"),
        (DollarBalance, "0", "1000000000", "0.001"),
        (Price, "0.01", "1000000000", "1.001"),
        (Quantity, "0.0001", "1000000000", "1.00001"),
    ],
)
def test_bounds_are_inclusive_and_places_are_counted(kind: object, least: str, most: str, too_fine: str) -> None:
    assert read(kind, least) == Decimal(least)
    assert read(kind, most) == Decimal(most)
    with pytest.raises(ValidationError, match="decimals"):
        read(kind, too_fine)


@given(st.decimals(min_value=0, max_value=10**11, places=2))
def test_every_cent_survives_the_way_out_and_in(dollars: Decimal) -> None:
    shown = Shown(dollars=dollars, scale=dollars, at=datetime(2013, 2, 19, tzinfo=UTC))

    assert read_json(shown.model_dump_json())["dollars"] == dollars


def test_an_answer_shows_numbers_scales_and_times() -> None:
    toronto = datetime(2013, 2, 19, 9, 15, tzinfo=timezone(timedelta(hours=-5)))
    shown = Shown(dollars=Decimal("8999.46"), scale=Decimal("0.020"), at=toronto)

    assert shown.model_dump_json() == '{"dollars":8999.46,"scale":"0.020","at":"2013-02-19T14:15:00Z"}'


@pytest.mark.parametrize("zero", ["-0", "-0.00", "0.00"])
def test_no_answer_shows_a_negative_zero(zero: str) -> None:
    shown = Shown(dollars=Decimal(zero), scale=Decimal(zero), at=datetime(2013, 2, 19, tzinfo=UTC))

    assert "-0" not in shown.model_dump_json().replace("2013-02-19", "")


@pytest.mark.parametrize("given_value", [{"count": "1"}, {"count": True}, {"count": Decimal(1)}, {"name": 1}, {"x": 1}])
def test_a_request_takes_no_other_types_and_no_other_fields(given_value: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate(given_value)


@pytest.mark.parametrize("model", [Asked(), Shown(dollars=Decimal(1), scale=Decimal(1), at=datetime.now(UTC))])
def test_requests_and_replies_are_frozen(model: BaseModel) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(model, next(iter(type(model).model_fields)), None)


@pytest.mark.parametrize("symbol", ["", "aapl", "1A", "A" * 13, "A B", "A#B", "A\n"])
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Symbol).validate_python(symbol)


@pytest.mark.parametrize("symbol", ["A", "BRK.B", "RDS-A", "AAPL"])
def test_symbols_may_have_classes(symbol: str) -> None:
    assert TypeAdapter(Symbol).validate_python(symbol) == symbol


def test_a_date_is_told_as_text() -> None:
    assert TypeAdapter(Day).validate_python("2013-02-28") == date(2013, 2, 28)


@pytest.mark.parametrize(
    "raw", [86400, "86400", "2013-02-28T00:00:00", "20130228", "2013-W09-4", "2013-02-29", "", None]
)
def test_what_is_no_date_is_refused(raw: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(raw)


@pytest.mark.parametrize("raw", ["07:30", "07:30:00"])
def test_a_time_of_day_has_no_offset(raw: str) -> None:
    assert TypeAdapter(TimeOfDay).validate_python(raw) == time(7, 30)


@pytest.mark.parametrize("raw", [3600, "07:30Z", "07:30+05:00", "24:00", "7:30", "07:30:00.5", "07:30\n", "", None])
def test_what_is_no_time_of_day_is_refused(raw: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(TimeOfDay).validate_python(raw)


class Marked(Request):
    all: Yes | None = None


@pytest.mark.parametrize("raw", [1, 1.0, Decimal(1), "true", "1", False, 0, [True], {}])
def test_nothing_that_merely_equals_true_is_taken_for_it(raw: object) -> None:
    with pytest.raises(ValidationError):
        Marked.model_validate({"all": raw})


def test_true_is_taken_for_itself() -> None:
    assert Marked.model_validate({"all": True}).all is True
