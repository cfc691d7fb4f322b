"""What is said of a mutation: who noticed it, why nobody could, or that nothing is known."""

from pathlib import Path

import pytest

from tests.mutants.changes import Mutation, Source
from tests.mutants.explained import EXPLAINED
from tests.mutants.verdicts import Baseline, Outcome, Verdict, exit_code, judge, run_tests, summary

ROOT = Path(__file__).resolve().parent.parent.parent
MUTATION = Mutation(Path("sample.py"), 1, 0, 1, "2", "1", "x = 1")
NOTICED, EXPLAINED_ONE, SURVIVED, UNDECIDED = (Verdict(outcome, "so it is") for outcome in Outcome)


def written(folder: Path, text: str) -> list[str]:
    (folder / "test_sample.py").write_text(text)
    return ["test_sample.py"]


@pytest.mark.parametrize("text", ["def test_it() -> None:\n    assert False\n", "import nothing_of_this_name\n"])
def test_a_red_test_notices_and_is_named(tmp_path: Path, text: str) -> None:
    found = run_tests(tmp_path, written(tmp_path, text))

    assert found is not None
    assert found.outcome is Outcome.NOTICED
    assert "test_sample.py" in found.why


def test_a_test_that_is_red_without_the_mutation_decides_nothing(tmp_path: Path) -> None:
    red = run_tests(tmp_path, written(tmp_path, "def test_it() -> None:\n    assert False\n"))
    assert red is not None

    assert Baseline(tmp_path).confirmed(red).outcome is Outcome.UNDECIDED
    written(tmp_path, "def test_it() -> None: ...\n")
    assert Baseline(tmp_path).confirmed(red) == red


def test_tests_that_do_not_end_in_time_decide_nothing(tmp_path: Path) -> None:
    found = run_tests(tmp_path, written(tmp_path, "def test_it() -> None: ...\n"), timeout=0.01)

    assert found is not None
    assert found.outcome is Outcome.UNDECIDED


def test_a_run_without_a_single_test_decides_nothing(tmp_path: Path) -> None:
    found = run_tests(tmp_path, written(tmp_path, "x = 1\n"))

    assert found is not None
    assert found.outcome is Outcome.UNDECIDED


def test_what_passes_every_group_survives(tmp_path: Path) -> None:
    files = written(tmp_path, "def test_it() -> None: ...\n")

    assert judge(tmp_path, MUTATION, [files]).outcome is Outcome.SURVIVED


def test_what_is_explained_says_why() -> None:
    (file, code, text), reason = next(iter(EXPLAINED.items()))

    assert judge(ROOT, Mutation(Path(file), 1, 0, 1, text, "", code), []) == Verdict(Outcome.EXPLAINED, reason)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([NOTICED, EXPLAINED_ONE], 0),
        ([NOTICED, UNDECIDED], 2),
        ([UNDECIDED, SURVIVED, NOTICED], 1),
    ],
)
def test_the_exit_code_tells_survivors_from_what_is_undecided(verdicts: list[Verdict], expected: int) -> None:
    assert exit_code(verdicts) == expected


def test_the_summary_counts_each_end_and_names_what_nothing_noticed() -> None:
    text = summary({MUTATION: SURVIVED})

    assert "1 mutations: 0 noticed, 0 explained, 1 survived, 0 undecided" in text
    assert str(MUTATION) in text


def test_every_explained_mutation_is_still_one_that_can_be_drawn() -> None:
    for file, code, text in EXPLAINED:
        offered = Source.read(ROOT, Path(file)).mutations()
        assert [mutation.code for mutation in offered if (mutation.code, mutation.text) == (code, text)] == [code]
