"""Alpaca's corporate actions, and the opening prices by which fractions are paid.

    GET /v1/corporate-actions   types, start, end (process dates), limit, page_token
    GET /v2/stocks/bars         symbols, timeframe=1Day, adjustment=raw: the open of a day

An action that cannot be read is left out and counted: it costs no other its effect.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms, one_each
from trading.markets.models import Exchange
from trading.partners.market_data import reading
from trading.partners.market_data.batches import RefusedSymbols, in_batches
from trading.partners.market_data.connection import Connection, readable
from trading.partners.market_data.symbols import by_our_symbols, our_symbol, their_symbol
from trading.platform.observability import count

Raw = Mapping[str, Any]
MAX_DENOMINATOR = 10_000
WITHIN = timedelta(days=6)
_PAGE = 1000
_ODD = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class AlpacaAnnouncements:
    """Asks Alpaca what companies do to their shares."""

    connection: Connection
    feed: str
    exchanges: frozenset[Exchange]
    refused: RefusedSymbols

    def covers(self, exchange: Exchange) -> bool:
        """Say whether Alpaca knows the exchange at all."""
        return exchange in self.exchanges

    def corporate_actions(self, exchange: Exchange, since: date, until: date) -> tuple[CorporateAction, ...]:
        """Return the actions that are processed between two days, both included; cancelled ones are absent.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """
        if not self.covers(exchange):
            return ()
        query = {"start": since.isoformat(), "end": until.isoformat(), "limit": str(_PAGE)}
        return one_each(action for page in self._pages(query) for action in _actions(exchange, page))

    def opening_prices(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, Decimal]:
        """Return the raw opening prices of the first session from a day on, at most a week later, if it has begun.

        Raises:
            Unavailable: if Alpaca cannot be asked now, or its answer cannot be read.
            Refused: if it will not answer at all.
        """

        def ask(theirs: Sequence[str]) -> Mapping[str, Decimal]:
            days = {"start": day.isoformat(), "end": (day + WITHIN).isoformat()}
            query = {"symbols": ",".join(theirs), "feed": self.feed, "timeframe": "1Day", "adjustment": "raw"}
            answer = self.connection.get("/v2/stocks/bars", query | days)
            with readable():
                bars = reading.bars(answer)
            return {symbol: min(found, key=lambda bar: bar.day).open for symbol, found in bars.items() if found}

        theirs = [their_symbol(symbol) for symbol in symbols] if self.covers(exchange) else []
        return by_our_symbols(in_batches(theirs, ask, self.refused), symbols)

    def _pages(self, query: dict[str, str]) -> Iterator[Mapping[str, Sequence[Raw]]]:
        while True:
            answer = self.connection.get("/v1/corporate-actions", query)
            with readable():
                yield {str(name): list(rows) for name, rows in answer["corporate_actions"].items()}
            if not answer.get("next_page_token"):
                return
            query["page_token"] = str(answer["next_page_token"])


def _actions(exchange: Exchange, page: Mapping[str, Sequence[Raw]]) -> Iterator[CorporateAction]:
    read, total = 0, 0
    for name, rows in page.items():
        read_row = _READERS.get(name, _unsupported(name))
        for row in rows:
            total += 1
            with suppress(*_ODD):
                yield read_row(exchange, row)
                read += 1
    if read < total:
        count("CorporateActionsUnreadable", total - read)


def _split(exchange: Exchange, row: Raw) -> CorporateAction:
    terms = Terms(_rate(row["old_rate"]), _rate(row["new_rate"]))
    return CorporateAction(ActionKind.SPLIT, exchange, _symbol(row["symbol"]), _day(row["ex_date"]), terms)


def _stock_dividend(exchange: Exchange, row: Raw) -> CorporateAction:
    # The rate is of shares added to each; as new for old shares it is exact, which a decimal may not be.
    added = Fraction(_rate(row["rate"])).limit_denominator(MAX_DENOMINATOR)
    terms = Terms(Decimal(added.denominator), Decimal(added.denominator + added.numerator))
    return CorporateAction(ActionKind.STOCK_DIVIDEND, exchange, _symbol(row["symbol"]), _day(row["ex_date"]), terms)


def _dividend(exchange: Exchange, row: Raw) -> CorporateAction:
    pay_on = _day(row["payable_date"]) if row.get("payable_date") else None
    terms = Terms(cash_rate=_rate(row["rate"]), pay_on=pay_on)
    variant = "special" if row.get("special") is True else ""
    return CorporateAction(
        ActionKind.DIVIDEND, exchange, _symbol(row["symbol"]), _day(row["ex_date"]), terms, variant=variant
    )


def _merger(exchange: Exchange, row: Raw) -> CorporateAction:
    cash = row.get("cash_rate", row.get("rate"))
    shares = row.get("acquirer_rate")
    terms = Terms(
        old_rate=_rate(row.get("acquiree_rate", Decimal(1))) if shares is not None else None,
        new_rate=_rate(shares) if shares is not None else None,
        cash_rate=_rate(cash) if cash is not None else None,
        new_symbol=_symbol(row["acquirer_symbol"]) if shares is not None else None,
    )
    symbol, day = _symbol(row["acquiree_symbol"]), _day(row["effective_date"])
    return CorporateAction(ActionKind.MERGER, exchange, symbol, day, terms)


def _symbol_change(exchange: Exchange, row: Raw) -> CorporateAction:
    terms = Terms(new_symbol=_symbol(row["new_symbol"]))
    symbol, day = _symbol(row["old_symbol"]), _day(row["process_date"])
    return CorporateAction(ActionKind.SYMBOL_CHANGE, exchange, symbol, day, terms)


def _delisting(exchange: Exchange, row: Raw) -> CorporateAction:
    terms = Terms(cash_rate=_rate(row["rate"])) if row.get("rate") is not None else Terms()
    day = _day(row.get("process_date") or row["ex_date"])
    return CorporateAction(ActionKind.DELISTING, exchange, _symbol(row["symbol"]), day, terms)


def _unsupported(name: str) -> Callable[[Exchange, Raw], CorporateAction]:
    def read(exchange: Exchange, row: Raw) -> CorporateAction:
        symbol = _symbol(row.get("source_symbol") or row.get("old_symbol") or row["symbol"])
        day = _day(row.get("ex_date") or row.get("effective_date") or row["process_date"])
        return CorporateAction(ActionKind.UNSUPPORTED, exchange, symbol, day, variant=name)

    return read


_READERS: Mapping[str, Callable[[Exchange, Raw], CorporateAction]] = {
    "forward_splits": _split,
    "reverse_splits": _split,
    "stock_dividends": _stock_dividend,
    "cash_dividends": _dividend,
    "cash_mergers": _merger,
    "stock_mergers": _merger,
    "stock_and_cash_mergers": _merger,
    "name_changes": _symbol_change,
    "worthless_removals": _delisting,
    "redemptions": _delisting,
}


def _symbol(raw: object) -> str:
    if not isinstance(raw, str) or not raw:
        raise ValueError("not a symbol")
    return our_symbol(raw)


def _day(raw: object) -> date:
    return date.fromisoformat(str(raw))


def _rate(raw: object) -> Decimal:
    if not isinstance(raw, Decimal) or not raw.is_finite() or raw <= 0:
        raise ValueError("not a rate above 0")
    return raw
