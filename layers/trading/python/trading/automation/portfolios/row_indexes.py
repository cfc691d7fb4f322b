"""The indexes of the `portfolios` table: they hold keys, one of them what a pass reads; most are sparse."""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from trading.platform.tables import DecimalAttribute


class KeysOnly:
    """What the indexes have in common."""

    projection = KeysOnlyProjection()


class ActiveIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Every portfolio that is not deleted, by exchange and shard."""

    class Meta(KeysOnly):
        index_name = "by_active"

    active_shard = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class AutomatedIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The portfolios that trade by themselves, by exchange and shard."""

    class Meta(KeysOnly):
        index_name = "by_automated"

    automated_shard = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class EnterIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The portfolios with entries to make, by exchange and shard, by the moment they are due."""

    class Meta(KeysOnly):
        index_name = "by_enter"

    enter_key = UnicodeAttribute(hash_key=True)
    enter_at = NumberAttribute(range_key=True)


class CloseIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The portfolios with sessions to close, by exchange and shard, by the moment it is due."""

    class Meta(KeysOnly):
        index_name = "by_close"

    close_key = UnicodeAttribute(hash_key=True)
    close_at = NumberAttribute(range_key=True)


class OpenIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Every position that is pending, open or closing, by exchange and shard, oldest day first."""

    class Meta(KeysOnly):
        index_name = "by_open"

    open_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class MissedIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Every session that was missed, by shard, newest day first."""

    class Meta(KeysOnly):
        index_name = "by_missed"

    missed_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class BlockedIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The portfolios that a rail or their owner blocked, by shard, by since when; some blocks may be over."""

    class Meta(KeysOnly):
        index_name = "by_blocked"

    blocked_key = UnicodeAttribute(hash_key=True)
    blocked_at = UnicodeAttribute(range_key=True)


class HolderIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Who holds, or held, a symbol manually; and who has claims."""

    class Meta(KeysOnly):
        index_name = "by_holder"

    holder_key = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class StopIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Open positions by exchange, symbol and shard, by stop price."""

    class Meta(KeysOnly):
        index_name = "by_stop"

    stop_key = UnicodeAttribute(hash_key=True)
    stop_price = DecimalAttribute(range_key=True)


class TrailingIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Open positions whose stop trails, by exchange, symbol and shard, by how far below the high it lies."""

    class Meta(KeysOnly):
        index_name = "by_trailing"

    trailing_key = UnicodeAttribute(hash_key=True)
    trailing_percent = DecimalAttribute(range_key=True)


class TargetIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Open positions by exchange, symbol and shard, by target price."""

    class Meta(KeysOnly):
        index_name = "by_target"

    target_key = UnicodeAttribute(hash_key=True)
    target_price = DecimalAttribute(range_key=True)


class ExposureIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """The portfolios with open positions whose day's loss is watched, by exchange and shard, each with its exposure."""

    class Meta:
        index_name = "by_exposure"
        projection = IncludeProjection(["exposure"])

    exposure_key = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)
    exposure = UnicodeAttribute()
