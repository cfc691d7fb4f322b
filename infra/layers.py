"""Builds the layers for Lambda without Docker, into `build/layers`: `python -m infra.layers`.

Wheels are taken for Lambda's own platform whatever this machine is, in the versions of the lock, so
that what was tested is what is deployed. Then everything is compiled: a function that finds no .pyc
beside its modules takes several times as long to start. Packages that come as source only are made
into wheels first; that works for pure Python alone. `LAYER_PYTHON` names the interpreter that
compiles where it does not go by the name python3.13.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.catalogue import FUNCTIONS, ROOT

OUR_CODE = "trading"
BUILT_LAYERS = ROOT / "build" / "layers"
PYTHON = "3.13"
COMPILER = os.environ.get("LAYER_PYTHON", f"python{PYTHON}")
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")
SOURCE_ONLY = frozenset({"plaid-python"})
REQUIREMENTS = ROOT / "layers" / "dependencies"
LOCK = ROOT / "requirements.txt"
WHEELS = ROOT / "build" / "wheels"
MOUNTED_AT = "/opt/python"
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def build() -> None:
    """Build every layer that a function of the catalogue loads, each from nothing."""
    WHEELS.mkdir(parents=True, exist_ok=True)
    for name in layer_names():
        modules = _empty(name)
        _install(REQUIREMENTS / f"{name}.txt", modules)
        _compile(modules)
    modules = _empty(OUR_CODE)
    shutil.copytree(
        ROOT / "layers" / OUR_CODE / "python",
        modules,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    _compile(modules)


def stand_ins() -> Path:
    """Return a folder of empty layers in the place of those that are built, for templates that nobody deploys."""
    folder = ROOT / "build" / "empty-layers"
    for name in (OUR_CODE, *layer_names()):
        (folder / name / "python").mkdir(parents=True, exist_ok=True)
    return folder


def layer_names() -> list[str]:
    """Return the names of all layers of dependencies."""
    return sorted({layer for function in FUNCTIONS for layer in function.layers})


def source_only(requirements: str) -> list[str]:
    """Return the requirements for which the registry has no wheel."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line.partition("==")[0] in SOURCE_ONLY]


def install_command(requirements: Path, modules: Path) -> list[str]:
    """Return the command that installs requirements for Lambda's platform into a folder."""
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    target = ["--implementation", "cp", "--python-version", PYTHON, "--only-binary=:all:", "--target", str(modules)]
    source = ["--find-links", str(WHEELS), "--requirement", str(requirements), "--constraint", str(LOCK)]
    return [*PIP, "install", "--no-compile", *platforms, *target, *source]


def _empty(name: str) -> Path:
    folder = BUILT_LAYERS / name
    shutil.rmtree(folder, ignore_errors=True)
    modules = folder / "python"
    modules.mkdir(parents=True)
    return modules


def _install(requirements: Path, modules: Path) -> None:
    for package in source_only(requirements.read_text()):
        _run([*PIP, "wheel", "--no-deps", "--wheel-dir", str(WHEELS), package])
    _run(install_command(requirements, modules))


def _compile(modules: Path) -> None:
    # Unchecked: the hash is not compared at import, and the time stamps in a zip do not matter.
    unchecked = ["--invalidation-mode", "unchecked-hash"]
    as_mounted = ["-s", str(modules), "-p", MOUNTED_AT]
    _run([COMPILER, "-m", "compileall", "-q", *unchecked, *as_mounted, str(modules)])


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - our own commands


if __name__ == "__main__":
    build()
