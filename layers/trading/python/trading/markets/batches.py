"""Symbols in as few requests as providers of prices take."""

from collections.abc import Iterator, Sequence

SYMBOLS_PER_REQUEST = 200


def batches(symbols: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield symbols, as many at a time as one request may ask for."""
    for start in range(0, len(symbols), SYMBOLS_PER_REQUEST):
        yield symbols[start : start + SYMBOLS_PER_REQUEST]
