"""What a step of a managed portfolio writes beside it: the account, the journal entry, the events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from trading.funding.accounts.models import Position, TradingAccount
from trading.ledger.models import LedgerAccount
from trading.managed.events import OrderCancelled, OrderEvent, OrderExecuted, OrderFailed, TtfRebalanced
from trading.managed.models import ManagedPortfolio, RebalanceStage
from trading.managed.ports import ManagedChange, ManagedState
from trading.managed.versions.models import Source, Version, VersionStatus
from trading.platform.outbox import OutboxEvent

_EVENT_OF: Mapping[VersionStatus, type[OrderEvent]] = {
    VersionStatus.COMPLETE: OrderExecuted,
    VersionStatus.FAILED: OrderFailed,
    VersionStatus.CANCELLED: OrderCancelled,
}


def change_of(
    state: ManagedState,
    portfolio: ManagedPortfolio,
    versions: Sequence[Version],
    *,
    at: datetime,
    flow_cents: int = 0,
) -> ManagedChange:
    """Return what is written when a portfolio and some of its versions change.

    `flow_cents` is what was measured to have gone into holdings. Versions that have ended are no longer
    open; reservations follow what they still want.
    """
    before = {version.version_id: version for version in state.versions}
    changed = tuple(version for version in versions if before.get(version.version_id) != version)
    account = _account(state, portfolio, at)
    reference = f"holdings:{portfolio.version + 1}"
    held = sum(version.reserved_cents for version in state.versions)
    holds = held + sum(_reserved(before.get(version.version_id), version) for version in changed)
    posting = (
        account.posted(_position(held, 0), _position(holds, flow_cents), reference=reference, at=at)
        if account
        else None
    )
    after = posting.account if posting else account
    is_same = (
        after is None or state.account is None or replace(after, updated_at=state.account.updated_at) == state.account
    )
    ended = {version.version_id for version in changed if not version.is_open}
    new = [version.version_id for version in changed if version.version == 0 and version.is_open]
    open_ = tuple(version_id for version_id in (*portfolio.open_versions, *new) if version_id not in ended)
    return ManagedChange(
        portfolio=replace(portfolio, open_versions=open_),
        account=None if is_same else after,
        versions=changed,
        entry=posting.entry if posting else None,
        events=tuple(_events(before, changed)),
    )


def _account(state: ManagedState, portfolio: ManagedPortfolio, at: datetime) -> TradingAccount | None:
    """Return the account as the portfolio leaves it: what it holds, and whether orders may be out."""
    if state.account is None:
        return None
    is_out = portfolio.stage is not RebalanceStage.IDLE
    holdings = portfolio.seen.holdings_cents if portfolio.seen else 0
    since = (state.account.trades_since or at) if is_out else None
    return replace(state.account, holdings_cents=holdings, trades_since=since)


def _reserved(before: Version | None, after: Version) -> int:
    return after.reserved_cents - (before.reserved_cents if before else 0)


def _position(reserved: int, invested: int) -> Position:
    return {
        LedgerAccount.BUYS_RESERVED: reserved,
        LedgerAccount.INVESTED: invested,
        LedgerAccount.CASH: -reserved - invested,
    }


def _events(before: dict[str, Version], changed: Sequence[Version]) -> Iterator[OutboxEvent]:
    for version in changed:
        known = before.get(version.version_id)
        if version.status not in _EVENT_OF or (known is not None and known.status is version.status):
            continue
        is_ours = version.source is Source.AUTOMATIC
        record = TtfRebalanced if is_ours and version.status is VersionStatus.COMPLETE else _EVENT_OF[version.status]
        event = record(
            owner=version.owner,
            version_id=version.version_id,
            collection_id=version.collection_id,
            source=version.source.value,
            executed_cents=version.executed_cents,
            reason=version.reason.code if version.reason else "",
        )
        yield OutboxEvent(event, f"{version.version_id}:{version.status}")
