"""Writes `docs/errors.md`: every `code` that the API answers or a record carries, with meaning and remedy.

The codes are found in the source: where an error of the tree is raised with a `code`, and where a reason is
written on a record. What they mean and what to do is in `error_words`; a code without words, or words
without a code, is a mistake.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.catalogue import ROOT
from infra.reference.error_words import HEAD, WORDS
from trading.platform import errors
from trading.platform.errors import TillerError
from trading.platform.problems import STATUS, UNEXPECTED

FILE = ROOT / "docs" / "errors.md"
CODE = ROOT / "layers" / "trading" / "python" / "trading"
REASONS = ("Reason", "FlowError")
"""The classes that carry a code and a sentence on a record."""

INTERNAL = "internal"
SERVER_ERRORS = 500
"""The codes that partners' errors are given are for our services, which answer with codes of their own."""


@dataclass(frozen=True)
class RaisedCode:
    """A code, and the status of the answer that carries it."""

    code: str
    status: int


def raised_codes() -> set[RaisedCode]:
    """Return every code that an answer of the API may carry, with its status."""
    modules = [ast.parse(file.read_text()) for file in _sources()]
    statuses = _statuses(modules)
    found = {RaisedCode(INTERNAL, UNEXPECTED[0])}
    for module in modules:
        constants = _constants(module)
        for node in ast.walk(module):
            found |= {RaisedCode(code, status) for code, status in _codes(node, statuses, constants)}
    return found


def recorded_reasons() -> set[tuple[str, str]]:
    """Return the codes that orders and money flows carry, each with its sentence for the person."""
    calls = [
        node for file in _sources() for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)
    ]
    texts = [[part.value for part in call.args if isinstance(part, ast.Constant)] for call in calls if _is_reason(call)]
    return {(str(words[0]), str(words[1])) for words in texts if len(words) == len(("code", "sentence"))}


def text() -> str:
    """Return the page as the file holds it."""
    rows = sorted(raised_codes(), key=lambda found: (found.status, found.code))
    answers = [f"| {row.status} | `{row.code}` | {WORDS[row.code][0]} | {WORDS[row.code][1]} |" for row in rows]
    reasons = [f"| `{code}` | {sentence} |" for code, sentence in sorted(recorded_reasons())]
    lines = [
        HEAD,
        "## Answers",
        "",
        "| status | `code` | what it means | what to do |",
        "|---|---|---|---|",
        *answers,
        "",
        "## Reasons on records",
        "",
        "An order (`reason`) or money flow (`error`) that failed or waits carries a `code` and a sentence.",
        "",
        "| `code` | the sentence |",
        "|---|---|",
        *reasons,
    ]
    return "\n".join(lines) + "\n"


def _sources() -> Iterator[Path]:
    # a partner's adapter speaks of the partner's refusals, which services turn into codes of their own
    yield from (file for file in sorted(CODE.rglob("*.py")) if "partners" not in file.parts)
    yield from sorted((ROOT / "functions").rglob("*.py"))


def _statuses(modules: list[ast.Module]) -> Mapping[str, int]:
    """Return the status of every class of the error tree that has one, by its name."""
    tree = {name: kind for name, kind in vars(errors).items() if _is_error(kind)}
    statuses = {name: status for name, kind in tree.items() if (status := _status(kind)) is not None}
    for node in (node for module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
        bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in statuses]
        if bases and node.name not in statuses:
            statuses[node.name] = statuses[bases[0]]
    return statuses


def _is_error(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, TillerError)


def _status(kind: type[TillerError]) -> int | None:
    return next((STATUS[parent][0] for parent in kind.__mro__ if parent in STATUS), None)


def _codes(node: ast.AST, statuses: Mapping[str, int], constants: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.ClassDef) and node.name in statuses:
        own = [part for part in node.body if isinstance(part, ast.Assign) and _names(part) == ["code"]]
        yield from ((str(_value(part.value, {})), statuses[node.name]) for part in own)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        status = statuses.get(node.func.id, SERVER_ERRORS)
        given = (word.value for word in node.keywords if word.arg == "code" and status < SERVER_ERRORS)
        yield from ((code, status) for value in given if (code := _value(value, constants)))


def _constants(module: ast.Module) -> Mapping[str, str]:
    """Return the texts that a module gives names to, one by one or several at once."""
    assignments = (part for part in module.body if isinstance(part, ast.Assign))
    pairs = (pair for part in assignments for pair in _pairs(part.targets[0], part.value))
    return {
        name.id: str(given.value)
        for name, given in pairs
        if isinstance(name, ast.Name) and isinstance(given, ast.Constant)
    }


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _names(part: ast.Assign) -> list[str]:
    return [target.id for target in part.targets if isinstance(target, ast.Name)]


def _value(value: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(value, ast.Constant):
        return str(value.value)
    return constants.get(value.id) if isinstance(value, ast.Name) else None


def _is_reason(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in REASONS
