"""Reconfigurations: accepted once per key, or drafted without writing anything."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from trading.funding.accounts.models import account_id_of
from trading.managed.collections.service import Catalogue
from trading.managed.effects import change_of
from trading.managed.market_hours import MarketHours
from trading.managed.messages import RebalanceWork
from trading.managed.models import Held, HoldingsSnapshot, ManagedPortfolio
from trading.managed.ports import ManagedState, ManagedStore
from trading.managed.versions import rules
from trading.managed.versions.models import Source, Version, version_id_of
from trading.managed.versions.ports import HoldingsReader
from trading.managed.versions.rules import Reconfiguration
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, Unavailable
from trading.platform.ids import new_id
from trading.platform.observability import logger
from trading.platform.retry import retry_on_stale

SendWork = Callable[[Iterable[RebalanceWork]], object]


@dataclass(frozen=True)
class RequestContext:
    """What a request is held against: the state, what the broker shows, and that as cents."""

    state: ManagedState
    portfolio: ManagedPortfolio
    seen: HoldingsSnapshot | None
    held: Held


@dataclass(frozen=True)
class VersionService:
    """Accepts reconfigurations; `send` has a rebalance made at once."""

    store: ManagedStore
    account_reader: HoldingsReader
    catalogue: Catalogue
    hours: MarketHours
    clock: Clock
    send: SendWork

    @retry_on_stale
    def reconfigure(self, request: Reconfiguration) -> tuple[Version, bool]:
        """Accept a reconfiguration, once per key; return its version and whether it was there before.

        Raises:
            NotFound: if there is no such collection, or the named trading account is not the person's.
            InvalidRequest: if a symbol cannot be traded.
            Conflict: `account_not_open`, `trading_paused`, `insufficient_funds`, `insufficient_holdings`,
                `amount_too_small`, `no_tradable_symbols`, `holdings_unavailable`, `limit_exceeded`,
                `too_many_collections`.
            KeyReused: if the key came with another request before.
        """
        version_id = version_id_of(request.owner, request.key.key if request.key else new_id())
        known = self.store.version(request.owner, version_id)
        if known is not None:
            rules.require_same(request, known)
            return known, True
        return self._accept(request, version_id), False

    def draft(self, request: Reconfiguration) -> tuple[RequestContext, Version]:
        """Return the version that the request would make now, and what it was held against; write nothing.

        Raises:
            As `reconfigure`.
        """
        context = self._load_context(request)
        return context, self._new_version(request, context, new_id())

    def _accept(self, request: Reconfiguration, version_id: str) -> Version:
        context = self._load_context(request)
        rules.require_room(context.portfolio)
        version = self._new_version(request, context, version_id)
        now = self.clock.now()
        due_at = min(filter(None, (context.portfolio.due_at, self.hours.next_at())))
        waiting = replace(context.portfolio, due_at=due_at)
        change = change_of(context.state, waiting, (version,), at=now)
        written = self.store.commit(change).versions[0]
        self._send_work(request.owner)
        return written

    def _send_work(self, owner: str) -> None:
        """Have a rebalance made at once in market hours; where that fails, the next poll finds the version."""
        if self.hours.current() is None:
            return
        try:
            self.send((RebalanceWork(owner=owner),))
        except Unavailable:
            logger.warning("rebalance not sent", code="queue_unavailable")

    def _load_context(self, request: Reconfiguration) -> RequestContext:
        self.catalogue.require(request.collection_id)
        if request.weights is not None:
            rules.require_tradable(request.weights, self.catalogue.tradable(tuple(request.weights)))
        state = self.store.load(request.owner)
        account = rules.require_account(state.account, request)
        portfolio = state.portfolio or ManagedPortfolio.new(request.owner, account.account_id)
        seen = self._read_holdings(portfolio, str(account.broker_account_id))
        cash = seen.cash_cents if seen else account.broker_cash_cents
        return RequestContext(state, portfolio, seen, Held(cash, seen.cents if seen else {}, account.withheld_cents))

    def _read_holdings(self, portfolio: ManagedPortfolio, account_id: str) -> HoldingsSnapshot | None:
        if portfolio.portfolio_id is None:
            return None
        snapshot = self.account_reader.holdings(portfolio, account_id)
        if snapshot is None:
            raise Conflict("What is held cannot be read at present; please try again.", code="holdings_unavailable")
        return snapshot

    def _new_version(self, request: Reconfiguration, context: RequestContext, version_id: str) -> Version:
        request = rules.resolved(request, context.held, context.state.versions)
        account = rules.require_account(context.state.account, request)
        rules.require_few_collections(request, context.portfolio, context.held, context.state.versions)
        contents = rules.contents_of(request, context.portfolio, context.held, self.catalogue)
        free = rules.free_cents(account, context.seen)
        amount = rules.amount_of(request, context.held, free, context.state.versions)
        return _version(request, contents, amount, version_id, self.clock.now())


def _version(
    request: Reconfiguration, contents: rules.Contents, amount: rules.Amount, version_id: str, now: datetime
) -> Version:
    return Version(
        version_id=version_id,
        owner=request.owner,
        account_id=account_id_of(request.owner),
        collection_id=request.collection_id,
        source=Source.MANUAL,
        contents=contents.weights,
        sets_weights=contents.sets_weights,
        follows=contents.follows,
        amount_cents=amount.cents,
        percent=request.percent,
        sells_all=amount.sells_all,
        digest=request.key.digest if request.key else "",
        created_at=now,
        updated_at=now,
        reserved_cents=max(0, amount.cents or 0),
        target_cents=request.target_cents,
    )
