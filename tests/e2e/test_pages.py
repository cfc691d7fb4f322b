"""What the pages let a reader do in a sandbox, done: blocks marked `sandbox`, and the answers that are shown."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.catalogue import ROOT
from sandbox.client import SandboxClient, running_sandbox
from tests.docs.answers import holds
from tests.docs.blocks import SANDBOX, Block, blocks, pages

ADDRESS = "http://127.0.0.1:8080"
STRICT = 'curl() { command curl --fail-with-body "$@"; }\n'
SHOWN = [page for page in pages() if any(block.mark == SANDBOX for block in blocks(page))]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, assemblies: None) -> Iterator[SandboxClient]:
    """Bring a fresh sandbox up: the pages show what one answers."""
    with running_sandbox(tmp_path_factory.mktemp("pages")) as client:
        yield client


def steps(page: Path) -> Iterator[tuple[Block, str | None]]:
    """Yield the blocks of a page that are done, each with the answer that is shown after it."""
    found = [block for block in blocks(page) if block.mark == SANDBOX or block.language == "json"]
    for place, block in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        if block.mark == SANDBOX:
            yield block, following.body if following is not None and following.language == "json" else None


def done(script: str, folder: Path) -> str:
    """Run a script in the reader's shell, and return what it printed."""
    run = subprocess.run(  # noqa: S603 - our own pages
        ["bash", "-euo", "pipefail", "-c", STRICT + script],  # noqa: S607 - the reader's own shell
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_the_sandbox_answers(page: Path, sandbox: SandboxClient) -> None:
    before = ""
    for block, shown in steps(page):
        script = block.body.replace(ADDRESS, str(sandbox.http.base_url).rstrip("/"))
        answer = done(before + script, ROOT)
        before += "".join(re.findall(r"^[A-Z]+=.*\n", script, re.MULTILINE))  # what later blocks use
        if shown is not None:
            assert holds(json.loads(shown), json.loads(answer)), answer
