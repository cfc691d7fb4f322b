"""What the routes of collections, versions and holdings take and answer."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from trading.managed.collections.models import Collection
from trading.managed.holdings.replies import DayReply
from trading.managed.rebalancing.planner import Plan
from trading.managed.versions.models import Source, Version, VersionStatus
from trading.managed.versions.rules import MAX_SYMBOLS, Reconfiguration, checked_weights
from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.fields import Moment, Number, Reply, Request, Symbol, bounded, decimal_number
from trading.platform.receipts import RequestKey

MAX_CENTS = 100_000_000_000

COLLECTION_ID = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
Weight = Annotated[
    Decimal, bounded(12, "0", "1"), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1})
]


def _percent(raw: object) -> Decimal:
    number = decimal_number(raw, places=4, least=Decimal(-100), most=Decimal(100))
    if number == 0:
        raise ValueError("must not be 0")
    return number


def _cents(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 < abs(raw) <= MAX_CENTS:
        raise ValueError("must be a whole number of cents other than 0")
    return raw


Percent = Annotated[
    Decimal, BeforeValidator(_percent), WithJsonSchema({"type": "number", "minimum": -100, "maximum": 100})
]


def _target(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= MAX_CENTS:
        raise ValueError("must be a whole number of cents, 0 or more")
    return raw


TargetCents = Annotated[
    int, BeforeValidator(_target), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_CENTS})
]
SignedCents = Annotated[
    int, BeforeValidator(_cents), WithJsonSchema({"type": "integer", "minimum": -MAX_CENTS, "maximum": MAX_CENTS})
]


class WeightField(Request):
    """A symbol and its share."""

    symbol: Symbol
    weight: Weight


Weights = Annotated[list[WeightField], Field(min_length=1, max_length=MAX_SYMBOLS)]


OptionalWeights = Annotated[list[WeightField], Field(max_length=MAX_SYMBOLS)]


def _none_if_empty(weights: list[WeightField] | None) -> list[WeightField] | None:
    return weights or None


class ReconfigureBody(Request):
    """What a person wants of a collection: other weights, more or less of it or so much of it, or both."""

    weights: Annotated[OptionalWeights | None, AfterValidator(_none_if_empty)] = None
    absolute_amount_delta_cents: SignedCents | None = None
    relative_amount_delta_percent: Percent | None = None
    target_amount_cents: TargetCents | None = None
    trading_account_id: Annotated[str, Field(max_length=64)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _names_one_amount(self) -> "ReconfigureBody":
        amounts = (self.absolute_amount_delta_cents, self.relative_amount_delta_percent, self.target_amount_cents)
        if sum(amount is not None for amount in amounts) > 1:
            raise ValueError("give one of an absolute amount, a relative one and a target")
        return self

    def to_request(self, owner: str, collection_id: str, key: str | None) -> Reconfiguration:
        """Return what the person asks for, with the key that guards it.

        Raises:
            InvalidRequest: if the weights are none, or the key is missing where something shall be done.
        """
        weights = None
        if self.weights is not None:
            weights = checked_weights([(weight.symbol, weight.weight) for weight in self.weights])
        if key is None and not self.dry_run:
            raise InvalidRequest(problems=(FieldProblem("Idempotency-Key", "is required"),))
        unsaid = {"target_amount_cents"} if self.target_amount_cents is None else set()
        body = {"collection_id": collection_id, **self.model_dump(mode="json", exclude=unsaid)}
        return Reconfiguration(
            owner=owner,
            collection_id=collection_id,
            weights=weights,
            amount_cents=self.absolute_amount_delta_cents,
            percent=self.relative_amount_delta_percent,
            account_id=self.trading_account_id,
            key=None if key is None else RequestKey.of(owner, "reconfigure_collection", key, body),
            target_cents=self.target_amount_cents,
        )


class CollectionReply(Reply):
    """A TTF."""

    collection_id: str
    name: str
    description: str

    @classmethod
    def of(cls, collection: Collection) -> "CollectionReply":
        """Return a collection as answers show it."""
        return cls(collection_id=collection.collection_id, name=collection.name, description=collection.description)


class WeightReply(Reply):
    """A symbol and its share."""

    symbol: str
    weight: Number


class ReasonReply(Reply):
    """Why something was not done."""

    code: str
    message: str


class VersionReply(Reply):
    """One reconfiguration of a collection."""

    version_id: str
    collection_id: str
    trading_account_id: str
    source: Source
    status: VersionStatus
    target_amount_delta_cents: int | None
    relative_amount_delta_percent: Number | None
    target_amount_cents: int | None
    executed_amount_cents: int
    weights: list[WeightReply]
    reason: ReasonReply | None
    created_at: Moment
    updated_at: Moment
    executing_since: Moment | None
    finished_at: Moment | None

    @classmethod
    def of(cls, version: Version) -> "VersionReply":
        """Return a version as answers show it."""
        reason = version.reason
        return cls(
            version_id=version.version_id,
            collection_id=version.collection_id,
            trading_account_id=version.account_id,
            source=version.source,
            status=version.status,
            target_amount_delta_cents=version.amount_cents,
            relative_amount_delta_percent=version.percent,
            target_amount_cents=version.target_cents,
            executed_amount_cents=version.executed_cents,
            weights=[WeightReply(symbol=symbol, weight=weight) for symbol, weight in sorted(version.contents.items())],
            reason=ReasonReply(code=reason.code, message=reason.message) if reason else None,
            created_at=version.created_at,
            updated_at=version.updated_at,
            executing_since=version.executing_since,
            finished_at=version.finished_at,
        )


class OrderReply(Reply):
    """A trade that a plan leads to; a sale's amount is below 0."""

    collection_id: str
    symbol: str
    amount_cents: int


class PlannedFundReply(Reply):
    """A fund as a plan leaves it."""

    collection_id: str
    weight: Number
    value_cents: int
    weights: list[WeightReply]


class PlanReasonReply(Reply):
    """Why a version is not carried out; `version_id` is null for the one that was asked about."""

    version_id: str | None
    code: str
    message: str


class PlanReply(Reply):
    """What would be done: orders, the weights that result, the cash that is left, and what is not done."""

    orders: list[OrderReply]
    cash_after_cents: int
    cash_weight: Number
    funds: list[PlannedFundReply]
    target_amount_delta_cents: int | None
    reasons: list[PlanReasonReply]

    @classmethod
    def of(cls, plan: Plan, asked: Version) -> "PlanReply":
        """Return a plan as answers show it."""
        return cls(
            orders=[
                OrderReply(collection_id=order.collection_id, symbol=order.symbol, amount_cents=order.cents)
                for order in plan.orders
            ],
            cash_after_cents=plan.cash_cents,
            cash_weight=plan.cash_weight,
            funds=[
                PlannedFundReply(
                    collection_id=collection_id,
                    weight=fund.weight,
                    value_cents=sum(fund.cents.values()),
                    weights=[
                        WeightReply(symbol=symbol, weight=weight) for symbol, weight in sorted(fund.weights.items())
                    ],
                )
                for collection_id, fund in sorted(plan.funds.items())
            ],
            target_amount_delta_cents=asked.amount_cents,
            reasons=[
                PlanReasonReply(
                    version_id=None if version_id == asked.version_id else version_id,
                    code=reason.code,
                    message=reason.message,
                )
                for version_id, reason in plan.reasons
            ],
        )


class CollectionWeights(Reply):
    """Weights over tradable symbols, summing to 1; none where nothing can be traded."""

    collection_id: str
    effective_on: date | None
    weights: list[WeightReply]


class DayList(Reply):
    """A page of days."""

    items: list[DayReply]
    next_cursor: str | None


class VersionList(Reply):
    """A page of versions."""

    items: list[VersionReply]
    next_cursor: str | None


class CollectionList(Reply):
    """All TTFs by id."""

    items: list[CollectionReply]
    next_cursor: None = None
