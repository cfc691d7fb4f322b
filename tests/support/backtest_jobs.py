"""Back-tests as jobs, without AWS: records and documents in memory, prices of a random walk."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from tests.support.panels import FakePanels, random_panel
from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.rails.models import RailSettings
from trading.backtest.jobs.models import Allowance, Backtest, Documents
from trading.backtest.jobs.runner import BacktestRunner
from trading.backtest.jobs.service import BacktestService
from trading.backtest.jobs.strategies import Strategies
from trading.backtest.specification import BacktestSpecification
from trading.markets.costs import SEED_COSTS
from trading.markets.models import Exchange
from trading.platform.errors import StaleRecord
from trading.platform.outbox import OutboxEvent
from trading.platform.pages import Page
from trading.platform.receipts import Receipt
from trading.signals.model.serving import ModelReader
from trading.signals.panel import DailyPanel

NOW = datetime(2013, 2, 19, 15, tzinfo=UTC)
SESSIONS = 120
OWNER, ID = "ada", "0" * 32


@dataclass
class MovingClock:
    """A clock that a test moves."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class MemoryBacktests:
    """Records in memory, held against their versions as the table holds them."""

    records: dict[tuple[str, str], Backtest] = field(default_factory=dict)
    allowances: dict[str, Allowance] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    events: list[OutboxEvent] = field(default_factory=list)
    noted: list[int] = field(default_factory=list)

    def find(self, owner: str, backtest_id: str) -> Backtest | None:
        return self.records.get((owner, backtest_id))

    def page(self, owner: str, *, after: str | None, limit: int) -> Page[Backtest]:
        raise NotImplementedError

    def allowance(self, owner: str) -> Allowance:
        return self.allowances.get(owner, Allowance(owner))

    def add(self, backtest: Backtest, allowance: Allowance, receipt: Receipt, event: OutboxEvent) -> None:
        if self.allowance(allowance.owner).version != allowance.version - 1:
            raise StaleRecord
        self.records[backtest.owner, backtest.backtest_id] = backtest
        self.allowances[allowance.owner] = allowance
        self.receipts[receipt.receipt_id] = receipt
        self.events.append(event)

    def save(self, backtest: Backtest) -> Backtest:
        self._hold(backtest)
        written = backtest.next_version
        self.records[backtest.owner, backtest.backtest_id] = written
        return written

    def note_progress(self, backtest: Backtest, done: int, total: int) -> None:
        self._hold(backtest)
        self.noted.append(done)
        kept = self.records[backtest.owner, backtest.backtest_id]
        self.records[backtest.owner, backtest.backtest_id] = kept.at(done, total)

    def remove(self, backtest: Backtest) -> None:
        self._hold(backtest)
        del self.records[backtest.owner, backtest.backtest_id]

    def _hold(self, backtest: Backtest) -> None:
        found = self.find(backtest.owner, backtest.backtest_id)
        if found is None or found.version != backtest.version:
            raise StaleRecord

    @property
    def only(self) -> Backtest:
        """Return the one record that there is."""
        (found,) = self.records.values()
        return found


@dataclass
class MemoryReceipts:
    """The receipts of a store."""

    store: MemoryBacktests

    def find(self, receipt_id: str) -> Receipt | None:
        return self.store.receipts.get(receipt_id)


@dataclass
class MemoryDocuments:
    """Documents in memory; `failures` are raised one after the other first."""

    kept: dict[str, Documents] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    def put(self, place: str, documents: Documents) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.kept[place] = documents

    def delete(self, place: str) -> None:
        self.kept.pop(place, None)


@dataclass
class NoModels:
    """A register and a bucket without any model."""

    def pointer(self, exchange: Exchange) -> None:
        del exchange

    def read(self, key: str) -> bytes | None:
        raise AssertionError(key)


def specification(panel: DailyPanel, **changes: object) -> BacktestSpecification:
    """Return a back-test of the last days of a panel."""
    wanted = BacktestSpecification(
        exchange=Exchange.NASDAQ,
        symbols=panel.symbols,
        since=panel.days[-40].item(),
        until=panel.days[-1].item(),
        settings=DayTradingSettings(),
        rails=RailSettings(),
        bankroll_cents=1_000_000,
        costs=SEED_COSTS,
    )
    return replace(wanted, **changes)  # type: ignore[arg-type]


@dataclass
class BacktestHarness:
    """The service and workers of back-tests over one memory."""

    panel: DailyPanel = field(default_factory=lambda: random_panel(SESSIONS, 4))
    store: MemoryBacktests = field(default_factory=MemoryBacktests)
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    clock: MovingClock = field(default_factory=MovingClock)
    wall: MovingClock = field(default_factory=MovingClock)

    def __post_init__(self) -> None:
        self.panels = FakePanels(panel=self.panel)
        self._claims = (f"claim-{number}" for number in count(1))

    @property
    def runner(self) -> BacktestRunner:
        """Return a worker."""
        models = NoModels()
        strategies = Strategies(ModelReader(models, models))  # type: ignore[arg-type]
        return BacktestRunner(
            self.store, self.documents, self.panels, strategies, self.clock, self.wall, lambda: next(self._claims)
        )

    @property
    def service(self) -> BacktestService:
        """Return the service."""
        receipts, covered = MemoryReceipts(self.store), frozenset({Exchange.NASDAQ})
        return BacktestService(self.store, receipts, self.documents, covered, self.clock, self.wall)

    def queued(self, **changes: object) -> Backtest:
        """Return a back-test that waits."""
        wanted = specification(self.panel, **changes)
        made = Backtest(owner=OWNER, backtest_id=ID, specification=wanted, created_at=self.clock.now(), total=40)
        self.store.records[OWNER, ID] = made
        return made

    def run(self) -> Backtest:
        """Have a worker run it; return what it is then."""
        self.runner.run(OWNER, ID)
        return self.store.only
