"""`make backtest`: what the baseline would have done on the shipped history, with a report of one file.

The report, JSON and CSV go to `build/backtest`. The verdict is the gate's, on days that no fit had seen.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from research.history import shipped_panel
from research.register import FileRegister
from research.report import Report, write_report
from research.train import MODELS
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.portfolios.presets import PRESETS
from trading.automation.rails.models import RailSettings
from trading.backtest.documents import InputHash, days_csv, document, trades_csv
from trading.backtest.engine import Engine
from trading.backtest.history import PanelHistory
from trading.backtest.models import Run
from trading.backtest.paths import Path as DayPath
from trading.backtest.paths import SandboxWalk, WorseOrder
from trading.backtest.summary import Benchmarks, benchmarks_of, summary_of
from trading.markets.costs import DEFAULT_BANKROLL, PAPER_COSTS, SEED_COSTS
from trading.markets.models import Exchange
from trading.signals.gate import Judgement, judge
from trading.signals.model.artefact import Trial
from trading.signals.model.ridge import RidgeFitter
from trading.signals.model.sampling import sample
from trading.signals.models import BASELINE_MODEL
from trading.signals.panel import DailyPanel
from trading.signals.validation.walk_forward import walk_forward

FOLDER = Path("build") / "backtest"
COSTS = {"paper": PAPER_COSTS, "seed": SEED_COSTS}
NO_RAILS = RailSettings(None, None, None, None, None)
PATHS: dict[str, DayPath] = {
    "worse_order": WorseOrder(),
    "overshoot": WorseOrder(overshoot=True),
    "sandbox": SandboxWalk(),
}


@dataclass(frozen=True)
class Done:
    """A run, the same without rails, what else the days would have brought, and the hash of the inputs."""

    run: Run
    free_run: Run
    others: Benchmarks
    hashed: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Run, print the summary, and write the report."""
    wanted, console = _parser().parse_args(arguments), Console()
    panel = _panel(wanted.symbols)
    done = _run(panel, wanted, console)
    summary = summary_of(done.run, done.hashed)
    summary["net_bp_without_rails"] = summary_of(done.free_run, done.hashed)["net_bp"]
    judgement = judge_baseline(panel)
    inputs = _inputs(wanted, panel, done.hashed)
    verdict = {"verdict": judgement.verdict.value, "because": [asdict(because) for because in judgement.because]}
    _write(wanted.out, done.run, inputs, {**summary, **verdict})
    report = write_report(
        wanted.out / "report.html", Report(done.run, done.free_run, inputs, summary, done.others, judgement)
    )
    _print(console, summary, judgement)
    console.print(f"Report: {report}   hash {done.hashed}")


def judge_baseline(panel: DailyPanel) -> Judgement:
    """Return the gate's verdict on the baseline, on the days that validation keeps for what it never saw."""
    unseen = walk_forward(sample(panel), RidgeFitter()).by_baseline()
    tried = FileRegister(MODELS).trials(Exchange.NASDAQ)
    return judge(unseen.figures((*tried, Trial(BASELINE_MODEL, unseen.sharpe))))


def _run(panel: DailyPanel, wanted: argparse.Namespace, console: Console) -> Done:
    bankroll, hashing = wanted.bankroll * 100, InputHash(_settings(wanted))
    with Progress(console=console) as progress:
        inputs = PanelHistory(panel).days(wanted.since, wanted.until)
        shown = progress.track(hashing.passing(inputs), total=len(panel), description="Signals   ")
        days = tuple(shown)
        railed, free = (
            Run(bankroll, tuple(progress.track(results, total=len(days), description=label)))
            for label, results in (
                ("Trading   ", _engine(wanted).run(Exchange.NASDAQ, bankroll, days)),
                ("No rails  ", replace(_engine(wanted), rails=NO_RAILS).run(Exchange.NASDAQ, bankroll, days)),
            )
        )
    return Done(railed, free, benchmarks_of(days, COSTS[wanted.costs]), hashing.text)


def _engine(wanted: argparse.Namespace) -> Engine:
    preset = next(preset for preset in PRESETS if preset.name == wanted.preset)
    rails = preset.rails if wanted.rails == "on" else NO_RAILS
    return Engine(preset.settings, rails, PaperBroker(COSTS[wanted.costs]), PATHS[wanted.path])


def _panel(symbols: str | None) -> DailyPanel:
    panel = shipped_panel()
    return panel.of(symbols.split(",")) if symbols else panel


def _settings(wanted: argparse.Namespace) -> dict[str, Any]:
    names = ("preset", "rails", "costs", "path", "bankroll", "since", "until")
    return {name: str(getattr(wanted, name)) for name in names}


def _inputs(wanted: argparse.Namespace, panel: DailyPanel, hashed: str) -> dict[str, Any]:
    return {
        "strategy": "baseline",
        "in_sample": False,
        "symbols": list(panel.symbols),
        **_settings(wanted),
        "hash": hashed,
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
    parser.add_argument("--preset", choices=[preset.name for preset in PRESETS], default="balanced")
    parser.add_argument("--rails", choices=("on", "off"), default="on")
    parser.add_argument("--costs", choices=tuple(COSTS), default="paper")
    parser.add_argument("--path", choices=tuple(PATHS), default="worse_order")
    parser.add_argument("--bankroll", type=int, default=DEFAULT_BANKROLL)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser


if __name__ == "__main__":
    main()
