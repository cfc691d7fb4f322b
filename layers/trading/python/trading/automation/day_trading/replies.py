"""Replies that show what a portfolio made of a day's recommendations."""

from collections.abc import Iterable
from datetime import date

from trading.automation.day_trading.choices import NotTaken
from trading.automation.portfolios.positions import Position
from trading.platform.fields import Dollars, Number, Reply
from trading.platform.money import CENT, round_price
from trading.signals.gate import Edge
from trading.signals.models import Weight


class FeatureReply(Reply):
    """A feature, and what it adds to the predicted return."""

    name: str
    contribution: Number

    @classmethod
    def list_of(cls, weights: Iterable[Weight]) -> "list[FeatureReply]":
        """Return the replies that show the features which weigh most."""
        return [cls(name=weight.feature, contribution=weight.contribution) for weight in weights]


class RecommendationReply(Reply):
    """One order of the plan, with stop and target as they lie around the previous close.

    `taken` says whether it was bought, `reason` why it was not. `features` are those that weigh most in the
    predicted return; what is pinned, or made by the baseline, has none.
    """

    symbol: str
    trade_date: date
    rank: int
    status: str
    taken: bool
    reason: str | None
    confidence_score: Number
    predicted_return: Number
    edge: Edge | None
    previous_close: Number
    stop_price: Number
    target_price: Number
    allocation: Dollars
    recommended_shares: Number
    features: list[FeatureReply]

    @classmethod
    def of(cls, position: Position) -> "RecommendationReply":
        """Return the reply that shows the plan behind a position."""
        order = position.order
        return cls(
            symbol=order.symbol,
            trade_date=position.trade_date,
            rank=order.rank,
            status=position.status.value,
            taken=position.opened_at is not None,
            reason=position.skip,
            confidence_score=round_price(order.confidence),
            predicted_return=order.predicted_return,
            edge=order.edge,
            previous_close=order.reference_price,
            stop_price=round_price(order.reference_price * (1 - order.stop_distance)),
            target_price=round_price(order.reference_price * (1 + order.target_distance)),
            allocation=order.allocation.quantize(CENT),
            recommended_shares=order.shares,
            features=FeatureReply.list_of(order.weights),
        )


class NotTakenReply(Reply):
    """A recommendation that became no order. `rank` is its place among all of its exchange.

    `reason` is null while nothing has been decided.
    """

    symbol: str
    reason: str | None
    rank: int | None = None
    confidence_score: Number | None = None
    predicted_return: Number | None = None
    stop_price: Number | None = None
    target_price: Number | None = None
    features: list[FeatureReply]

    @classmethod
    def of(cls, found: NotTaken) -> "NotTakenReply":
        """Return the reply that shows what was not taken."""
        signal = found.recommendation
        if signal is None:
            return cls(symbol=found.symbol, reason=found.reason, features=[])
        return cls(
            symbol=found.symbol,
            reason=found.reason,
            rank=signal.rank,
            confidence_score=round_price(signal.confidence) if signal.confidence is not None else None,
            predicted_return=signal.predicted_return,
            stop_price=signal.stop_price,
            target_price=signal.target_price,
            features=FeatureReply.list_of(signal.weights),
        )
