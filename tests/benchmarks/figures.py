"""Figures: what was measured, against what is to be reached."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measurement. `target` is the most that it may be, or None where nothing is set."""

    figure: str
    value: float
    unit: str
    target: float | None = None

    @property
    def verdict(self) -> str:
        """Say whether the target is met."""
        if self.target is None:
            return ""
        return "[red]missed[/]" if is_missed(self) else "[green]met[/]"


def is_missed(figure: Figure) -> bool:
    """Say whether a figure breaks its bound."""
    return figure.target is not None and figure.value > figure.target


def show(figures: Iterable[Figure], file: Path) -> None:
    """Print figures as a table and write them as JSON."""
    rows = list(figures)
    table = Table("figure", "value", "unit", "target", "")
    for row in rows:
        table.add_row(
            row.figure, f"{row.value:g}", row.unit, "" if row.target is None else f"{row.target:g}", row.verdict
        )
    Console(width=110).print(table)
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
