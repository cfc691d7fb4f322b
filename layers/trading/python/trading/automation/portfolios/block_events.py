"""What is said of a block: the event that notifies its owner, once, and its item in the owner's history. No I/O."""

from collections.abc import Iterable
from decimal import Decimal

from trading.automation.events import EntriesBlocked
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.rails.models import Block, BlockScope, RailName
from trading.history.models import HistoryItem, HistoryType
from trading.platform.outbox import OutboxEvent


def blocked(portfolio: Portfolio, blocks: Iterable[Block]) -> tuple[OutboxEvent, ...]:
    """Return the events of blocks, each the same however often it is written.

    That a person is paused is an event of its own, which their portfolios do not repeat.
    """
    return tuple(_blocked(portfolio, block) for block in blocks if block.scope != BlockScope.PERSON)


def history_of(key: PortfolioKey, block: Block, status: str) -> HistoryItem:
    """Return the item of a block in its owner's history; of one that was lifted `until` is when."""
    return HistoryItem(
        owner=key.owner,
        item_id="-".join((str(key.portfolio_id), block.rail.value, block.scope, f"{int(block.since.timestamp())}")),
        type=HistoryType.BLOCK,
        status=status,
        amount_cents=None,
        at=block.since,
        link=f"/api/portfolios/{key.portfolio_id}",
        ends_at=block.until,
        halt=block.scope if block.rail is RailName.KILL_SWITCH else None,
    )


def _blocked(portfolio: Portfolio, block: Block) -> OutboxEvent:
    event = EntriesBlocked(
        owner=portfolio.key.owner,
        portfolio_id=portfolio.key.portfolio_id,
        portfolio_name=portfolio.name,
        rail=block.rail.value,
        scope=block.scope,
        since=block.since,
        until=block.until,
        reason=block.reason,
        value=_text(block.value),
        limit=_text(block.limit),
    )
    return OutboxEvent(event, "#".join((portfolio.key.text, block.rail, block.scope, block.since.isoformat())))


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
