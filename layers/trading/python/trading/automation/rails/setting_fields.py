"""What routes take and answer of the settings of rails, and of their ranges."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import Field, WithJsonSchema, model_validator

from trading.automation.rails.models import RailSettings, StopGuard
from trading.platform.fields import LARGEST, Changes, Dollars, FixedScale, Reply, bounded
from trading.platform.money import to_cents, to_dollars

_PERCENT_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}, mode="validation")
_LOSS, _DRAWDOWN, _TRAILING, _NOTIONAL = ("0.5", "20.0"), ("1.0", "50.0"), ("0.5", "20.0"), ("0.01", str(LARGEST))
_COUNTS, _REST = (1, 20), (0, 20)

LossPercent = Annotated[Decimal, bounded(1, *_LOSS), _PERCENT_SCHEMA]
DrawdownPercent = Annotated[Decimal, bounded(1, *_DRAWDOWN), _PERCENT_SCHEMA]
TrailingPercent = Annotated[Decimal, bounded(1, *_TRAILING), _PERCENT_SCHEMA]
Notional = Annotated[Decimal, bounded(2, *_NOTIONAL), _PERCENT_SCHEMA]
Count = Annotated[int, Field(ge=_COUNTS[0], le=_COUNTS[1])]
Rest = Annotated[int, Field(ge=_REST[0], le=_REST[1])]


class StopGuardChanges(Changes):
    """The fields of the stop guard to change."""

    losses: Count = 3
    sessions: Count = 1


class RailChanges(Changes):
    """The rails to change; null turns one off, what is not given keeps what is stored.

    Percents are in percent with one place: "3.0" is 3 %.
    """

    daily_loss_percent: LossPercent | None = None
    max_drawdown_percent: DrawdownPercent | None = None
    trailing_stop_percent: TrailingPercent | None = None
    stop_guard: StopGuardChanges | None = None
    cool_down_sessions: Rest | None = None
    max_order_notional: Notional | None = None
    settled_cash: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _something_given(cls, raw: Any) -> Any:  # noqa: ANN401 - any JSON value
        if raw == {}:
            raise ValueError("nothing to change was given")
        return raw

    def changes(self) -> Mapping[str, Any]:
        """Return the fields that were given, as the settings have them."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if self.stop_guard is not None:
            given["stop_guard"] = {name: getattr(self.stop_guard, name) for name in self.stop_guard.model_fields_set}
        if "max_order_notional" in given:
            dollars = given.pop("max_order_notional")
            given["max_order_notional_cents"] = None if dollars is None else to_cents(dollars)
        if "settled_cash" in given:
            given["settled_cash"] = bool(self.settled_cash)
        return given


class StopGuardReply(Reply):
    """So many losing stops in so many sessions, the present one counted, block through the next session."""

    losses: int
    sessions: int

    @classmethod
    def of(cls, guard: StopGuard) -> Self:
        """Return the reply that shows a stop guard."""
        return cls(losses=guard.losses, sessions=guard.sessions)


class RailsReply(Reply):
    """The rails of a portfolio, null where one is off. Percents are in percent, `max_order_notional` in dollars."""

    daily_loss_percent: FixedScale | None
    max_drawdown_percent: FixedScale | None
    trailing_stop_percent: FixedScale | None
    stop_guard: StopGuardReply | None
    cool_down_sessions: int | None
    max_order_notional: Dollars | None
    settled_cash: bool

    @classmethod
    def of(cls, rails: RailSettings) -> Self:
        """Return the reply that shows rails."""
        notional = rails.max_order_notional_cents
        return cls(
            daily_loss_percent=rails.daily_loss_percent,
            max_drawdown_percent=rails.max_drawdown_percent,
            trailing_stop_percent=rails.trailing_stop_percent,
            stop_guard=StopGuardReply.of(rails.stop_guard) if rails.stop_guard else None,
            cool_down_sessions=rails.cool_down_sessions,
            max_order_notional=None if notional is None else to_dollars(notional),
            settled_cash=rails.settled_cash,
        )


class PercentRange(Reply):
    """The least and the most that a percent may be."""

    min: FixedScale
    max: FixedScale

    @classmethod
    def of(cls, bounds: tuple[str, str]) -> Self:
        """Return the reply that shows a range."""
        return cls(min=Decimal(bounds[0]), max=Decimal(bounds[1]))


class CountRange(Reply):
    """The least and the most that a count may be."""

    min: int
    max: int


class DollarRange(Reply):
    """The least and the most that an amount may be, in dollars."""

    min: Dollars
    max: Dollars


class StopGuardRanges(Reply):
    """The ranges of the stop guard."""

    losses: CountRange
    sessions: CountRange


class RailRanges(Reply):
    """What each rail may be set to."""

    daily_loss_percent: PercentRange
    max_drawdown_percent: PercentRange
    trailing_stop_percent: PercentRange
    stop_guard: StopGuardRanges
    cool_down_sessions: CountRange
    max_order_notional: DollarRange


_COUNT_RANGE = CountRange(min=_COUNTS[0], max=_COUNTS[1])
RAIL_RANGES = RailRanges(
    daily_loss_percent=PercentRange.of(_LOSS),
    max_drawdown_percent=PercentRange.of(_DRAWDOWN),
    trailing_stop_percent=PercentRange.of(_TRAILING),
    stop_guard=StopGuardRanges(losses=_COUNT_RANGE, sessions=_COUNT_RANGE),
    cool_down_sessions=CountRange(min=_REST[0], max=_REST[1]),
    max_order_notional=DollarRange(min=Decimal(_NOTIONAL[0]), max=Decimal(_NOTIONAL[1])),
)
"""The ranges of all rails."""
