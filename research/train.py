"""`make train`: fit weights and boosted trees on the shipped history, validate, judge and compare them.

Artefacts and pointer go to `build/models`; every configuration that is tried is noted in `research/trials.json`.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from research.boosting import TreesFitter
from research.history import shipped_panel
from research.register import FileRegister, FolderArtefacts
from trading.markets.models import Exchange
from trading.platform.clock import NEW_YORK, SystemClock
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.figures import Figures
from trading.signals.gate import judge
from trading.signals.model.fitting import Fitter
from trading.signals.model.publication import Publisher
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.samples import Samples
from trading.signals.model.sampling import sample
from trading.signals.model.training import Schema, Trainer
from trading.signals.models import Source

MODELS = Path("build") / "models"
OUT = sys.stdout


@dataclass(frozen=True)
class FixedSamples:
    """The same samples, whatever day is asked for."""

    made: Samples

    def samples(self, exchange: Exchange, until: date) -> Samples:
        """Return all samples."""
        return self.made


@dataclass(frozen=True)
class PrintedJudge:
    """Prints what is judged."""

    def judge_training(self, exchange: Exchange, strategy: Source, model: str, figures: Figures) -> None:
        """Print the baseline's figures and verdict; a model's are printed with its training."""
        if strategy is Source.BASELINE:
            print_figures(model, figures)


def print_figures(model: str, figures: Figures) -> None:
    """Print figures and the verdict on them."""
    judged = judge(figures)
    _print(f"  {model}: {judged.verdict.value}")
    _print(f"    rank IC {_number(figures.rank_ic, 3)} (t {_number(figures.rank_ic_t)}), R2 {_number(figures.r2, 4)}")
    _print(
        f"    {figures.trades} trades on {figures.days} days, {_number(figures.gross_bp, 1)} bp gross, "
        f"net {_number(figures.net_bp, 1)} ± {_number(figures.net_bp_se, 1)}, of the seed's costs "
        f"{_number(figures.net_bp_seed_costs, 1)}; PSR {_number(figures.psr)}, DSR {_number(figures.dsr)} "
        f"after {figures.trials} trials"
    )
    for because in judged.because:
        _print(f"    {because.code.value}: {because.message}")


def train(samples: Samples, register: FileRegister, fitters: Iterable[Fitter]) -> None:
    """Train each kind on the same samples and have the best that may speak do so."""
    publisher = Publisher(register, FolderArtefacts(register.folder.parent), SystemClock())
    at = datetime.combine(samples.date(-1) + timedelta(days=1), time(6), NEW_YORK).astimezone(UTC)
    for fitter in fitters:
        source, schema = FixedSamples(samples), Schema(SCHEMA, FEATURES)
        trainer = Trainer(source, register, publisher, PrintedJudge(), fitter, schema)
        _print(trainer.configuration)
        training = trainer.train(Exchange.NASDAQ, at)
        print_figures(training.artefact.version, training.artefact.figures or Figures())
        _print(f"  {training.publication.value}")


def main() -> None:
    """Train on the shipped history."""
    train(sample(shipped_panel()), FileRegister(MODELS), (RidgeFitter(), TreesFitter()))


def _number(value: float | None, places: int = 2) -> str:
    return "—" if value is None else f"{value:.{places}f}"


def _print(text: str) -> None:
    OUT.write(f"{text}\n")
    OUT.flush()


if __name__ == "__main__":
    main()
