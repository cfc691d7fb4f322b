"""Assessments of strategies: judged at training, and nightly with what their recommendations came to."""

from dataclasses import dataclass, replace

from trading.markets.models import Exchange
from trading.platform.clock import Clock
from trading.platform.retry import retry_on_stale
from trading.signals.figures import Figures, LiveFigures
from trading.signals.gate import judge
from trading.signals.models import BASELINE_MODEL, Assessment, GateChange, Source
from trading.signals.ports import AssessmentStore


@dataclass(frozen=True)
class AssessmentService:
    """Judges strategies. Whoever comes second judges by what the first one wrote, so no figure is lost."""

    store: AssessmentStore
    clock: Clock

    def of(self, exchange: Exchange, strategy: Source, model: str) -> Assessment:
        """Return the latest assessment of a strategy's model; one that nobody judged is `never_judged`."""
        found = self.store.find(exchange, strategy)
        return found if found is not None and found.model == model else Assessment(model)

    @retry_on_stale
    def judge_training(self, exchange: Exchange, strategy: Source, model: str, figures: Figures) -> Assessment:
        """Judge a model by its figures out of sample, and by what its strategy came to live."""
        before = self.store.find(exchange, strategy)
        return self._judge(exchange, strategy, Assessment(model, figures=figures), before)

    @retry_on_stale
    def judge_live(self, exchange: Exchange, strategy: Source, live: LiveFigures) -> Assessment | None:
        """Judge a strategy by what it came to live; return None where there is nothing to judge.

        Without any training it has no figures out of sample, and so was never judged; what came is shown.
        """
        before = self.store.find(exchange, strategy)
        found = before or (Assessment(BASELINE_MODEL) if strategy is Source.BASELINE and live.sessions else None)
        return self._judge(exchange, strategy, replace(found, live=live), before) if found else None

    def _judge(self, exchange: Exchange, strategy: Source, found: Assessment, before: Assessment | None) -> Assessment:
        live = found.live or (before.live if before else None)
        judgement, now = judge(found.figures, live), self.clock.now()
        revision = before.revision + 1 if before else 1
        judged = replace(found, live=live, judgement=judgement, judged_at=now, revision=revision)
        is_open_before = before is not None and before.judgement.is_proven
        is_change = judgement.is_proven != is_open_before
        change = GateChange(exchange, strategy, found.model, judgement, now, revision) if is_change else None
        self.store.save(exchange, strategy, judged, change)
        return judged
