"""Daily bars in CSV files."""

from datetime import date
from decimal import Decimal

import pytest

from infra.sandbox.partners.history import read_csv, write_csv

HEADER = "symbol,date,open,high,low,close,volume"


def test_a_line_is_a_bar() -> None:
    (bar,) = read_csv(f"{HEADER}\nBRK.B,2013-02-19,10,12.34567,9,11,500.0\n")

    assert (bar.symbol, bar.day, bar.high, bar.volume) == ("BRK.B", date(2013, 2, 19), Decimal("12.3457"), 500)


def test_what_is_written_can_be_read() -> None:
    bars = tuple(read_csv(f"{HEADER}\r\nX,2013-02-19,10,12,9,11,500\r\nY,2013-02-19,1,2,0.5,1,0"))

    assert tuple(read_csv(write_csv(bars))) == bars


@pytest.mark.parametrize(
    "line",
    [
        "X,2013-02-19,0,12,9,11,500",
        "X,2013-02-19,NaN,12,9,11,500",
        "X,2013-02-19,1e30,12,9,11,500",
        "X,2013-02-30,10,12,9,11,500",
        "X,2013-02-19,10,12,9,11,many",
        "X,2013-02-19,10,12,9",
        ",2013-02-19,10,12,9,11,500",
        "no symbol,2013-02-19,10,12,9,11,500",
    ],
)
def test_a_line_that_is_no_bar_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 3"):
        tuple(read_csv(f"{HEADER}\nX,2013-02-18,10,12,9,11,500\n{line}"))


@pytest.mark.parametrize("text", ["", "symbol,date", "date,symbol,open,high,low,close,volume"])
def test_the_first_line_names_the_columns(text: str) -> None:
    with pytest.raises(ValueError, match="first line"):
        tuple(read_csv(text))
