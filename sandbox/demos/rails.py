"""`make demo-rails`: each rail is seen to act, a day's loss with its workers killed in the middle of the sale.

Portfolios that are alike but for one rail go through a bad day and the two after it, in a sandbox of their
own. Every number that is printed came from the API or the control plane.
"""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.table import Table

from infra.catalogue import ROOT
from sandbox.client import SandboxClient
from sandbox.demos.ledger import moment
from sandbox.demos.runner import console, run_demo

FOLDER, START = ".sandbox-demo-rails", "2013-02-19T13:00:00Z"
DAYS = ("2013-02-19", "2013-02-20", "2013-02-21")
SYMBOLS = ("AAPL", "FB", "GOOG", "MSFT")
FALLING = SYMBOLS[1:]
UNWATCHED: Mapping[str, Any] = {
    "daily_loss_percent": None,
    "max_drawdown_percent": None,
    "stop_guard": None,
    "cool_down_sessions": 0,
}
WATCHED: Mapping[str, Mapping[str, Any]] = {
    "no rails": {},
    "daily loss": {"daily_loss_percent": "2.0"},
    "drawdown": {"max_drawdown_percent": "1.0"},
    "stop guard": {"stop_guard": {"losses": 3, "sessions": 1}},
    "cool-down": {"cool_down_sessions": 1},
}
"""The portfolios by their names, each with the one rail that is on."""


def play(sandbox: SandboxClient) -> None:
    """Play the scenario and print what became of it."""
    Scenario(sandbox).play()


class Scenario:
    """Three days of one person's portfolios."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox, self.token = sandbox, sandbox.token("demo")
        self.portfolios: dict[str, int] = {}

    def play(self) -> None:
        """Open the portfolios, let prices fall on the first day, and show what each rail made of it."""
        for name, rails in WATCHED.items():
            self._open(name, rails)
        self._enter(DAYS[0])
        console.print(self._fall_and_kill())
        self._close(DAYS[0])
        console.print(self._blocks("What keeps each portfolio from buying after the first day"))
        self._enter(DAYS[1])
        self._close(DAYS[1])
        self._call("DELETE", f"portfolios/{self.portfolios['drawdown']}/stop")
        console.print("The owner of [bold]drawdown[/] resumes; its peak begins anew.")
        self._enter(DAYS[2])
        self._close(DAYS[2])
        console.print(self._days())

    def _open(self, name: str, rails: Mapping[str, Any]) -> None:
        body = {"name": name, "exchange": 2, "is_automated": True}
        opened = self._call("POST", "portfolios/", body)
        self.portfolios[name] = opened["id"]
        self._call("PATCH", f"portfolios/{opened['id']}", {"rails": {**UNWATCHED, **rails}})

    def _enter(self, day: str) -> None:
        figures = {"predicted_return": 0.02, "volatility": 0.02, "atr": 1.5, "previous_close": 100}
        items = [{"symbol": symbol, **figures} for symbol in SYMBOLS]
        self.sandbox.control("PUT", "recommendations", {"exchange": 2, "trade_date": day, "items": items})
        self.sandbox.control("PUT", "market/quotes", dict.fromkeys(SYMBOLS, 100))
        self.sandbox.travel(f"{day}T14:59:00Z")

    def _close(self, day: str) -> None:
        self.sandbox.travel(f"{day}T21:30:00Z")

    def _fall_and_kill(self) -> Table:
        """Let prices fall, kill the workers while one position is left to sell, and show how it was finished."""
        self.sandbox.control("PUT", "market/quotes", {**dict.fromkeys(FALLING, 96.9), "AAPL": None})
        self.sandbox.travel(f"{DAYS[0]}T15:00:00Z")
        table = Table("when (UTC)", "open", "sold for the loss", "sold by stops", title="A day's loss, killed midway")
        table.add_row("15:00, latched; AAPL has no price", *self._counts())
        console.print(f"Killed {_kill_workers()} worker processes with one position left to sell.")
        self.sandbox.control("PUT", "market/quotes", {"AAPL": 103})
        self.sandbox.travel(f"{DAYS[0]}T15:02:00Z")
        table.add_row("15:02, by the close of each minute, though prices rose", *self._counts())
        return table

    def _counts(self) -> tuple[str, ...]:
        items = self._items("daily loss", "positions", DAYS[0])
        held = sum(item["status"] in {"open", "closing"} for item in items)
        reasons = [item["exit_reason"] for item in items]
        return str(held), str(reasons.count("daily_loss")), str(reasons.count("stop_hit"))

    def _blocks(self, title: str) -> Table:
        table = Table("portfolio", "rail", "scope", "until (UTC)", "why", title=title)
        for name, portfolio_id in self.portfolios.items():
            for block in self._call("GET", f"portfolios/{portfolio_id}")["blocks"]:
                until = moment(block["until"]) if block["until"] else "the owner resumes"
                table.add_row(name, block["rail"], block["scope"], until, block["reason"])
        return table

    def _days(self) -> Table:
        table = Table("portfolio", title="What each portfolio bought, and why not")
        for day in DAYS:
            table.add_column(day)
        for name in self.portfolios:
            table.add_row(name, *(self._said_of(name, day) for day in DAYS))
        return table

    def _said_of(self, name: str, day: str) -> str:
        session = self._session(name, day)
        reasons = sorted({f"{skip['symbol']}: {skip['reason']}" for skip in session["skipped"]})
        flat = "" if session["flat"] else ", NOT FLAT"
        return "\n".join([f"bought {session['opened']}, {session['pnl']:+,.2f}{flat}", *reasons])

    def _session(self, name: str, day: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._items(name, "sessions", day)[0]
        return found

    def _items(self, name: str, what: str, day: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self._call("GET", f"portfolios/{self.portfolios[name]}/{what}", date=day)[
            "items"
        ]
        return found

    def _call(self, method: str, path: str, body: object = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        answer = self.sandbox.api(method, path, token=self.token, body=body, **query)
        return answer.raise_for_status().json()


def _kill_workers() -> int:
    """Kill every worker process of this sandbox, and return how many; what they had begun stays begun."""
    nurseries = {process for process in Path("/proc").iterdir() if process.name.isdigit() and _is_nursery(process)}
    names = {process.name for process in nurseries}
    workers = [process for process in nurseries if _parent(process) in names]
    for process in workers:
        with suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)
    return len(workers)


def _is_nursery(process: Path) -> bool:
    """Say whether a process is this checkout's, and forks workers or is one of them."""
    with suppress(OSError):
        return str(ROOT / "sandbox" / "emulator" / "nursery.py").encode() in (process / "cmdline").read_bytes()
    return False


def _parent(process: Path) -> str:
    with suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    return ""


if __name__ == "__main__":
    sys.exit(run_demo(play, folder=FOLDER, start=START))
