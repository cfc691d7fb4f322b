"""Pictures of what demos print, for the documents."""

import re
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.table import Table

WIDTH = 124
_FONTS_OF_OTHERS = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)
"""A picture loads nothing from elsewhere: whoever sees it has a font of fixed width."""


def draw(table: Table, file: Path, *, title: str) -> None:
    """Write a table as a terminal shows it, as SVG."""
    recorder = Console(record=True, width=WIDTH, file=StringIO(), highlight=False)
    recorder.print(table)
    style = _FONTS_OF_OTHERS.sub("", CONSOLE_SVG_FORMAT)
    file.write_text(recorder.export_svg(title=title, code_format=style, unique_id=file.stem))
