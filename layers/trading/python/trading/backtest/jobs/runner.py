"""The worker of back-tests: takes one, trades its days, keeps its documents, writes what it came to. Needs numpy.

    queued ──claim──► running ──► documents in the bucket ──► done | failed
      ▲                  │
      └────gives back────┘  market data is away, or the attempt failed

A message may come twice, and a worker may die at any line. Whoever claims a back-test writes its next version; each
later write is held against that version, so that of two workers one alone writes, and none writes what its owner
cancelled or deleted. A worker that died holds it until its lease ends; after two attempts it fails. Documents lie
under the claim of the attempt that wrote them, and count once the record names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from trading.backtest.documents import days_csv, document, trades_csv
from trading.backtest.execution import Execution, count_days, days_of, execute
from trading.backtest.jobs.models import BACKTESTS_INTERRUPTED, MAX_ATTEMPTS, Backtest, Documents, Failure, Findings
from trading.backtest.jobs.ports import BacktestStore, DocumentStore
from trading.backtest.jobs.strategies import Chosen, StrategyChooser
from trading.backtest.models import DayResult
from trading.backtest.summary import benchmark_summary, summary_of
from trading.platform.clock import Clock
from trading.platform.deadline import seconds_left
from trading.platform.errors import Refused, StaleRecord, Unavailable
from trading.platform.ids import new_id
from trading.platform.observability import count
from trading.signals.model.serving import ModelUnusable
from trading.signals.panel import DailyPanel
from trading.signals.ports import PanelSource

FINISH_SECONDS = 30
"""What is needed for summary, documents and record after the last day."""

NOTED_EVERY = timedelta(seconds=3)


class Busy(Unavailable):
    """Raised when another worker is at a back-test, and may be alive."""


class CannotRun(Exception):
    """Raised when a back-test comes to nothing, however often it is tried."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True)
class BacktestRunner:
    """Runs one back-test after the other. `wall` is the clock that leases go by."""

    store: BacktestStore
    documents: DocumentStore
    panels: PanelSource
    strategies: StrategyChooser
    clock: Clock
    wall: Clock
    new_claim: Callable[[], str] = field(default=new_id)

    def run(self, owner: str, backtest_id: str) -> None:
        """Run a back-test that is open; one that is absent or over is left as it is.

        Raises:
            Busy: if another worker is at it.
            Unavailable: if market data cannot be had at present.
        """
        claimed = self._claim(owner, backtest_id)
        if claimed is None:
            return
        attempt = Attempt(self, claimed)
        try:
            attempt.run()
        except StaleRecord:  # its owner ended it, it is another worker's by now, or records were busy
            self.documents.delete(attempt.place)
            attempt.counts = False
            if attempt.give_back():
                raise Busy("Records are busy; somebody else goes on.") from None
        finally:
            attempt.give_back()

    def _claim(self, owner: str, backtest_id: str) -> Backtest | None:
        """Take a back-test, or return None if there is nothing to do.

        Raises:
            Busy: if another worker has it, or took it first.
        """
        found = self.store.find(owner, backtest_id)
        if found is None or not found.is_open:
            return None
        wall = self.wall.now()
        if found.is_held_at(wall):
            raise Busy("Another worker is at this back-test.")
        try:
            if found.attempts < MAX_ATTEMPTS:
                return self.store.save(found.claimed(self.new_claim(), wall))
            count(BACKTESTS_INTERRUPTED)  # nobody comes back to it once that is written: rather twice than never
            self.store.save(found.failed(Failure.INTERRUPTED, self.clock.now()))
        except StaleRecord:
            raise Busy("Another worker took this back-test.") from None
        return None


@dataclass
class Attempt:
    """One worker's attempt at a back-test."""

    runner: BacktestRunner
    backtest: Backtest
    is_over: bool = False
    counts: bool = True
    _noted_at: datetime | None = None

    @property
    def place(self) -> str:
        """Return where the documents of the attempt lie."""
        return str(self.backtest.claim)

    def run(self) -> None:
        """Trade all days, and write what they came to.

        Raises:
            StaleRecord: if the back-test is not this attempt's any more.
            Unavailable: if market data cannot be had at present.
        """
        try:
            findings = self._findings()
        except CannotRun as error:
            self._end(self.backtest.failed(error.failure, self.runner.clock.now()))
        except Unavailable:
            self._wait()
        else:
            self._end(self.backtest.completed(findings, self.runner.clock.now()))

    def give_back(self) -> bool:
        """Let another worker have the back-test, if it is not over; return False where it is not ours to give."""
        if self.is_over:
            return False
        self.is_over = True
        try:
            self.runner.store.save(self.backtest.released(counts=self.counts))
        except StaleRecord:
            return False
        return True

    def _findings(self) -> Findings:
        panel, chosen = self._material()
        wanted = self.backtest.specification
        self.backtest = self.backtest.at(0, count_days(panel, wanted))
        if not self.backtest.total:
            raise CannotRun(Failure.NO_DATA)
        execution = execute(wanted, days_of(panel, wanted, chosen.strategy), self._note)
        findings = Findings(
            summary=summary_of(execution.run, execution.hashed) | benchmark_summary(execution.others),
            hashed=execution.hashed,
            was_in_sample=chosen.has_seen_days,
            absent=tuple(symbol for symbol in wanted.symbols if symbol not in panel.symbols),
        )
        self.runner.documents.put(self.place, self._documents(execution, findings))
        return findings

    def _material(self) -> tuple[DailyPanel, Chosen]:
        """Return the bars and the strategy.

        Raises:
            CannotRun: if there is none of either.
            Unavailable: if market data cannot be had at present.
        """
        wanted, runner = self.backtest.specification, self.runner
        try:
            panel = runner.panels.daily_panel(
                wanted.exchange, wanted.symbols, since=wanted.history_since, until=wanted.until
            )
            return panel, runner.strategies.choose(wanted, panel)
        except Refused:
            raise CannotRun(Failure.MARKET_DATA_UNAVAILABLE) from None
        except ModelUnusable:
            raise CannotRun(Failure.NO_MODEL) from None

    def _note(self, result: DayResult) -> None:
        """Count a day, and now and then write how many there are.

        Raises:
            CannotRun: if there is too little time for more.
            StaleRecord: if the back-test is not this attempt's any more.
        """
        del result
        self.backtest = self.backtest.at(self.backtest.done + 1, self.backtest.total)
        if seconds_left() < FINISH_SECONDS:
            raise CannotRun(Failure.TOO_LONG)
        now = self.runner.wall.now()
        if self._noted_at is None or now - self._noted_at >= NOTED_EVERY:
            self._noted_at = now
            self.runner.store.note_progress(self.backtest, self.backtest.done, self.backtest.total)

    def _documents(self, execution: Execution, findings: Findings) -> Documents:
        wanted = self.backtest.specification
        inputs = {
            **wanted.facts,
            "strategy": wanted.strategy.value,
            "in_sample": findings.was_in_sample,
            "symbols": wanted.symbols,
            "since": wanted.since,
            "until": wanted.until,
            "hash": execution.hashed,
        }
        run = execution.run
        return Documents(document(run, inputs, findings.summary), days_csv(run), trades_csv(run))

    def _wait(self) -> None:
        """Have the back-test wait for market data, but not for ever, nor beyond the time that there is.

        Raises:
            Unavailable: if it waits.
        """
        if seconds_left() < FINISH_SECONDS:
            self._end(self.backtest.failed(Failure.TOO_LONG, self.runner.clock.now()))
        elif self.backtest.is_stale_at(self.runner.clock.now()):
            self._end(self.backtest.failed(Failure.MARKET_DATA_UNAVAILABLE, self.runner.clock.now()))
        else:
            self.counts = False
            raise Unavailable("Market data cannot be had at present.")

    def _end(self, ended: Backtest) -> None:
        self.runner.store.save(ended)
        self.is_over = True
