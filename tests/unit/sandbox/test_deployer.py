"""What the deployer makes of an assembly."""

import io
import zipfile
from pathlib import Path

import pytest

from sandbox.deployer import (
    ANY_FRONT,
    ASSEMBLIES,
    STAMP,
    digest_of_sources,
    in_order,
    packed,
    synthesize,
)


def stack(*dependencies: str) -> dict[str, object]:
    return {"type": "aws:cloudformation:stack", "dependencies": list(dependencies)}


def test_stacks_come_after_those_that_they_stand_on() -> None:
    manifest = {
        "area": stack("data", "api", "area.assets"),
        "api": stack("api.assets"),
        "data": stack(),
        "area.assets": {"type": "cdk:asset-manifest"},
        "Tree": {"type": "cdk:tree"},
    }

    assert in_order(manifest) == ["api", "data", "area"]


def test_a_folder_is_packed_without_what_python_left_there(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.pyc").touch()
    (tmp_path / "handler.py").write_text("pass")

    names = zipfile.ZipFile(io.BytesIO(packed(tmp_path))).namelist()

    assert names == ["handler.py"]


def test_a_file_is_published_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text("{}")

    assert packed(file) == b"{}"


def test_sandboxes_share_an_assembly_but_for_the_fronts_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared/assembly"
    shared.mkdir(parents=True)
    (shared / "area.template.json").write_text(f'{{"url": "{ANY_FRONT}/webhooks"}}')
    (shared / "asset.json").write_text("{}")
    (shared / STAMP).write_text(digest_of_sources(ANY_FRONT))
    monkeypatch.setenv(ASSEMBLIES, str(tmp_path / "shared"))

    own = synthesize(tmp_path / "own", "http://127.0.0.1:8081")

    assert (own / "area.template.json").read_text() == '{"url": "http://127.0.0.1:8081/webhooks"}'
    assert (own / "asset.json").read_text() == "{}"
    assert (own / STAMP).read_text() == digest_of_sources("http://127.0.0.1:8081")
    assert ANY_FRONT in (shared / "area.template.json").read_text()
    assert (shared / STAMP).read_text() == digest_of_sources(ANY_FRONT)


def test_a_sandbox_with_other_settings_shares_the_assembly_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared/assembly"
    shared.mkdir(parents=True)
    (shared / "area.template.json").write_text('{"SIGNAL_GATE": "advisory", "STAGE": "local"}')
    monkeypatch.setenv("SIGNAL_GATE", "enforced")
    (shared / STAMP).write_text(digest_of_sources(ANY_FRONT))
    monkeypatch.setenv(ASSEMBLIES, str(tmp_path / "shared"))

    own = synthesize(tmp_path / "own", "http://127.0.0.1:8081")

    assert (own / "area.template.json").read_text() == '{"SIGNAL_GATE": "enforced", "STAGE": "local"}'
    assert "advisory" in (shared / "area.template.json").read_text()
    with_it = digest_of_sources("http://127.0.0.1:8081")
    monkeypatch.delenv("SIGNAL_GATE")
    assert digest_of_sources("http://127.0.0.1:8081") != with_it
