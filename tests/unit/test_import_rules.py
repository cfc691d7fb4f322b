"""The rules of imports hold for every area, also for one that comes tomorrow."""

import ast
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from infra.catalogue import ROOT

CODE = "layers/trading/python"
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
ORDER = CONTRACTS["Areas stand on each other in one order, and all on the platform"]
PARTNERS = CONTRACTS["Only wiring knows the adapters of partners"]


def test_the_rule_of_partners_holds_for_every_area() -> None:
    assert ORDER["exhaustive"]
    assert {f"trading.{layer}" for layer in ORDER["layers"]} - {"trading.platform"} == set(PARTNERS["source_modules"])


def test_no_module_imports_itself_by_a_detour() -> None:
    modules = {_name(file): file for file in sorted((ROOT / CODE).rglob("*.py"))}
    graph = {name: [other for other in _imports(file) if other != name] for name, file in modules.items()}
    known = {name: [other for other in others if other in modules] for name, others in graph.items()}

    assert sum(map(len, known.values())) > len(modules)
    assert len(list(TopologicalSorter(known).static_order())) == len(modules)


def _name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT / CODE).with_suffix("").parts).removesuffix(".__init__")


def _imports(file: Path) -> Iterator[str]:
    """Yield what a module loads before it can be used; imports inside functions, or for types alone, wait."""
    for statement in ast.parse(file.read_text()).body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield str(statement.module)
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
