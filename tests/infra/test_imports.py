"""What handlers load: whoever calls no partner loads no partner's client."""

import json
import subprocess
import sys

from infra.catalogue import FUNCTIONS, ROOT

PROGRAM = """
import importlib.util, json, sys
clients = ("plaid", "stripe", "firebase_admin", "requests", "trading.partners.drivewealth.client")
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
    rows = [(row.name, str(row.folder / "handler.py")) for row in FUNCTIONS if not row.partners]
    environment = {"PYTHONPATH": str(ROOT / "layers" / "trading" / "python"), "AWS_DEFAULT_REGION": "us-east-1"}

    printed = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, json.dumps(rows)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert len(rows) > 50
    assert json.loads(printed.stdout) == {}
