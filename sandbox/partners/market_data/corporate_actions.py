"""What companies do to their shares, as the market-data simulator announces it, in Alpaca's wire format."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.partners.market_data.symbols import their_symbol
from trading.platform.documents import dump, load

Wire = dict[str, Any]
_REVERSE = "reverse_splits"


@dataclass
class ActionBoard:
    """The announced actions, by id; kept in the simulator's folder."""

    folder: Path
    actions: dict[str, CorporateAction] = field(default_factory=dict)

    @classmethod
    def in_folder(cls, folder: Path) -> "ActionBoard":
        """Return the board with what was kept."""
        board = cls(folder)
        if board._file.exists():
            kept = (load(CorporateAction, text) for text in json.loads(board._file.read_text()))
            board.actions = {action.action_id: action for action in kept}
        return board

    def put(self, actions: Iterable[CorporateAction]) -> int:
        """Announce actions, anew if they are known; what is cancelled is not announced any more."""
        given = list(actions)
        self.actions |= {action.action_id: action for action in given}
        self._file.write_text(json.dumps([dump(action) for action in self.actions.values()]))
        return len(given)

    def of(self, symbol: str) -> tuple[CorporateAction, ...]:
        """Return the actions of a symbol in the partner's spelling."""
        return tuple(action for action in self.actions.values() if their_symbol(action.symbol) == symbol)

    def answer(self, days: tuple[date, date], page: tuple[int, int]) -> Wire:
        """Answer the corporate-actions call for process dates; `page` is where it begins and how many."""
        start, size = page
        announced = [action for _, action in sorted(self.actions.items()) if not action.terms.is_cancelled]
        rows = [_wire(action) for action in announced if days[0] <= action.ex_date <= days[1]]
        answer: dict[str, list[Wire]] = {}
        for name, row in rows[start : start + size]:
            answer.setdefault(name, []).append(row)
        more = str(start + size) if start + size < len(rows) else None
        return {"corporate_actions": answer, "next_page_token": more}

    @property
    def _file(self) -> Path:
        return self.folder / "corporate_actions.json"


def _wire(action: CorporateAction) -> tuple[str, Wire]:
    day, terms = action.ex_date.isoformat(), action.terms
    symbol = their_symbol(action.symbol)
    dated = {"symbol": symbol, "ex_date": day, "process_date": day}
    if action.kind is ActionKind.SPLIT:
        return _split_name(terms), {**dated, "old_rate": _number(terms.old_rate), "new_rate": _number(terms.new_rate)}
    if action.kind is ActionKind.STOCK_DIVIDEND:
        added = (terms.new_rate or Decimal(1)) / (terms.old_rate or Decimal(1)) - 1
        return "stock_dividends", {**dated, "rate": float(added)}
    if action.kind is ActionKind.DIVIDEND:
        pay_on = {"payable_date": terms.pay_on.isoformat()} if terms.pay_on else {}
        record = (action.ex_date + timedelta(days=1)).isoformat()
        return "cash_dividends", {
            **dated,
            "rate": _number(terms.cash_rate),
            "special": False,
            "record_date": record,
            **pay_on,
        }
    if action.kind is ActionKind.SYMBOL_CHANGE:
        new = their_symbol(terms.new_symbol or "")
        return "name_changes", {"old_symbol": symbol, "new_symbol": new, "process_date": day}
    return _ending(action, day)


def _ending(action: CorporateAction, day: str) -> tuple[str, Wire]:
    terms, symbol = action.terms, their_symbol(action.symbol)
    if action.kind is ActionKind.DELISTING:
        row = {"symbol": symbol, "process_date": day}
        if terms.cash_rate is None:
            return "worthless_removals", row
        return "redemptions", {**row, "rate": _number(terms.cash_rate)}
    row = {"acquiree_symbol": symbol, "effective_date": day, "process_date": day}
    if terms.new_symbol is None:
        return "cash_mergers", {**row, "rate": _number(terms.cash_rate)}
    shares = {
        "acquirer_symbol": their_symbol(terms.new_symbol),
        "acquirer_rate": _number(terms.new_rate),
        "acquiree_rate": _number(terms.old_rate),
    }
    if terms.cash_rate is None:
        return "stock_mergers", {**row, **shares}
    return "stock_and_cash_mergers", {**row, **shares, "cash_rate": _number(terms.cash_rate)}


def _split_name(terms: Terms) -> str:
    is_reverse = terms.new_rate is not None and terms.old_rate is not None and terms.new_rate < terms.old_rate
    return _REVERSE if is_reverse else "forward_splits"


def _number(rate: Decimal | None) -> float:
    return float(rate or 0)


def page_of(query: Mapping[str, str], largest: int) -> tuple[int, int]:
    """Return where a page begins and how many rows it has.

    Raises:
        ValueError: if the query says nothing that makes sense.
    """
    start, size = int(query.get("page_token") or 0), int(query.get("limit") or 100)
    if start < 0 or not 1 <= size <= largest:
        raise ValueError("invalid limit or page_token")
    return start, size
