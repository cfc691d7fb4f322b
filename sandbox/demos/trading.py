"""`make demo`: four portfolios live through a week of market history, in a sandbox of their own.

Every number that it prints came from the API or the control plane; it computes none.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.catalogue import ROOT
from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.pictures import draw
from sandbox.demos.runner import console, run_demo
from sandbox.partners.market_data.api import MOUNTED_AT as MARKET_DATA

START = "2013-02-19T13:00:00Z"
DAYS = ("2013-02-19", "2013-02-20", "2013-02-21", "2013-02-22", "2013-02-25")
HOURS = ("13:35:00", "14:20:00", "14:45:00", "16:30:00", "18:30:00", "20:25:00", "20:45:00", "21:05:00")
"""UTC: after the signals, the plan, the entries, …, the close and the snapshots of a winter day."""

DRAW = "--draw"
PICTURE = ROOT / "docs" / "pictures" / "week.svg"
"""What the README shows of a week."""


@dataclass(frozen=True)
class Week:
    """The four portfolios of one person."""

    sandbox: SandboxClient
    token: str
    portfolios: tuple[Mapping[str, Any], ...]

    @classmethod
    def open(cls, sandbox: SandboxClient) -> "Week":
        """Open a portfolio for each preset, and a manual one that buys shares."""
        token = sandbox.token("demo")
        opened = [cls._create(sandbox, token, preset) for preset in cls._presets(sandbox, token)]
        manual = sandbox.api("POST", "portfolios/", token=token, body={"name": "buy & hold", "exchange": 2}).json()
        trade = {"type": "BUY", "symbol": "AAPL", "quantity": 20, "price": _last_price(sandbox, "AAPL")}
        path = f"portfolios/{manual['id']}/transactions"
        sandbox.api("POST", path, token=token, body=trade, key="demo-buys-manually").raise_for_status()
        return cls(sandbox, token, (*opened, manual))

    @staticmethod
    def _presets(sandbox: SandboxClient, token: str) -> list[dict[str, Any]]:
        presets: list[dict[str, Any]] = sandbox.api("GET", "portfolios/presets", token=token).json()["items"]
        return presets

    @staticmethod
    def _create(sandbox: SandboxClient, token: str, preset: dict[str, Any]) -> Mapping[str, Any]:
        settings = {name: value for name, value in preset.items() if name != "rails"}
        body = {**settings, "exchange": 2, "is_automated": True}
        opened = sandbox.api("POST", "portfolios/", token=token, body=body).raise_for_status().json()
        answer = sandbox.api("PATCH", f"portfolios/{opened['id']}", token=token, body={"rails": preset["rails"]})
        created: Mapping[str, Any] = answer.raise_for_status().json()
        return created

    def rows(self, day: str) -> Iterator[tuple[str, ...]]:
        """Yield what each portfolio did on a day."""
        for portfolio in self.portfolios:
            session = next(iter(self._items(portfolio, "sessions", day)), None)
            reasons = [item["exit_reason"] for item in self._items(portfolio, "positions", day)]
            snapshot = next(iter(self._items(portfolio, "snapshots", day)), {})
            cash = self.sandbox.api("GET", f"portfolios/{portfolio['id']}", token=self.token).json()["cash_balance"]
            yield (
                day[5:],
                portfolio["name"],
                *_session_columns(session, reasons),
                f"{cash:,.2f}",
                f"{snapshot.get('total_value', 0):,.2f}",
            )

    def _items(self, portfolio: Mapping[str, Any], what: str, day: str) -> list[Mapping[str, Any]]:
        path = f"portfolios/{portfolio['id']}/{what}"
        answer = self.sandbox.api("GET", path, token=self.token, date=day, limit="100")
        items: list[Mapping[str, Any]] = answer.json()["items"]
        return items


def _session_columns(session: Mapping[str, Any] | None, reasons: list[str | None]) -> tuple[str, ...]:
    if session is None:
        return ("manual", *[""] * 7)
    by_stop, by_target = (str(reasons.count(reason)) for reason in ("stop_hit", "target_hit"))
    counts = (str(session[name]) for name in ("planned", "opened"))
    flat = "yes" if session["flat"] else "NO"
    return (session["status"], *counts, by_stop, by_target, str(session["closed"]), f"{session['pnl']:+,.2f}", flat)


def _last_price(sandbox: SandboxClient, symbol: str) -> str:
    keys = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}
    answer = sandbox.http.get(
        f"{MARKET_DATA}/v2/stocks/quotes/latest", params={"symbols": symbol}, headers=keys
    ).raise_for_status()
    return f"{answer.json()['quotes'][symbol]['bp']:.2f}"


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    week = Week.open(sandbox)
    table = _live(week)
    console.print(table)
    if DRAW in sys.argv[1:]:
        draw(table, PICTURE, title="make demo")
    console.print(_notifications(week))
    console.print(_history(week))


def _live(week: Week) -> Table:
    table = Table("day", "portfolio", "session", title="A week: what each portfolio planned, bought and sold each day")
    for name in ("plan", "bought", "stops", "targets", "sold", "gain"):
        table.add_column(name, justify="right")
    table.add_column("all sold")
    for name in ("cash", "worth"):
        table.add_column(name, justify="right")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("trading", total=len(DAYS) * len(HOURS))
        for day in DAYS:
            for hour in HOURS:
                progress.update(task, description=f"{day} {hour} UTC")
                week.sandbox.travel(f"{day}T{hour}Z")
                progress.advance(task)
            for row in week.rows(day):
                table.add_row(*row)
            table.add_section()
    return table


def _notifications(week: Week) -> Table:
    """Return the person's notification center."""
    unread = week.sandbox.api("GET", "notifications/unread-count", token=week.token).json()["count"]
    table = Table("when (UTC)", "title", "text", title=f"The latest notifications; {unread} are unread")
    for item in week.sandbox.api("GET", "notifications", token=week.token, limit="6").json()["items"]:
        table.add_row(moment(item["created_at"]), item["title"], item["text"])
    return table


def _history(week: Week) -> Table:
    """Return the person's history."""
    table = Table("when (UTC)", "what", "status", title="The latest history")
    table.add_column("amount", justify="right")
    table.add_column("its record")
    for item in week.sandbox.api("GET", "history", token=week.token, limit="6").json()["items"]:
        amount = f"{(item['amount_cents'] or 0) / 100:+,.2f}"
        table.add_row(moment(item["at"]), item["type"], item["status"], amount, item["link"])
    return table


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=".sandbox-demo", start=START))
