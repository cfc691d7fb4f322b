"""The code blocks of the project's pages.

A shell block is run as it is; one marked `sandbox` is run against a sandbox, and one marked `not-run` by nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.catalogue import ROOT

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN, SANDBOX = "not-run", "sandbox"


@dataclass(frozen=True)
class Block:
    """A code block: its language, what is beside that (a file or a mark), and its text."""

    page: Path
    language: str
    mark: str
    body: str


def pages() -> list[Path]:
    """Return the pages of the project: those at the root, and all of `docs/`."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page, in order."""
    for found in _BLOCK.finditer(page.read_text()):
        language, _, mark = found["info"].partition(" ")
        yield Block(page, language, mark.strip(), found["body"])
