"""Replies that show what a portfolio made of a day's recommendations."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from trading.automation.day_trading.choices import NotTaken
from trading.automation.portfolios.blocks import ShownBlocks
from trading.automation.portfolios.positions import Position, PositionStatus
from trading.automation.portfolios.replies import SkippedCandidate
from trading.automation.portfolios.sessions import Session, Skipped
from trading.automation.rails.models import Block
from trading.automation.rails.replies import BlockReply
from trading.platform.fields import Dollars, Moment, Number, Reply
from trading.platform.money import CENT, round_price, to_dollars
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


class PositionReply(Reply):
    """One order of a session and what became of it. `pnl` is there once the position is closed.

    `price_at` and `price_from` say what its latest fill was decided by: the moment of that price, and
    whether it was a `quote`, the last `trade` in its place, or given by `hand`.
    """

    symbol: str
    trade_date: date
    status: str
    rank: int
    shares: Number
    entry_price: Number | None
    exit_price: Number | None
    target_price: Number | None
    stop_price: Number | None
    exit_reason: str | None
    skip_reason: str | None
    confidence_score: Number
    predicted_return: Number
    edge: Edge | None
    pnl: Dollars | None
    opened_at: Moment | None
    closed_at: Moment | None
    price_at: Moment | None
    price_from: str | None

    @classmethod
    def of(cls, position: Position) -> "PositionReply":
        """Return the reply that shows a position."""
        is_closed = position.status is PositionStatus.CLOSED
        return cls(
            symbol=position.symbol,
            trade_date=position.trade_date,
            status=position.status.value,
            rank=position.order.rank,
            shares=position.shares,
            entry_price=position.entry_price,
            exit_price=position.exit_price,
            target_price=position.target_price,
            stop_price=position.stop_price,
            exit_reason=position.exit_reason.value if position.exit_reason else None,
            skip_reason=position.skip.value if position.skip else None,
            confidence_score=round_price(position.order.confidence),
            predicted_return=position.order.predicted_return,
            edge=position.order.edge,
            pnl=to_dollars(position.proceeds_cents - position.cost_cents) if is_closed else None,
            opened_at=position.opened_at,
            closed_at=position.closed_at,
            price_at=position.price_at,
            price_from=position.price_from.value if position.price_from else None,
        )


class PositionList(Reply):
    """A page of positions."""

    items: list[PositionReply]
    next_cursor: str | None


class NotedBlockReply(BlockReply):
    """A block of a day: whether it still `holds`; `until` is when it ended, null where that is not kept any more."""

    holds: bool

    @classmethod
    def noted(cls, block: Block, blocks: ShownBlocks) -> "NotedBlockReply":
        """Return the reply that shows a block of a day as it is now."""
        known = blocks.now(block)
        holds = known is not None and known in blocks.holding
        shown = known if known is not None else replace(block, until=None)
        return cls(**BlockReply.of(shown).model_dump(), holds=holds)


class SessionReply(Reply):
    """One trading day. `flat` says that the close was proven; `pnl` is the session's cash change.

    `skipped` holds the portfolio's own reasons and at most 100 of those of the whole exchange, `skipped_total`
    counts all of them. `edge` is the mark of the recommendations that it was planned by.
    `blocks` are the rails that kept it from buying, as they are now.
    """

    trade_date: date
    status: str
    planned: int
    opened: int
    closed: int
    skipped: list[SkippedCandidate]
    skipped_total: int
    pnl: Dollars
    flat: bool
    edge: Edge | None
    blocks: list[NotedBlockReply]

    @classmethod
    def of(cls, session: Session, shared: Sequence[Skipped], blocks: ShownBlocks) -> "SessionReply":
        """Return the reply that shows a session, with some of the reasons that it shares."""
        return cls(
            trade_date=session.trade_date,
            status=session.status.value,
            planned=session.planned,
            opened=session.opened,
            closed=session.closed,
            skipped=[SkippedCandidate.of(skip) for skip in (*session.skipped, *shared)],
            skipped_total=session.skipped_total,
            pnl=to_dollars(session.pnl_cents),
            flat=session.flat,
            edge=session.edge,
            blocks=[NotedBlockReply.noted(block, blocks) for block in session.blocks],
        )


class SessionList(Reply):
    """A page of sessions."""

    items: list[SessionReply]
    next_cursor: str | None


class RecommendationList(Reply):
    """A page of recommendations. With `date`, `not_taken` holds what became no order on that day, 100 at most."""

    items: list[RecommendationReply]
    next_cursor: str | None
    not_taken: list[NotTakenReply]


class SkipList(Reply):
    """A page of candidates that were not bought."""

    items: list[SkippedCandidate]
    next_cursor: str | None
