"""What requests to the control plane may say."""

import json
from datetime import UTC, date
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from sandbox.faults import OPERATIONS, Fault
from sandbox.identity import DEFAULT_LIFE_SECONDS
from trading.automation.portfolios.replies import ExchangeField
from trading.managed.replies import COLLECTION_ID
from trading.managed.versions.rules import MAX_SYMBOLS
from trading.managed.weights import TOLERANCE
from trading.platform.fields import LARGEST, Symbol
from trading.platform.money import round_price

MAX_STEP_SECONDS = 400 * 86_400
MAX_LIFE_SECONDS = 10 * 365 * 86_400
MAX_LATENESS_SECONDS = 7 * 86_400
MAX_DIGITS = 50

T = TypeVar("T")

Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Life = Annotated[int, Field(ge=-MAX_LIFE_SECONDS, le=MAX_LIFE_SECONDS)]


def figure(raw: Any) -> Decimal | None:  # noqa: ANN401 - any JSON value
    """Return a number, or None for null and what is not finite. Raises ValueError for anything else."""
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal) or len(str(raw)) > MAX_DIGITS:
        raise ValueError("must be a number or null")
    try:
        number = Decimal(raw)
    except ArithmeticError:
        raise ValueError("must be a number or null") from None
    return number if number.is_finite() else None


def _price(raw: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    number = figure(raw)
    if number is None or not 0 < number <= LARGEST or round_price(number) == 0:
        raise ValueError("must be a price above 0")
    return round_price(number)


Figure = Annotated[Decimal | None, BeforeValidator(figure)]
"""A number, or null for none to be had; text is read too, and what is not finite is none."""

Price = Annotated[Decimal, BeforeValidator(_price)]
"""A price, rounded to 4 places."""


QuoteKey = Annotated[str, StringConstraints(pattern=r"^((TSE|NASDAQ|NYSE):)?[A-Z][A-Z0-9.\-]{0,11}$")]
"""A symbol, or an exchange and its symbol."""


def _side(raw: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    number = figure(raw)
    if number is None:
        return Decimal(0)
    if not 0 <= number <= LARGEST:
        raise ValueError("must be a price, or 0 or null for no such side")
    return round_price(number)


Side = Annotated[Decimal, BeforeValidator(_side)]
"""One side of a quote, rounded to 4 places; 0 where there is none."""


class Body(BaseModel):
    """A request to the control plane."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TokenRequest(Body):
    """Whose token, what it shall say beyond the usual, and how long it lives."""

    uid: Annotated[str, Field(min_length=1, max_length=128)]
    claims: dict[str, Any] = Field(default_factory=dict)
    expires_in: Life = DEFAULT_LIFE_SECONDS


class ClockRequest(Body):
    """Where time shall go, or whether it shall tick."""

    to: Moment | None = None
    advance_seconds: Annotated[int, Field(ge=0, le=MAX_STEP_SECONDS)] | None = None
    lateness_seconds: Annotated[int, Field(ge=0, le=MAX_LATENESS_SECONDS)] = 0
    run: bool | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.to is not None and self.advance_seconds is not None:
            raise ValueError("give either `to` or `advance_seconds`")
        if self.to is None and self.advance_seconds is None and self.run is None:
            raise ValueError("give `to`, `advance_seconds` or `run`")
        if self.lateness_seconds and self.to is None and self.advance_seconds is None:
            raise ValueError("`lateness_seconds` needs `to` or `advance_seconds`")
        return self


class ScheduleRequest(Body):
    """The moment that a run is for."""

    scheduled_at: Moment | None = None


class ScheduleSwitch(Body):
    """Whether a schedule fires when it is due."""

    enabled: bool


class QueueSwitch(Body):
    """Whether a queue's consumer takes nothing."""

    paused: bool


class DrainRequest(Body):
    """Whether to wait for retries as well."""

    wait_retries: bool = False


class PinnedQuote(Body):
    """A quote that is judged as any other; without `at` it is of every moment."""

    bid: Side
    ask: Side
    at: Moment | None = None


class InstrumentRequest(Body):
    """A symbol to register."""

    symbol: Symbol
    exchange: ExchangeField
    active: bool = True


class FaultRequest(Body):
    """Which calls shall fail, how, and how often."""

    partner: str
    operation: str = "*"
    fault: Fault
    times: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    @model_validator(mode="after")
    def _names_an_operation(self) -> Self:
        if self.partner not in OPERATIONS:
            raise ValueError(f"there is no partner {self.partner}; there are {', '.join(sorted(OPERATIONS))}")
        if self.operation not in {"*", *OPERATIONS[self.partner]}:
            known = ", ".join(sorted(OPERATIONS[self.partner]))
            raise ValueError(f"{self.partner} has no operation {self.operation}; it has {known} and *")
        return self


class RecommendationItem(Body):
    """One symbol's signal; a missing figure is null."""

    symbol: Symbol
    predicted_return: Figure = None
    volatility: Figure = None
    atr: Figure = None
    previous_close: Figure = None


class RecommendationsRequest(Body):
    """An exchange's pinned recommendations for a day."""

    exchange: ExchangeField
    trade_date: date
    items: list[RecommendationItem]

    @model_validator(mode="after")
    def _names_each_symbol_once(self) -> Self:
        if len({item.symbol for item in self.items}) < len(self.items):
            raise ValueError("a symbol is named twice")
        return self


def _weights(raw: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Read weights as an object by symbol, or as a list of symbols with weights."""
    if isinstance(raw, list) and all(isinstance(entry, dict) for entry in raw):
        return {str(entry.get("symbol")): entry.get("weight") for entry in raw}
    return raw


def _weight(raw: Any) -> Decimal:  # noqa: ANN401 - any JSON value
    number = figure(raw)
    if number is None or not 0 < number <= 1:
        raise ValueError("must be a weight above 0, at most 1")
    return number


CollectionId = Annotated[
    str, BeforeValidator(lambda raw: str(raw) if isinstance(raw, int) else raw), Field(pattern=COLLECTION_ID)
]


class CollectionItem(Body):
    """A TTF with its weights, which sum to 1."""

    collection_id: CollectionId
    name: Annotated[str, Field(min_length=1, max_length=100)]
    weights: Annotated[dict[Symbol, Annotated[Decimal, BeforeValidator(_weight)]], BeforeValidator(_weights)]

    @model_validator(mode="after")
    def _sums_to_one(self) -> Self:
        if not 0 < len(self.weights) <= MAX_SYMBOLS or abs(sum(self.weights.values(), Decimal(-1))) > TOLERANCE:
            raise ValueError(f"weights must be of 1 to {MAX_SYMBOLS} symbols and sum to 1")
        return self


Collections = list[CollectionItem]
Quotes = dict[QuoteKey, PinnedQuote | Price | None]
Instruments = list[InstrumentRequest]
Messages = list[Any]


def read(model: type[T], body: bytes) -> T:
    """Return a JSON body as a model; its decimals stay exact, and NaN is read as text.

    Raises:
        ValueError: if it is no such thing; it says what is wrong.
    """
    try:
        raw = json.loads(body, parse_float=Decimal, parse_constant=str)
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    return TypeAdapter(model).validate_python(raw)
