"""What the deployer makes of an assembly."""

import io
import zipfile
from pathlib import Path

from infra.sandbox.deployer import in_order, packed


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
