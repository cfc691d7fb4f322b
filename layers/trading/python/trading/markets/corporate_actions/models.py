"""Corporate actions: splits, dividends, changes of symbols, mergers, delistings.

An action is known by its kind, symbol and ex-date; announced again with other terms it supersedes what
was said before. Rates say how many new shares (`new_rate`) stand for how many old ones (`old_rate`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from trading.markets.models import Exchange


class ActionKind(StrEnum):
    """What a company does. `UNSUPPORTED` is left to operators: spin-offs, rights, tenders.

    A `SUSPENSION` no company announces: nobody may buy a symbol any more, so what waits for it is cancelled.
    """

    SPLIT = "SPLIT"
    STOCK_DIVIDEND = "STOCK_DIVIDEND"
    DIVIDEND = "DIVIDEND"
    SYMBOL_CHANGE = "SYMBOL_CHANGE"
    MERGER = "MERGER"
    DELISTING = "DELISTING"
    SUSPENSION = "SUSPENSION"
    UNSUPPORTED = "UNSUPPORTED"


ENDS_SYMBOL = frozenset({ActionKind.SYMBOL_CHANGE, ActionKind.MERGER, ActionKind.DELISTING})
"""The kinds after which nobody trades the old symbol any more."""


BY_OPERATOR = "operator"
"""The variant of what an operator did, not a company: that no provider announces it says nothing."""


@dataclass(frozen=True)
class Terms:
    """What a share becomes or brings: new for old shares, dollars a share, a new symbol. None: nothing of it."""

    old_rate: Decimal | None = None
    new_rate: Decimal | None = None
    cash_rate: Decimal | None = None
    new_symbol: str | None = None
    pay_on: date | None = None
    is_cancelled: bool = False


@dataclass(frozen=True)
class CorporateAction:
    """One action. `variant` distinguishes actions of one kind on one day, such as a special dividend."""

    kind: ActionKind
    exchange: Exchange
    symbol: str
    ex_date: date
    terms: Terms = field(default_factory=Terms)
    variant: str = ""

    @property
    def action_id(self) -> str:
        """Return the id that the action keeps whatever its terms become; ids sort by ex-date."""
        parts = (self.ex_date.isoformat(), self.symbol, self.kind.value, self.exchange.code, self.variant)
        return "#".join(part for part in parts if part)

    @property
    def cancelled(self) -> "CorporateAction":
        """Return the action as it is when it does not take place."""
        return replace(self, terms=Terms(is_cancelled=True))


@dataclass(frozen=True)
class FiledAction:
    """An action on file, and the day on which it was announced or changed last."""

    action: CorporateAction
    changed_on: date


def one_each(actions: Iterable[CorporateAction]) -> tuple[CorporateAction, ...]:
    """Return actions without repetitions, by id; of those that stand twice the last counts."""
    found = {action.action_id: action for action in actions}
    return tuple(found[action_id] for action_id in sorted(found))
