"""The report of a back-test: one HTML file that needs no network, with charts by bokeh."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from bokeh.embed import components
from bokeh.models import HoverTool, NumeralTickFormatter
from bokeh.plotting import figure
from bokeh.resources import Resources

from trading.backtest.models import BacktestTrade, Run
from trading.backtest.summary import Benchmarks, first_block, monthly, returns_of, wealth
from trading.performance.metrics import drawdowns
from trading.signals.gate import Judgement

TEMPLATE = Path(__file__).with_name("report.html")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHOWN_TRADES = 100
TRADE_NAMES = ("day", "symbol", "shares", "entry", "exit", "reason", "P&amp;L $", "bp")
COLOURS = {
    "strategy": "#1f5fa8",
    "without rails": "#8fb8e6",
    "cash": "#7a7a7a",
    "buy all": "#b3541e",
    "index": "#3a7d44",
}
PERCENT = ("total", "annual", "volatility", "downside", "max_drawdown", "win_rate", "exposure")
NOT_MODELLED = (
    "Taxes, dividends within the day, and borrowing.",
    "The spread: bars have one price, bid and ask alike. The costs named above stand for it.",
    "Where a bar reached both the stop-loss and the target, the stop-loss is taken to have come first.",
    "Stops hardly act within a day: they lie at two average ranges, so most positions run to the close.",
    "Watching every ten minutes sells a stop 16 to 18 bp beyond its price on average: option `overshoot`.",
    "Bars end at 16:00, positions at 15:30: the close of the bar is taken for the price of half an hour before.",
    "All symbols are survivors, which flatters. Nobody else trades: orders move no price.",
    "A drawdown pauses until the owner resumes, and here nobody does.",
)


@dataclass(frozen=True)
class Report:
    """Everything that the report shows."""

    run: Run
    free_run: Run
    inputs: Mapping[str, Any]
    summary: Mapping[str, Any]
    others: Benchmarks
    judgement: Judgement

    @property
    def title(self) -> str:
        """Return the title, which says if the days were seen in training."""
        mark = "IN-SAMPLE: " if self.inputs.get("in_sample") else ""
        return f"{mark}Back-test of the {self.inputs['strategy']}"


def write_report(file: Path, report: Report) -> Path:
    """Write a report and return its file."""
    script, (equity, below) = components((_equity(report), _drawdown(report)))
    parts = {
        "title": escape(report.title),
        "resources": Resources(mode="inline", components=["bokeh"]).render(),
        "script": script,
        "verdict": _verdict(report),
        "inputs": _pairs(report.inputs),
        "tiles": _tiles(report),
        "equity": equity,
        "drawdown": below,
        "monthly": _monthly(report.run),
        "reasons": _reasons(report),
        "trades": _trades(report.run.trades),
        "not_modelled": "".join(f"<li>{escape(text)}</li>" for text in NOT_MODELLED),
    }
    text = TEMPLATE.read_text()
    for name, part in parts.items():
        text = text.replace("{{" + name + "}}", part)
    file.write_text(text)
    return file


def _equity(report: Report) -> Any:  # noqa: ANN401 - bokeh's own types say less
    run, start = report.run, report.run.bankroll_cents / 100
    days = _moments(run)
    chart = _chart("Equity, in dollars (logarithmic)", "$0,0", y_axis_type="log")
    lines: Mapping[str, Sequence[float]] = {
        "strategy": [day.closing_cents / 100 for day in run.days],
        "without rails": [day.closing_cents / 100 for day in report.free_run.days],
        "cash": [start] * len(days),
        "buy all": list(islice(wealth(report.others.buy_all, start), 1, None)),
        "index": list(islice(wealth(report.others.index, start), 1, None)),
    }
    for name, values in lines.items():
        chart.line(days, values, color=COLOURS[name], line_width=2 if name == "strategy" else 1, legend_label=name)
    chart.legend.location, chart.legend.click_policy = "top_left", "hide"
    chart.add_tools(HoverTool(tooltips=[("day", "@x{%F}"), ("value", "@y{$0,0.00}")], formatters={"@x": "datetime"}))
    return chart


def _drawdown(report: Report) -> Any:  # noqa: ANN401 - bokeh's own types say less
    days, below = _moments(report.run), drawdowns(returns_of(report.run))
    chart = _chart("Drawdown", "0.0%", height=200)
    chart.varea(days, below, [0] * len(days), color="#c0392b", alpha=0.5)
    return chart


def _moments(run: Run) -> list[datetime]:
    """Return the days as moments: of plain dates the browser would make no axis."""
    return [datetime.combine(day.day, time(), UTC) for day in run.days]


def _chart(title: str, numbers: str, height: int = 380, y_axis_type: Literal["linear", "log"] = "linear") -> Any:  # noqa: ANN401 - bokeh's own types say less
    chart = figure(
        title=title, x_axis_type="datetime", y_axis_type=y_axis_type, height=height, sizing_mode="stretch_width"
    )
    chart.yaxis.formatter = NumeralTickFormatter(format=numbers)
    chart.toolbar.logo = None
    return chart


def _verdict(report: Report) -> str:
    reasons = "".join(
        f"<li><code>{because.code.value}</code> {escape(because.message)}</li>" for because in report.judgement.because
    )
    return f"<b>{report.judgement.verdict.value}</b><ul>{reasons}</ul>"


def _tiles(report: Report) -> str:
    shown = {name: value for name, value in report.summary.items() if not isinstance(value, dict)}
    tiles = [f"<div><span>{_label(name)}</span><b>{_number(name, value)}</b></div>" for name, value in shown.items()]
    intervals = report.summary["intervals"]
    tiles += [
        f"<div><span>{_label(name)}, 95 %</span><b>{_span(bounds)}</b></div>" for name, bounds in intervals.items()
    ]
    return "".join(tiles)


def _monthly(run: Run) -> str:
    head = "".join(f"<th>{month}</th>" for month in MONTHS)
    rows = [
        f"<tr><th>{year}</th>{''.join(_cell(months.get(number)) for number in range(1, 13))}</tr>"
        for year, months in monthly(run).items()
    ]
    return f"<table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _cell(value: float | None) -> str:
    if value is None:
        return "<td></td>"
    kind = "up" if value > 0 else "down" if value < 0 else "flat"
    return f'<td class="{kind}">{value:.1%}</td>'


def _reasons(report: Report) -> str:
    blocked = {f"blocked by {name}": count for name, count in report.summary["blocks"].items()}
    counts = {**report.summary["skipped"], **blocked}
    since = first_block(report.run.days, "drawdown")
    note = f"<p>The drawdown rail blocks every entry from {since} on.</p>" if since else ""
    return note + _pairs(counts)


def _trades(trades: Sequence[BacktestTrade]) -> str:
    head = "".join(f"<th>{name}</th>" for name in TRADE_NAMES)
    rows = "".join(map(_trade_row, trades[-SHOWN_TRADES:]))
    said = f"<p>The last {min(SHOWN_TRADES, len(trades))} of {len(trades)}; all of them are in trades.csv.</p>"
    return f"{said}<table><tr>{head}</tr>{rows}</table>"


def _trade_row(trade: BacktestTrade) -> str:
    prices = (trade.entry_price, trade.exit_price, trade.exit_reason.value.replace("_", " "))
    cells = (trade.day, escape(trade.symbol), trade.shares, *prices)
    earned = (f"{trade.pnl_cents / 100:,.2f}", f"{trade.pnl_bp:.1f}")
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in (*cells, *earned))}</tr>"


def _pairs(pairs: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th>{_label(name)}</th><td>{escape(_text(value))}</td></tr>" for name, value in pairs.items())
    return f"<table class='pairs'>{rows}</table>"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _label(name: str) -> str:
    return escape(name.removesuffix("_cents").replace("_", " "))


def _number(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    if name.endswith("_cents"):
        return f"${value / 100:,.2f}"
    return f"{value:.2%}" if name in PERCENT else f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def _span(bounds: Iterable[float] | None) -> str:
    return " … ".join(f"{bound:+.2f}" for bound in bounds) if bounds else "—"
