"""What handlers load: whoever calls no partner loads no partner's client, whoever has no layer for it no numpy."""

import json
import subprocess
import sys
from collections.abc import Iterable

from infra.catalogue import FUNCTIONS, ROOT, Function

CLIENTS = ("plaid", "stripe", "firebase_admin", "requests", "trading.partners.drivewealth.client")

PROGRAM = """
import importlib.util, json, sys
clients = json.loads(sys.argv[2])
found = {}
for name, path in json.loads(sys.argv[1]):
    before = set(sys.modules)
    spec = importlib.util.spec_from_file_location(f"handler_of_{name}", path)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    loaded = [each for each in clients if each in sys.modules]
    if loaded:
        found[name] = loaded
        ours = [each for each in sys.modules if each.partition(".")[0] in {"trading", *clients}]
        for each in set(ours) | (set(sys.modules) - before):
            sys.modules.pop(each, None)
print(json.dumps(found))
"""


def test_who_calls_no_partner_loads_no_partners_client() -> None:
    rows = [row for row in FUNCTIONS if not row.partners]

    assert len(rows) > 50
    assert loaded_of(CLIENTS, rows) == {}


def test_who_computes_no_signals_loads_no_numpy() -> None:
    assert loaded_of(("numpy",), [row for row in FUNCTIONS if "signals" not in row.layers]) == {}
    assert loaded_of(("numpy",), [row for row in FUNCTIONS if row.name == "build_signals"]) == {
        "build_signals": ["numpy"]
    }


def loaded_of(packages: Iterable[str], rows: Iterable[Function]) -> dict[str, list[str]]:
    """Return which of some packages each handler loads, of those that load any."""
    handlers = [(row.name, str(row.folder / "handler.py")) for row in rows]
    environment = {"PYTHONPATH": str(ROOT / "layers" / "trading" / "python"), "AWS_DEFAULT_REGION": "us-east-1"}
    printed = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, json.dumps(handlers), json.dumps(list(packages))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[str]] = json.loads(printed.stdout)
    return found
