"""`docs/adding-an-operation.md`, done literally in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.catalogue import ROOT
from tests.docs.blocks import Block, blocks

PAGE = ROOT / "docs" / "adding-an-operation.md"
COPIED = (
    "functions",
    "infra",
    "layers",
    "sandbox",
    "stages",
    "tests",
    "tiller",
    "docs",
    "app.py",
    "cdk.json",
    "pyproject.toml",
    "requirements.txt",
)
NEAREST = ("tests/unit/history", "tests/integration/history", "tests/infra/test_openapi.py")
ROUTE = "GET /api/history/latest"
SYNTH = f"""
from tests.infra.templates import templates
keys = [route["RouteKey"] for route in templates("local").properties("AWS::ApiGatewayV2::Route")]
assert keys.count({ROUTE!r}) == 1, keys
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of the tree in which the page was followed."""
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    for block in blocks(PAGE):
        if block.language in {"python", "diff"}:
            follow(block, tmp_path)
    return tmp_path


def follow(block: Block, tree: Path) -> None:
    """Write the file of a block, or do what a diff says where its lines stand."""
    file = tree / block.mark
    if block.language != "diff":
        assert not file.exists(), f"{block.mark} exists: a diff would have to say what is added"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.body)
        return
    lines = block.body.splitlines(keepends=True)
    before, after = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    text = file.read_text()
    assert text.count(before) == 1, f"the lines of the diff of {block.mark} stand there once"
    file.write_text(text.replace(before, after))


def run(tree: Path, *arguments: str) -> None:
    """Run Python in the copy; say what it printed if it fails."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**inherited, "PYTHONPATH": "layers/trading/python"}
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, *arguments], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_leads_to_a_route_that_every_check_knows(tree: Path) -> None:
    new = sorted({block.mark for block in blocks(PAGE) if block.mark.endswith(".py")})

    run(tree, "-m", "ruff", "format", "--check", *new)
    run(tree, "-m", "ruff", "check", *new)
    run(tree, "-m", "infra.openapi")
    run(tree, "-m", "infra.reference")
    run(tree, "-m", "pytest", "-p", "no:cacheprovider", *NEAREST)
    run(tree, "-c", SYNTH)


def test_a_diff_of_lines_that_are_gone_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "rows.py").write_text("one\n")

    with pytest.raises(AssertionError, match=r"rows\.py"):
        follow(Block(PAGE, "diff", "rows.py", " two\n+three\n"), tmp_path)
