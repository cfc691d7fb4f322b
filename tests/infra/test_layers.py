"""How layers are built, but for the installing itself."""

from pathlib import Path

from infra.catalogue import FUNCTIONS
from infra.layers import REQUIREMENTS, install_command, source_only


def test_packages_without_wheels_are_told_from_the_others() -> None:
    requirements = "# partners\nplaid-python==46.0.0  # no wheel\nstripe==16.1.0\n"

    assert source_only(requirements) == ["plaid-python==46.0.0"]


def test_wheels_are_taken_for_lambdas_platform(tmp_path: Path) -> None:
    command = " ".join(install_command(REQUIREMENTS / "base.txt", tmp_path))

    assert "--platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64" in command
    assert "--python-version 3.13 --only-binary=:all:" in command


def test_every_layer_of_the_catalogue_has_its_requirements() -> None:
    names = {layer for function in FUNCTIONS for layer in function.layers}

    assert all((REQUIREMENTS / f"{name}.txt").is_file() for name in names)
