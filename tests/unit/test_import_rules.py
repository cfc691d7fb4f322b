"""The rules of imports hold for every area, also for one that comes tomorrow."""

import tomllib
from typing import Any

from infra.catalogue import ROOT

CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
ORDER = CONTRACTS["Areas stand on each other in one order, and all on the platform"]
PARTNERS = CONTRACTS["Only wiring knows the adapters of partners"]


def test_the_rule_of_partners_holds_for_every_area() -> None:
    assert ORDER["exhaustive"]
    assert {f"trading.{layer}" for layer in ORDER["layers"]} - {"trading.platform"} == set(PARTNERS["source_modules"])
