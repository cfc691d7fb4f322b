"""Portfolios and what corporate actions did to them, in DynamoDB; and the indexes that find who is concerned.

An action is applied in one transaction: the record, its journal entries, moved positions, and the row
`action#<id>` that remembers it. The record is written only if it is as it was read, before that row was: so
of two that apply an action one gets through, and the other finds the row.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time

from trading.automation.corporate_actions.messages import ActionWork
from trading.automation.corporate_actions.models import Applied, Draft
from trading.automation.corporate_actions.outbox import amount_cents
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import Change, Decision, PortfolioState
from trading.automation.portfolios.rows import Row, owner_of, partition, position_row, put_change, shard_key
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.history.models import HistoryItem, HistoryType
from trading.history.store import put_history
from trading.markets.corporate_actions.models import CorporateAction
from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent
from trading.platform.shards import SHARDS
from trading.platform.sources import Source, Sources, chained_source, index_source
from trading.platform.tables import Transaction

APPLIED_AT = time(8, 0)


class DynamoActionStore:
    """Portfolios with what actions did to them."""

    def load(self, key: PortfolioKey, today: date) -> PortfolioState | None:
        """Return a portfolio with its positions and sessions since the last settled day, strongly consistent."""
        return DynamoSessionStore().load(key, today)

    def find_applied(self, key: PortfolioKey, action_id: str) -> Applied | None:
        """Return what an action did to a portfolio, strongly consistent."""
        try:
            row = Row.get(partition(key), _action_sk(action_id), consistent_read=True)
        except Row.DoesNotExist:
            return None
        return load(Applied, str(row.document))

    def commit(self, draft: Draft, applied: Iterable[Applied], events: Iterable[OutboxEvent] = ()) -> None:
        """Write what a draft came to, with what is remembered of its actions, in one transaction."""
        transaction, happened = Transaction(), tuple(events)
        stay = [move for move in draft.moves if move.before.symbol == move.after.symbol]
        decisions = tuple(Decision(move.before.status, move.after) for move in stay)
        put_change(transaction, Change(draft.portfolio, decisions, draft.sessions, happened, draft.entries))
        for move in draft.moves:
            if move not in stay:
                old = position_row(draft.portfolio, move.before)
                transaction.delete(old, Row.status == move.before.status, label="position")
                transaction.put(position_row(draft.portfolio, move.after), Row.pk.does_not_exist(), label="position")
        for action in applied:
            _put_applied(transaction, draft, action, in_history=bool(happened))
        transaction.commit()


class DynamoHolders:
    """Finds the portfolios that actions concern. Indexes lag a little: the job comes round again."""

    def of(self, actions: Collection[CorporateAction]) -> Sources[ActionWork]:
        """Return the work of actions, by who holds a symbol manually and by what positions are in."""
        by_symbol: dict[tuple[Exchange, str], list[CorporateAction]] = defaultdict(list)
        for action in actions:
            by_symbol[action.exchange, action.symbol].append(action)
        held = (part for (exchange, symbol), found in by_symbol.items() for part in _holders(exchange, symbol, found))
        opened = (_open(exchange, by_symbol) for exchange in sorted({exchange for exchange, _ in by_symbol}))
        return Sources((chained_source("holders", held), *(source for sources in opened for source in sources)))

    def claims(self, exchange: Exchange) -> Sources[ActionWork]:
        """Return the portfolios of an exchange that have claims."""
        keys = (shard_key("claims", exchange, number) for number in range(SHARDS))
        return Sources(tuple(index_source(k, Row.by_holder, lambda row: ActionWork.of(owner_of(row.pk))) for k in keys))


def _holders(exchange: Exchange, symbol: str, actions: list[CorporateAction]) -> Iterator[Source[ActionWork]]:
    for number in range(SHARDS):
        key = shard_key(f"holding#{symbol}", exchange, number)
        found = index_source(key, Row.by_holder, lambda row: owner_of(row.pk))
        yield found.through(lambda keys: (ActionWork.of(key, action) for key in keys for action in actions))


def _open(
    exchange: Exchange, actions: dict[tuple[Exchange, str], list[CorporateAction]]
) -> Iterator[Source[ActionWork]]:
    def works(found: Iterable[tuple[PortfolioKey, str]]) -> Iterator[ActionWork]:
        for key, symbol in found:
            yield from (ActionWork.of(key, action) for action in actions.get((exchange, symbol), ()))

    for number in range(SHARDS):
        source = index_source(
            shard_key("open", exchange, number), Row.by_open, lambda row: (owner_of(row.pk), str(row.sk).split("#")[2])
        )
        yield replace(source.through(works), name=f"positions#{source.name}")


def _put_applied(transaction: Transaction, draft: Draft, applied: Applied, *, in_history: bool) -> None:
    key, action = draft.portfolio.key, applied.action
    transaction.put(Row(partition(key), _action_sk(action.action_id), document=dump(applied)))
    if not in_history:
        return
    day = action.ex_date
    item = HistoryItem(
        owner=key.owner,
        item_id=f"{key.portfolio_id}-{action.action_id}",
        type=HistoryType.CORPORATE_ACTION,
        status=_status(applied),
        amount_cents=amount_cents(draft, applied),
        at=datetime.combine(day, APPLIED_AT, NEW_YORK),
        link=f"/api/portfolios/{key.portfolio_id}/transactions",
    )
    put_history(transaction, item)


def _status(applied: Applied) -> str:
    if applied.action.terms.is_cancelled:
        return "cancelled"
    return "corrected" if applied.revision else "applied"


def _action_sk(action_id: str) -> str:
    return f"action#{action_id}"
