"""The house in order: the API's description is current, tables match, no float is near money."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.catalogue import ROOT, TABLES, Table, routes
from infra.openapi import document as openapi
from trading.automation.portfolios import rows
from trading.backtest.jobs.store import BacktestRow
from trading.kyc.store import TaxIdRow
from trading.ledger.store import EntryRow
from trading.managed.collections.store import CollectionRow
from trading.markets.prices.store import PriceRow
from trading.markets.store import MarketRow
from trading.partners.drivewealth.store import SessionRow
from trading.platform.deferrals import DeferredRow
from trading.platform.inbox import InboxRow
from trading.platform.limits import LimitRow
from trading.platform.outbox import OutboxRow
from trading.platform.people import PersonRow
from trading.signals.store import SignalRow

CODE = ROOT / "layers" / "trading" / "python" / "trading"
FLOAT_AREAS = {"signals", "performance", "backtest"}
"""Areas of statistics; what leaves them towards money is Decimal or cents."""

FLOATS_ALLOWED = {
    "automation/portfolios/performance.py",
    "platform/deadline.py",
    "platform/fields.py",
    "platform/tables.py",
    "platform/secrets.py",
}
RECORDS = {
    "portfolios": rows.Row,
    "people": PersonRow,
    "tax-ids": TaxIdRow,
    "partner-sessions": SessionRow,
    "ledger": EntryRow,
    "markets": MarketRow,
    "prices": PriceRow,
    "collections": CollectionRow,
    "signals": SignalRow,
    "backtests": BacktestRow,
    "inbox": InboxRow,
    "rate-limits": LimitRow,
    "deferred-messages": DeferredRow,
    "outbox": OutboxRow,
}


def test_the_description_of_the_api_is_current() -> None:
    assert openapi.FILE.read_text() == openapi.text(), "run `make openapi`"


def test_the_description_names_every_private_route_and_its_security() -> None:
    described = json.loads(openapi.FILE.read_text())["paths"]
    expected = {(route.path, route.method.lower()) for _, route in routes() if not route.public}

    assert {(path, method) for path, item in described.items() for method in item} == expected
    for path, method in expected:
        assert described[path][method]["security"] == [{"firebase": []}]
        assert "422" not in described[path][method]["responses"] or path.endswith(
            ("transactions", "deposits", "withdrawals", "reconfigure", "pay", "backtests")
        )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_records_lie_where_the_catalogue_says(table: Table) -> None:
    record = RECORDS[table.name]
    indexes = {index.name: (index.hash_key, index.range_key) for index in table.indexes}

    assert record._hash_keyname == table.hash_key
    assert record._range_keyname == table.range_key
    assert {name: _keys(index) for name, index in record._indexes.items()} == indexes


def test_the_number_of_shards_stands_in_one_place() -> None:
    files = [file for room in (CODE, ROOT / "infra", ROOT / "sandbox", ROOT / "tiller") for file in room.rglob("*.py")]

    assert [file.name for file in files if "\nSHARDS = " in file.read_text()] == ["shards.py"]


def test_no_float_stands_in_money_code() -> None:
    found = [
        f"{file.relative_to(CODE)}:{node.lineno}"
        for file in sorted(CODE.rglob("*.py"))
        if str(file.relative_to(CODE)) not in FLOATS_ALLOWED
        and not ({"partners", *FLOAT_AREAS} & set(file.relative_to(CODE).parts))
        for node in ast.walk(ast.parse(file.read_text()))
        if _is_float(node)
    ]

    assert found == []


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id == "float"
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def _keys(index: Any) -> tuple[str, str]:
    names = {key["KeyType"]: key["AttributeName"] for key in index._get_schema()["key_schema"]}
    return names["HASH"], names["RANGE"]


def test_replies_lie_with_their_area_and_not_with_a_route() -> None:
    defined = {
        f"{file.relative_to(ROOT)}: {node.name}"
        for file in (ROOT / "functions").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in {"Reply", "Replayable"} for base in node.bases)
    }

    assert defined == set()


def test_functions_and_files_stay_small() -> None:
    trees = {file: ast.parse(file.read_text()) for file in sorted(ROOT.rglob("*.py")) if _is_ours(file)}
    files = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in trees}
    functions = {
        f"{file.relative_to(ROOT)}:{node.lineno}": node.end_lineno - node.lineno + 1
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }
    print(_figures("files", files), _figures("functions", functions), sep="\n")  # noqa: T201 - shown by `-s`

    assert {name: length for name, length in files.items() if length > 300} == {}
    assert {name: length for name, length in functions.items() if length > 50} == {}
    assert (_share(files, 90) <= 200, _share(functions, 50) <= 8, _share(functions, 90) <= 20) == (True, True, True)


def _figures(kind: str, lengths: Mapping[str, int]) -> str:
    median, most, longest = _share(lengths, 50), _share(lengths, 90), max(lengths.values())
    return f"{len(lengths)} {kind}: median {median}, p90 {most}, longest {longest} lines"


def _share(lengths: Mapping[str, int], percent: int) -> int:
    """Return how long that share of all is at most."""
    return sorted(lengths.values())[(len(lengths) * percent - 1) // 100]


def _is_ours(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    ours = {"functions", "infra", "layers", "research", "sandbox", "tiller", "app.py"}
    return parts[0] in ours and "node_modules" not in parts
