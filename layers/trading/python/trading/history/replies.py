"""What the routes of the feed answer."""

from trading.history.models import ENDED, LIFTED, HistoryItem, HistoryType
from trading.platform.fields import Moment, Reply


class HistoryItemReply(Reply):
    """One thing that happened; `link` is the path of its own record.

    `ended_at` is when a block ended, null while it holds and where that is not kept.
    """

    id: str
    type: HistoryType
    status: str
    amount_cents: int | None
    at: Moment
    link: str
    ended_at: Moment | None

    @classmethod
    def of(cls, item: HistoryItem) -> "HistoryItemReply":
        """Return an item as answers show it."""
        return cls(
            id=item.item_id,
            type=item.type,
            status=item.status,
            amount_cents=item.amount_cents,
            at=item.at,
            link=item.link,
            ended_at=item.ends_at if item.status in {ENDED, LIFTED} else None,
        )


class HistoryList(Reply):
    """A page of the feed."""

    items: list[HistoryItemReply]
    next_cursor: str | None
