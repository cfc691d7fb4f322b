"""What requests to the control plane may say of corporate actions."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from sandbox.bodies import Body, figure
from trading.automation.portfolios.replies import ExchangeField
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange
from trading.platform.fields import LARGEST, Symbol

NEEDS: dict[ActionKind, frozenset[str]] = {
    ActionKind.SPLIT: frozenset({"old_rate", "new_rate"}),
    ActionKind.STOCK_DIVIDEND: frozenset({"old_rate", "new_rate"}),
    ActionKind.DIVIDEND: frozenset({"cash_rate"}),
    ActionKind.SYMBOL_CHANGE: frozenset({"new_symbol"}),
    ActionKind.MERGER: frozenset(),
    ActionKind.DELISTING: frozenset(),
}
"""What an action of each kind has to say, unless it is cancelled."""

TAKES: dict[ActionKind, frozenset[str]] = {
    **NEEDS,
    ActionKind.DIVIDEND: frozenset({"cash_rate", "pay_date"}),
    ActionKind.MERGER: frozenset({"cash_rate", "new_symbol", "old_rate", "new_rate"}),
    ActionKind.DELISTING: frozenset({"cash_rate"}),
}


def _rate(raw: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    number = figure(raw)
    if number is None or not 0 < number <= LARGEST:
        raise ValueError("must be a number above 0")
    return number


def _supported(kind: ActionKind) -> ActionKind:
    if kind not in NEEDS:
        raise ValueError(f"must be one of {', '.join(NEEDS)}")
    return kind


Rate = Annotated[Decimal, BeforeValidator(_rate)]


class CorporateActionBody(Body):
    """What a company does; put again with other terms it supersedes, and `cancelled` calls it off."""

    type: Annotated[ActionKind, AfterValidator(_supported)]
    symbol: Symbol
    exchange: ExchangeField = Exchange.NASDAQ
    ex_date: date
    old_rate: Rate | None = None
    new_rate: Rate | None = None
    cash_rate: Rate | None = None
    new_symbol: Symbol | None = None
    pay_date: date | None = None
    cancelled: bool = False

    @model_validator(mode="after")
    def _says_what_its_type_needs(self) -> Self:
        given = {name for name in TAKES[ActionKind.MERGER] | {"pay_date"} if getattr(self, name) is not None}
        missing = set() if self.cancelled else NEEDS[self.type] - given
        if missing:
            raise ValueError(f"{self.type} needs {', '.join(sorted(missing))}")
        if given - TAKES[self.type]:
            raise ValueError(f"{', '.join(sorted(given - TAKES[self.type]))} does not go with {self.type}")
        self._check_merger(given)
        if self.type is ActionKind.STOCK_DIVIDEND and not self.cancelled and self._ratio <= 1:
            raise ValueError("a stock dividend adds shares: new_rate must be above old_rate")
        return self

    def _check_merger(self, given: set[str]) -> None:
        shares = given & {"new_symbol", "old_rate", "new_rate"}
        if self.type is not ActionKind.MERGER or self.cancelled:
            return
        if len(shares) not in {0, 3} or not given:
            raise ValueError("MERGER needs cash_rate, or new_symbol, old_rate and new_rate, or all")

    @property
    def _ratio(self) -> Decimal:
        return (self.new_rate or Decimal(1)) / (self.old_rate or Decimal(1))

    def to_action(self) -> CorporateAction:
        """Return the action."""
        terms = Terms(self.old_rate, self.new_rate, self.cash_rate, self.new_symbol, self.pay_date, self.cancelled)
        return CorporateAction(self.type, self.exchange, self.symbol, self.ex_date, terms)


CorporateActions = list[CorporateActionBody]
