"""The pages are true as far as a machine can check: links lead somewhere, commands exist and run."""

import re
import subprocess
from pathlib import Path

import pytest

from infra.catalogue import ROOT
from tests.docs.blocks import NOT_RUN, SANDBOX, Block, blocks, pages

LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]+)(?:#[^)]*)?\)")
MAKE = re.compile(r"^make (?P<targets>[a-z -]+[a-z])", re.MULTILINE)
SHELL = [block for page in pages() for block in blocks(page) if block.language == "sh"]
PARTS = re.compile(r"`(?P<path>(?:functions|infra|layers|tests|docs|sandbox)/[\w./-]+)`")
README_LINES = 90
SECONDS = 60


def name_of(value: object) -> str:
    page = value.page if isinstance(value, Block) else value
    return str(page.relative_to(ROOT)) if isinstance(page, Path) else ""


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    broken = [found["path"] for found in LINK.finditer(page.read_text()) if not (page.parent / found["path"]).exists()]

    assert broken == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_paths_that_pages_name_exist(page: Path) -> None:
    named = {found["path"] for found in PARTS.finditer(page.read_text())}

    assert {path for path in named if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("block", [block for block in SHELL if not block.mark], ids=name_of)
def test_shell_blocks_run(block: Block) -> None:
    done = subprocess.run(  # noqa: S603 - our own pages
        ["bash", "-euo", "pipefail", "-c", block.body],  # noqa: S607 - the reader's own shell
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_pictures_have_no_semicolon_which_ends_a_statement_there(page: Path) -> None:
    pictures = [block.body for block in blocks(page) if block.language == "mermaid"]

    assert [line for body in pictures for line in body.splitlines() if ";" in line] == []


def test_shell_blocks_have_no_other_mark() -> None:
    assert {block.mark for block in SHELL} <= {"", NOT_RUN, SANDBOX}


def test_targets_that_pages_name_exist() -> None:
    named = {target for block in SHELL for found in MAKE.finditer(block.body) for target in found["targets"].split()}
    makefiles = "".join(file.read_text() for file in (ROOT / "Makefile", ROOT / "infra" / "deploy.mk"))

    assert {target for target in named if not re.search(rf"^{target}:", makefiles, re.MULTILINE)} == set()


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES
