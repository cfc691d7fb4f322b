"""The words of this house: retired ones do not come back, and what acts is called by a verb (`docs/glossary.md`)."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.catalogue import ROOT

CODE = ROOT / "layers" / "trading" / "python" / "trading"
FOLDERS = ("layers", "functions", "infra", "research", "sandbox", "tests")
RETIRED = frozenset(
    (
        "told",
        "tell",
        "tells",
        "telling",
        "teller",
        "look",
        "looks",
        "looked",
        "looking",
        "looker",
        "bench",
        "book",
        "books",
        "ladder",
        "notice",
        "notices",
        "centre",
        "wake",
        "wakes",
        "woken",
        "awake",
        "stands",
        "standing",
        "desk",
        "town",
        "oddity",
        "oddities",
        "story",
        "wishes",
        "sight",
        "truth",
    )
)
RETIRED_PARTS = re.compile(r"given_up|gives_up|still_in|worth_it|by_hand|hand_trade|hand_bought")
RETIRED_LIMITS = re.compile(r"(^|_)(MOST|LEAST|LONGEST)_")
RETIRED_IN_PROSE = frozenset(
    (
        "told",
        "tell",
        "tells",
        "telling",
        "looked",
        "looking",
        "ladder",
        "notice",
        "notices",
        "centre",
        "books",
        "wakes",
        "woken",
        "awake",
        "stands",
        "oddity",
        "oddities",
        "story",
    )
)
RETIRED_PHRASES = re.compile(
    r"\bby hand\b|\bhand[- ](trade|bought|held|sale)|\bg(i|a)ven? up\b|\bgives up\b", re.IGNORECASE
)
OF_OTHERS = re.compile(r"look_again|LOOK_AGAIN|LookupError|_esm_wake")
"""Names that are not ours to choose: a decision of operators, Python's, the emulator's."""

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
PARTICIPLES = frozenset(
    (
        "told",
        "sent",
        "known",
        "written",
        "seen",
        "given",
        "taken",
        "made",
        "done",
        "found",
        "held",
        "kept",
        "left",
        "lost",
        "gone",
        "paid",
        "sold",
        "bought",
        "shown",
        "begun",
        "bound",
        "built",
        "chosen",
        "drawn",
        "driven",
        "meant",
        "said",
        "spent",
        "stood",
        "thought",
        "understood",
        "won",
        "fallen",
        "woken",
    )
)
VERBS_IN_ED = frozenset(
    {"need", "feed", "seed", "speed", "embed", "proceed", "succeed", "exceed", "shed", "bed", "heed", "led"}
)
PURE_PORTS = frozenset({"Clock", "Calendar"})


@dataclass(frozen=True)
class Found:
    """A word where it should not be."""

    file: Path
    line: int
    text: str

    def __str__(self) -> str:
        """Return where it is, as editors open it."""
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.text}"


def files() -> Iterator[Path]:
    """Yield our source files."""
    for folder in FOLDERS:
        yield from sorted(file for file in (ROOT / folder).rglob("*.py") if "node_modules" not in file.parts)


def identifiers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the names in a module, but for those of tests, which are sentences."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if not name.startswith("test_"):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name


def prose(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the docstrings in a module, those of constants among them."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text


def is_retired(name: str) -> bool:
    """Say whether a name has a retired word in it."""
    if OF_OTHERS.search(name):
        return False
    words = {word.lower() for word in WORD.findall(name)}
    return name == "each" or bool(words & RETIRED or RETIRED_LIMITS.search(name) or RETIRED_PARTS.search(name))


def retired_in(text: str) -> set[str]:
    """Return the retired words and phrases in a sentence."""
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", text)}
    return words & RETIRED_IN_PROSE | {match.group(0) for match in RETIRED_PHRASES.finditer(text)}


def found_in(file: Path, source: str) -> Iterator[Found]:
    """Yield what a file says in retired words."""
    tree = ast.parse(source)
    yield from (Found(file, line, name) for line, name in identifiers(tree) if is_retired(name))
    yield from (Found(file, line, word) for line, text in prose(tree) for word in sorted(retired_in(text)))


def test_retired_words_do_not_come_back() -> None:
    found = [str(place) for file in files() if file != Path(__file__) for place in found_in(file, file.read_text())]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "for each in flows:\n    pass",
        "MOST_SYMBOLS = 1",
        "def f(told: int) -> None: ...",
        "class Teller: ...",
        "x.gives_up_at = 1",
        "call(looked=1)",
        'X = 1\n"""What a person is told."""',
        'def f() -> None:\n    """Buy by hand."""',
    ],
)
def test_a_retired_word_is_found_wherever_it_is(source: str) -> None:
    assert list(found_in(Path(__file__), source))


def test_names_that_only_hold_the_letters_are_fine() -> None:
    assert not list(found_in(Path(__file__), "reach, bookmark, untoldness, lookup_at, KEPT_AT_MOST, look_again = 1"))


def protocols() -> set[str]:
    """Return the names of all ports that reach something outside."""
    nodes = (node for file in CODE.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())))
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    return {
        node.name for node in classes if any(getattr(base, "id", "") == "Protocol" for base in node.bases)
    } - PURE_PORTS


def is_participle(name: str) -> bool:
    """Say whether a function is called by what it is, not by what it does."""
    first = name.strip("_").split("_")[0]
    return first in PARTICIPLES or (first.endswith("ed") and first not in VERBS_IN_ED)


def ports_of(node: ast.ClassDef, names: set[str]) -> set[str]:
    """Return the fields of a service that are ports."""
    fields = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    return {
        item.target.id
        for item in fields
        if isinstance(item.target, ast.Name)
        and {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(item.annotation)} & names
    }


def acting(node: ast.ClassDef, ports: set[str]) -> set[str]:
    """Return the methods of a service that reach a port, by themselves or through another method."""
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    calls = {name: set(_called_on_self(method)) for name, method in methods.items()}
    found = {name for name, called in calls.items() if any(path[0] in ports and len(path) > 1 for path in called)}
    while more := {name for name, called in calls.items() if any(path[0] in found for path in called)} - found:
        found |= more
    return found


def _called_on_self(method: ast.FunctionDef) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(method):
        if isinstance(node, ast.Call):
            path, at = [], node.func
            while isinstance(at, ast.Attribute):
                path, at = [at.attr, *path], at.value
            if isinstance(at, ast.Name) and at.id == "self" and path:
                yield tuple(path)


def misnamed(file: Path, source: str, names: set[str]) -> Iterator[Found]:
    """Yield the methods that act and are called by a participle."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            for name in sorted(acting(node, ports_of(node, names))):
                if is_participle(name):
                    yield Found(file, node.lineno, f"{node.name}.{name}")


def test_what_acts_is_called_by_a_verb() -> None:
    names = protocols()

    found = [str(method) for file in sorted(CODE.rglob("*.py")) for method in misnamed(file, file.read_text(), names)]

    assert found == []


def idle(file: Path, source: str) -> Iterator[Found]:
    """Yield the functions that return nothing, so must act, and are called by a participle."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    for node in functions:
        returns_nothing = node.returns is not None and ast.unparse(node.returns) == "None"
        if returns_nothing and is_participle(node.name) and not _provides(node):
            yield Found(file, node.lineno, node.name)


def _provides(node: ast.FunctionDef) -> bool:
    """Say whether a function is called by what it shows or provides: a test, a fixture, the setter of a property."""
    marks = " ".join(ast.unparse(mark) for mark in node.decorator_list)
    return node.name.startswith("test_") or "fixture" in marks or marks.endswith(".setter")


def test_what_returns_nothing_is_called_by_a_verb() -> None:
    ours = [file for file in files() if "tests" not in file.relative_to(ROOT).parts or "support" in file.parts]

    assert [str(function) for file in ours for function in idle(file, file.read_text())] == []


def test_a_participle_that_returns_nothing_is_found() -> None:
    source = (
        "def _emptied(folder: Path) -> None: ...\ndef emptied(folder: Path) -> Path: ...\ndef succeed() -> None: ..."
    )

    assert [found.text for found in idle(Path(__file__), source)] == ["_emptied"]


@pytest.mark.parametrize("body", ["self.store.save(1)", "return self._act()", "x = [self.store.load(1)]"])
def test_a_participle_that_acts_is_found(body: str) -> None:
    source = f"class Service:\n  store: Store\n  def _sent(self):\n    {body}\n  def _act(self):\n    self.store.save()"

    assert [found.text for found in misnamed(Path(__file__), source, {"Store"})] == ["Service._sent"]


def test_a_participle_that_computes_is_fine() -> None:
    source = "class Service:\n  store: Store\n  def settled(self):\n    return self.total(1)\n  def total(self, n): ..."

    assert list(misnamed(Path(__file__), source, {"Store"})) == []


def nameless(file: Path, source: str) -> Iterator[Found]:
    """Yield the makers of what acts whose docstrings do not name it: wiring, and functions that return functions."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or node.returns is None:
            continue
        makes = file.stem.endswith("wiring") or ast.unparse(node.returns).startswith("Callable[")
        if makes and (ast.get_docstring(node) or "").startswith("Return what "):
            yield Found(file, node.lineno, node.name)


def test_what_acts_is_called_by_its_name_in_docstrings() -> None:
    assert [str(maker) for file in files() for maker in nameless(file, file.read_text())] == []


@pytest.mark.parametrize(
    ("name", "returns", "is_found"),
    [("wiring.py", "RunService", True), ("handler.py", "Callable[[Work], None]", True), ("models.py", "int", False)],
)
def test_a_maker_that_does_not_name_what_it_makes_is_found(name: str, returns: str, is_found: bool) -> None:
    source = f'def prepare() -> {returns}:\n    """Return what makes runs."""'

    assert bool(list(nameless(Path(name), source))) is is_found
