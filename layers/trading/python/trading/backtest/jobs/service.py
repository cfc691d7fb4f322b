"""Back-tests as their owners see them: asked for once per key, one at a time, read, cancelled and deleted."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from trading.backtest.events import BacktestRequested
from trading.backtest.jobs.models import KEPT_FOR, MAX_A_DAY, MAX_SYMBOL_DAYS, Backtest, Failure
from trading.backtest.jobs.ports import BacktestStore, DocumentStore
from trading.backtest.specification import BacktestSpecification
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK, Clock, trading_date
from trading.platform.errors import Conflict, FieldProblem, InvalidRequest, NotFound, TooManyRequests
from trading.platform.ids import is_id, ordered_id
from trading.platform.outbox import OutboxEvent
from trading.platform.receipts import Receipts, RequestKey
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class BacktestService:
    """Accepts, shows and ends back-tests. `wall` is the clock that records expire by."""

    store: BacktestStore
    receipts: Receipts
    documents: DocumentStore
    covered: frozenset[Exchange]
    clock: Clock
    wall: Clock

    @retry_on_stale
    def create(self, owner: str, wanted: BacktestSpecification, request: RequestKey) -> tuple[Backtest, bool]:
        """Accept a back-test once per idempotency key; return it, and whether the key had been used for it before.

        Raises:
            InvalidRequest: if its days are none, are not over, or are too many.
            NotFound: if the key was used for one that is deleted.
            Conflict: `exchange_not_covered`; `backtest_running` while there is an open one.
            TooManyRequests: if the person asked for as many today as one may.
            KeyReused: if the key was used for another request.
        """
        earlier = self.receipts.find(request.receipt_id)
        if earlier is not None and request.matches(earlier):
            return self.get(owner, earlier.reference), True
        total = self._count_days(wanted)
        allowance, now = self.store.allowance(owner), self.clock.now()
        self._end_latest(owner, allowance.latest, now)
        today = trading_date(now)
        if allowance.used_on(today) >= MAX_A_DAY:
            wait = _next_midnight(today) - now
            raise TooManyRequests(f"{MAX_A_DAY} back-tests a day are the most.", retry_after=wait.seconds + 1)
        backtest = self._new(owner, wanted, total)
        event = OutboxEvent(BacktestRequested(owner=owner, backtest_id=backtest.backtest_id), backtest.backtest_id)
        receipt = request.receipt(backtest.backtest_id)
        self.store.add(backtest, allowance.with_another(today, backtest.backtest_id), receipt, event)
        return backtest, False

    def get(self, owner: str, backtest_id: str) -> Backtest:
        """Return a back-test.

        Raises:
            NotFound: if it is absent, somebody else's, or its thirty days are over.
        """
        found = self.store.find(owner, backtest_id) if is_id(backtest_id) else None
        if found is None:
            raise NotFound("There is no such back-test.")
        return found

    @retry_on_stale
    def delete(self, owner: str, backtest_id: str) -> None:
        """Cancel a back-test that is open; delete one that is done or failed, with its documents.

        Raises:
            NotFound: as for `get`.
        """
        backtest = self.get(owner, backtest_id)
        if backtest.is_open:
            self.store.save(backtest.cancelled(self.clock.now()))
        elif backtest.is_complete or backtest.failure is not None:
            if backtest.claim is not None:
                self.documents.delete(backtest.claim)
            self.store.remove(backtest)

    def _new(self, owner: str, wanted: BacktestSpecification, total: int) -> Backtest:
        wall = self.wall.now()
        return Backtest(
            owner=owner,
            backtest_id=ordered_id(wall),
            specification=wanted,
            created_at=self.clock.now(),
            total=total,
            expires_at=int((wall + KEPT_FOR).timestamp()),
        )

    def _end_latest(self, owner: str, backtest_id: str | None, now: datetime) -> None:
        """Make sure that the latest back-test is over; one that nobody can be at any more fails.

        Raises:
            Conflict: `backtest_running` if it is not.
        """
        latest = self.store.find(owner, backtest_id) if backtest_id else None
        if latest is None or not latest.is_open:
            return
        if not latest.is_stale_at(now):
            raise Conflict("Another back-test is not finished; cancel it or wait.", code="backtest_running")
        self.store.save(latest.failed(Failure.INTERRUPTED, now))

    def _count_days(self, wanted: BacktestSpecification) -> int:
        """Return how many sessions there are to trade.

        Raises:
            InvalidRequest: if its days are none, are not over, or are too many.
            Conflict: `exchange_not_covered`.
        """
        _refuse(wanted.until >= trading_date(self.clock.now()), "to", "must be before today")
        _refuse(wanted.until < wanted.since, "to", "must not be before `from`")
        if wanted.exchange not in self.covered:
            raise Conflict("There is no market data of this exchange.", code="exchange_not_covered")
        days = _sessions(wanted.exchange, wanted.since, wanted.until)
        _refuse(days == 0, "to", "there is no session in this time")
        trained_on = _sessions(wanted.exchange, wanted.history_since, wanted.since) if wanted.trains else 0
        symbol_days = len(wanted.symbols) * (days + trained_on)
        problem = f"{symbol_days:,} symbol-days, of which {MAX_SYMBOL_DAYS:,} are the most"
        _refuse(symbol_days > MAX_SYMBOL_DAYS, "symbols", problem)
        return days


def _sessions(exchange: Exchange, since: date, until: date) -> int:
    """Return how many sessions the regular calendar has; closures that nobody foresaw are none the less counted."""
    days = (since + timedelta(days=number) for number in range((until - since).days + 1))
    return sum(trading_day(exchange, day) is not None for day in days)


def _refuse(is_wrong: object, field: str, problem: str) -> None:
    if is_wrong:
        raise InvalidRequest(problems=(FieldProblem(field, problem),))


def _next_midnight(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
