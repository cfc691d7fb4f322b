"""The mutations themselves: what they change, that they still are Python, and that tests lie near."""

import ast
from pathlib import Path

from tests.mutants.changes import Source, ranked
from tests.mutants.nearest import modules, rounds

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = """\
def judged(zürich: int) -> bool:
    if zürich < 2 and not False:
        raise ValueError("no")
    print(zürich + 1)
    return zürich == 3
"""
CHANGED = {
    "zürich <= 2",
    "((zürich < 2) or (not False))",
    "bool(False)",
    "True",
    "3",
    "pass",
    "zürich - 1",
    "2",
    "zürich != 3",
    "4",
}


def test_each_mutation_is_one_small_change_that_is_still_python(tmp_path: Path) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE)

    found = list(Source.read(tmp_path, Path("sample.py")).mutations())

    assert {mutation.text for mutation in found} == CHANGED
    for mutation in found:
        ast.parse(mutation.applied(tmp_path))
        assert mutation.applied(tmp_path) != SAMPLE.encode()


def test_a_draw_stays_the_same_when_code_moves(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(SAMPLE)
    before = ranked(Source.read(tmp_path, Path("sample.py")).mutations(), 11)
    file.write_text(f"import ast\n\n\n{SAMPLE}")

    after = ranked(Source.read(tmp_path, Path("sample.py")).mutations(), 11)
    others = ranked(Source.read(tmp_path, Path("sample.py")).mutations(), 12)

    assert [(mutation.code, mutation.text) for mutation in after] == [
        (mutation.code, mutation.text) for mutation in before
    ]
    assert [other.text for other in others] != [mutation.text for mutation in before]


def test_every_module_has_mutations_drawn_and_tests_near_it() -> None:
    found = modules(ROOT)

    assert len(found) > 100
    assert [str(mutation) for mutation in found if not rounds(ROOT, mutation)] == []
