"""Daily bars in CSV files."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.partners.market_data.bar_files import read_csv, write_csv
from trading.markets.models import Bar

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
        "X,2013-02-19,10,12,9,11,500,1",
        "X,2013-02-19,1,234.5,1300,1200,1250,500",
        'X,2013-02-19,"1,23.5",1300,1200,1250,500',
        "X,2013-02-19,10,9,12,11,500",
        "X,2013-02-19,10,12,9,13,500",
        "X,2013-02-19,13,14,9,8,500",
        "X,2013-02-19,13,12,9,11,500",
        "X,2013-02-19,10,12,9,11,-1",
        "X,2013-02-19,10,12,9,11,1e99",
        "X,2013-02-19,10,12,0.00001,11,500",
        "X,2013-02-19,1_0,12,9,11,500",
        'X,2013-02-19,"10"1,12,9,11,500',
        "X,2013-02-19,10,12,9,11," + "9" * 140_000,
        "X" * 140_000 + ",2013-02-19,10,12,9,11,500",
        "no symbol,2013-02-19,10,12,9,11,500",
    ],
)
def test_a_line_that_is_no_bar_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 3"):
        tuple(read_csv(f"{HEADER}\nX,2013-02-18,10,12,9,11,500\n{line}"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "symbol,date",
        "ticker,symbol,date,open,high,low,close,volume",
        f"{HEADER},Adj Close,adj_close",
        "1,2,3",
    ],
)
def test_the_first_line_names_the_columns(text: str) -> None:
    with pytest.raises(ValueError, match="first line"):
        tuple(read_csv(text))


BAR = Bar("X", date(2013, 2, 19), Decimal("1234.5"), Decimal(1300), Decimal(1200), Decimal(1250), 1_000_000)


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\nX,2013-02-19,1234.5,1300,1200,1250,1000000".encode(),
        f"{HEADER}\nX,2013-02-19,1234.5,1300,1200,1250,1000000".encode("utf-16"),
        f"{HEADER}\rX,2013-02-19,1234.5,1300,1200,1250,1000000\r".encode(),
        f"\n\n{HEADER}\r\n\r\nX,2013-02-19,1234.5,1300,1200,1250,1000000\r\n\r\n,,,,,,\r\n".encode(),
        f'{HEADER}\nX,2013-02-19,"1,234.50","1,300","1,200","1,250","1,000,000"'.encode(),
        b"Date , Ticker,Volume,Close,Low,High,Open,Note\n2013-02-19, X ,1000000,1250,1200,1300,1234.5,a note",
        b"Symbol,Date,Open,High,Low,Close,Adj Close,Volume\nX,2013-02-19,2469,2600,2400,2500,1250,1000000",
        b"adj_close,symbol,date,open,high,low,close,volume\n1250,X,2013-02-19,12345,13000,12000,12500,1e6",
    ],
    ids=["BOM", "UTF-16", "CR", "blank lines", "thousands", "names", "adjusted", "adjusted first"],
)
def test_files_are_read_as_they_are_in_the_wild(text: bytes) -> None:
    (bar,) = read_csv(text)

    assert bar == BAR


def test_what_is_no_text_is_named_by_its_line() -> None:
    with pytest.raises(ValueError, match="line 2 is not text"):
        tuple(read_csv(f"{HEADER}\n".encode() + b"X,2013-02-19,\xff\xfe"))


@given(st.binary(max_size=300), st.booleans())
def test_no_file_raises_anything_but_what_names_its_line(noise: bytes, has_header: bool) -> None:
    with suppress(ValueError):
        tuple(read_csv((f"{HEADER}\n".encode() if has_header else b"") + noise))


CELLS = st.sampled_from(
    ["X", "2013-02-19", "10", "12", "9", "-1", "1e5", '"1,000"', '"', "", "\0", "NaN", "\u0661", "9" * 30]
)


@given(st.lists(CELLS, min_size=6, max_size=8))
def test_no_line_is_a_bar_that_cannot_be(cells: list[str]) -> None:
    with suppress(ValueError):
        for bar in read_csv(f"{HEADER}\n{','.join(cells)}"):
            assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
            assert bar.volume >= 0
