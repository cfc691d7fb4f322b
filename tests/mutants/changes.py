"""The mutations that a module offers: each is one small change of its text that a careful reader could overlook."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

COMPARED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
COMBINED = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*"}


@dataclass(frozen=True)
class Mutation:
    """One change: the bytes from `start` to `end` of a file become `text`; `code` is the line it begins on."""

    file: Path
    line: int
    start: int
    end: int
    text: str
    was: str
    code: str

    def __str__(self) -> str:
        """Return where it is and what it does, on one line."""
        return f"{self.file}:{self.line}: {' '.join(self.was.split())}  ->  {' '.join(self.text.split())}"

    def applied(self, root: Path) -> bytes:
        """Return the file's bytes with the change."""
        raw = (root / self.file).read_bytes()
        return raw[: self.start] + self.text.encode() + raw[self.end :]


def ranked(mutations: Iterable[Mutation], seed: int) -> list[Mutation]:
    """Return mutations in an order that a seed gives: by file, line of code and change, never by number of a line."""

    def rank(mutation: Mutation) -> bytes:
        key = "\n".join((str(seed), str(mutation.file), mutation.code, mutation.was, mutation.text))
        return sha256(key.encode()).digest()

    return sorted(mutations, key=rank)


@dataclass(frozen=True)
class Source:
    """A module's text, with the offset of each of its lines."""

    file: Path
    raw: bytes
    lines: tuple[int, ...]

    @classmethod
    def read(cls, root: Path, file: Path) -> "Source":
        """Read a module."""
        raw = (root / file).read_bytes()
        lengths = [len(line) for line in raw.splitlines(keepends=True)]
        return cls(file, raw, tuple(sum(lengths[:number]) for number in range(len(lengths))))

    def mutations(self) -> Iterator[Mutation]:
        """Yield every mutation, in the order of the text."""
        for node in ast.walk(ast.parse(self.raw)):
            for text in _changes(self, node):
                start, end = self.span(node)
                number: int = node.lineno  # type: ignore[attr-defined]
                code = self.raw.splitlines()[number - 1].decode().strip()
                yield Mutation(self.file, number, start, end, text, self.text(node), code)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends, in bytes."""
        begin = self.lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return begin, self.lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def text(self, node: ast.AST) -> str:
        """Return a node's own text."""
        start, end = self.span(node)
        return self.raw[start:end].decode()


def _changes(source: Source, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield "pass"
    else:
        yield from _operators(source, node)


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield str(value + 1)


def _operators(source: Source, node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARED:
        yield f"{source.text(node.left)} {COMPARED[type(node.ops[0])]} {source.text(node.comparators[0])}"
    elif isinstance(node, ast.BoolOp):
        other = " or " if isinstance(node.op, ast.And) else " and "
        yield "(" + other.join(f"({source.text(value)})" for value in node.values) + ")"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"bool({source.text(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in COMBINED and not _is_text(node):
        yield f"{source.text(node.left)} {COMBINED[type(node.op)]} {source.text(node.right)}"


def _is_text(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.JoinedStr | ast.List | ast.Tuple) for side in (node.left, node.right))
