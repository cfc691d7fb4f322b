"""Announced corporate actions in the table `markets`: one row each, by exchange and ex-date.

pk                          sk
corporate-actions#NASDAQ    2013-02-19#AAPL#SPLIT#NASDAQ
"""

from collections.abc import Iterable
from datetime import date

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from trading.markets.corporate_actions.models import CorporateAction, FiledAction
from trading.markets.models import Exchange
from trading.platform.documents import dump, load
from trading.platform.tables import TableMeta, table_name


class ActionRow(Model):
    """An announced action."""

    class Meta(TableMeta):
        table_name = table_name("markets")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute(null=True)


class DynamoActionFile:
    """The actions that were announced."""

    def filed(self, exchange: Exchange, since: date, until: date) -> tuple[FiledAction, ...]:
        """Return the actions on file by ex-date, both days included, strongly consistent."""
        span = ActionRow.sk.between(since.isoformat(), f"{until.isoformat()}#~")
        rows = ActionRow.query(_partition(exchange), span, consistent_read=True)
        return tuple(load(FiledAction, str(row.document)) for row in rows)

    def file(self, actions: Iterable[CorporateAction], on: date) -> None:
        """Write actions, new ones and those whose terms changed on a day. One request per 25."""
        with ActionRow.batch_write() as batch:
            for action in actions:
                batch.save(filed_row(action, on))


def filed_row(action: CorporateAction, on: date) -> ActionRow:
    """Return the row of an action that was announced, or changed, on a day."""
    return ActionRow(_partition(action.exchange), action.action_id, document=dump(FiledAction(action, on)))


def _partition(exchange: Exchange) -> str:
    return f"corporate-actions#{exchange.code}"
