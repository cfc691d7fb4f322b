"""`make backtest`: what a strategy would have done on the shipped history, with a report of one file.

The report, JSON and CSV go to `build/backtest`. The verdict is the gate's, on days that no fit had seen.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from research.history import shipped_panel
from research.register import FileRegister, FolderArtefacts
from research.report import Report, write_report
from research.train import MODELS
from trading.automation.portfolios.presets import PRESETS
from trading.backtest.documents import days_csv, document, trades_csv
from trading.backtest.execution import Execution, count_days, days_of, engine_of, execute
from trading.backtest.jobs.strategies import Chosen, Strategies
from trading.backtest.models import Run
from trading.backtest.specification import NO_RAILS, BacktestPath, BacktestSpecification, StrategyName
from trading.backtest.summary import summary_of
from trading.markets.costs import DEFAULT_BANKROLL, PAPER_COSTS, SEED_COSTS
from trading.markets.models import Exchange
from trading.signals.features import FEATURES, SCHEMA
from trading.signals.gate import Judgement, judge
from trading.signals.model.artefact import Trial
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.sampling import sample
from trading.signals.model.serving import ModelReader, ModelUnusable
from trading.signals.models import BASELINE_MODEL
from trading.signals.panel import DailyPanel
from trading.signals.validation.walk_forward import walk_forward

FOLDER = Path("build") / "backtest"
COSTS = {"paper": PAPER_COSTS, "seed": SEED_COSTS}
READER = ModelReader(FileRegister(MODELS), FolderArtefacts(MODELS.parent))
SETTINGS = ("preset", "rails", "costs", "path", "bankroll", "since", "until")


@dataclass(frozen=True)
class Done:
    """A run, the same without rails, and the hash of the inputs."""

    execution: Execution
    free_run: Run
    is_in_sample: bool


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print the summary, and write the report."""
    wanted, console = _parser().parse_args(arguments), Console()
    panel = _panel(wanted.symbols)
    done = _run(panel, wanted, console)
    run, hashed = done.execution.run, done.execution.hashed
    summary = summary_of(run, hashed)
    summary["net_bp_without_rails"] = summary_of(done.free_run, hashed)["net_bp"]
    judgement = judge_strategy(panel, StrategyName(wanted.strategy))
    inputs = _inputs(wanted, panel, done)
    verdict = {"verdict": judgement.verdict.value, "because": [asdict(because) for because in judgement.because]}
    _write(wanted.out, run, inputs, {**summary, **verdict})
    others = done.execution.others
    report = write_report(wanted.out / "report.html", Report(run, done.free_run, inputs, summary, others, judgement))
    _print(console, summary, judgement)
    console.print(f"Report: {report}   hash {hashed}")


def judge_strategy(panel: DailyPanel, strategy: StrategyName) -> Judgement:
    """Return the gate's verdict on a strategy, on the days that validation keeps for what it never saw."""
    if strategy is StrategyName.MODEL:
        return READER.load(Exchange.NASDAQ, schema=SCHEMA, features=FEATURES).judgement
    unseen = walk_forward(sample(panel), RidgeFitter())
    tried = FileRegister(MODELS).trials(Exchange.NASDAQ)
    if strategy is StrategyName.RIDGE:
        return judge(unseen.figures(tried or (Trial(RidgeFitter().configuration, unseen.sharpe),)))
    by_baseline = unseen.by_baseline()
    return judge(by_baseline.figures((*tried, Trial(BASELINE_MODEL, by_baseline.sharpe))))


def specification_of(wanted: argparse.Namespace, panel: DailyPanel) -> BacktestSpecification:
    """Return the back-test that the arguments ask for, of all that a panel holds where they do not say."""
    preset = next(preset for preset in PRESETS if preset.name == wanted.preset)
    first, last = panel.days[0].item(), panel.days[-1].item()
    return BacktestSpecification(
        exchange=Exchange.NASDAQ,
        symbols=panel.symbols,
        since=max(wanted.since, first),
        until=min(wanted.until, last),
        settings=preset.settings,
        rails=preset.rails if wanted.rails == "on" else NO_RAILS,
        bankroll_cents=wanted.bankroll * 100,
        costs=COSTS[wanted.costs],
        path=BacktestPath(wanted.path),
        strategy=StrategyName(wanted.strategy),
    )


def _run(panel: DailyPanel, arguments: argparse.Namespace, console: Console) -> Done:
    wanted = specification_of(arguments, panel)
    chosen = _choose(wanted, panel)
    with Progress(console=console) as progress:
        count = count_days(panel, wanted)
        shown = progress.track(days_of(panel, wanted, chosen.strategy), total=count, description="Signals   ")
        days = tuple(shown)
        trading, free = (progress.add_task(label, total=len(days)) for label in ("Trading   ", "No rails  "))
        execution = execute(wanted, days, lambda _: progress.advance(trading))
        engine = engine_of(wanted, NO_RAILS)
        results = []
        for result in engine.run(wanted.exchange, wanted.bankroll_cents, days):
            results.append(result)
            progress.advance(free)
    return Done(execution, Run(wanted.bankroll_cents, tuple(results)), chosen.has_seen_days)


def _choose(wanted: BacktestSpecification, panel: DailyPanel) -> Chosen:
    """Return the strategy that is meant; a model is the one that `make train` left."""
    try:
        return Strategies(READER).choose(wanted, panel)
    except ModelUnusable as error:
        raise SystemExit(f"There is no model to trade by ({error.reason}): run `make train` first.") from error


def _panel(symbols: str | None) -> DailyPanel:
    panel = shipped_panel()
    return panel.of(symbols.split(",")) if symbols else panel


def _inputs(wanted: argparse.Namespace, panel: DailyPanel, done: Done) -> dict[str, Any]:
    return {
        "strategy": wanted.strategy,
        "in_sample": done.is_in_sample,
        "symbols": list(panel.symbols),
        **{name: str(getattr(wanted, name)) for name in SETTINGS},
        "hash": done.execution.hashed,
    }


def _write(folder: Path, run: Run, inputs: dict[str, Any], summary: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backtest.json").write_text(document(run, inputs, summary))
    (folder / "trades.csv").write_text(trades_csv(run))
    (folder / "days.csv").write_text(days_csv(run))


def _print(console: Console, summary: dict[str, Any], judgement: Judgement) -> None:
    table = Table(title="Back-test", show_header=False)
    for name, value in summary.items():
        if not isinstance(value, dict):
            table.add_row(name, "—" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}")
    console.print(table)
    console.print(f"Verdict: [bold]{judgement.verdict.value}[/bold]")
    for because in judgement.because:
        console.print(f"  {because.code.value}: {because.message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make backtest", description=__doc__)
    parser.add_argument("--symbols", help="some of the shipped symbols, by commas")
    parser.add_argument("--since", type=date.fromisoformat, default=date.min)
    parser.add_argument("--until", type=date.fromisoformat, default=date.max)
    parser.add_argument("--strategy", choices=[name.value for name in StrategyName], default="baseline")
    parser.add_argument("--preset", choices=[preset.name for preset in PRESETS], default="balanced")
    parser.add_argument("--rails", choices=("on", "off"), default="on")
    parser.add_argument("--costs", choices=tuple(COSTS), default="paper")
    parser.add_argument("--path", choices=[path.value for path in BacktestPath], default="worse_order")
    parser.add_argument("--bankroll", type=int, default=DEFAULT_BANKROLL)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser


if __name__ == "__main__":
    main()
