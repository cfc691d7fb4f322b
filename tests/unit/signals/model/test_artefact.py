"""Artefacts: read whole or not at all."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.artefacts import artefact, two_trees
from trading.signals.gate import Verdict
from trading.signals.model.artefact import ModelArtefact, ModelKind, Ridge, Trees, UnreadableArtefact


@pytest.mark.parametrize("model", [None, two_trees()], ids=["ridge", "trees"])
def test_an_artefact_is_read_as_it_was_written(model: Trees | None) -> None:
    written = artefact(model)

    assert ModelArtefact.from_bytes(written.to_bytes()) == written
    assert written.to_bytes() == written.to_bytes()


def test_an_artefact_that_nobody_judged_has_no_edge() -> None:
    assert artefact().judgement.verdict is Verdict.NO_EDGE


def test_equal_trainings_have_equal_versions_and_others_have_not() -> None:
    assert artefact().version == artefact().version
    assert artefact().version.startswith("2023-09-22-ridge-")
    assert artefact().version != artefact(Ridge((0.01, -0.02), 0.0010000001)).version
    assert artefact(two_trees()).kind is ModelKind.TREES


def test_half_an_artefact_is_unreadable() -> None:
    content = artefact().to_bytes()

    for length in range(0, len(content), 7):
        with pytest.raises(UnreadableArtefact):
            ModelArtefact.from_bytes(content[:length])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("model", "coefficients"), [0.1]),
        (("model", "coefficients"), [0.1, "NaN"]),
        (("model", "kind"), "pickle"),
        (("scaling", "scale"), [1.0, 0.0]),
        (("scaling", "mean"), [1.0, None]),
        (("scaling", "low"), [1.0]),
        (("features",), ["calm"]),
        (("schema",), None),
        (("drift",), "inf"),
    ],
)
def test_parts_that_do_not_fit_make_it_unreadable(path: tuple[str, ...], value: object) -> None:
    with pytest.raises(UnreadableArtefact):
        ModelArtefact.from_bytes(_with(artefact(), path, value))


@pytest.mark.parametrize("field", ["left", "right"])
@pytest.mark.parametrize("goes_to", [0, 99, -1])
def test_trees_in_which_a_walk_would_not_end_are_unreadable(field: str, goes_to: int) -> None:
    trees = two_trees()
    broken = replace(trees, **{field: (goes_to, *getattr(trees, field)[1:])})

    with pytest.raises(UnreadableArtefact):
        ModelArtefact.from_bytes(artefact(broken).to_bytes())


def test_trees_that_ask_for_a_feature_that_is_not_there_are_unreadable() -> None:
    with pytest.raises(UnreadableArtefact):
        ModelArtefact.from_bytes(artefact(replace(two_trees(), feature=(0, -1, 2, -1, -1, 1, -1, -1))).to_bytes())


def _with(written: ModelArtefact, path: tuple[str, ...], value: object) -> bytes:
    document: dict[str, Any] = json.loads(gzip.decompress(written.to_bytes()))
    part = document
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return gzip.compress(json.dumps(document).encode())


def test_bytes_that_are_changed_or_cut_anywhere_are_unreadable_or_the_same() -> None:
    written = artefact()
    content = written.to_bytes()

    for place in range(len(content)):
        broken = bytes([*content[:place], content[place] ^ 0xFF, *content[place + 1 :]])
        for tried in (broken, content[:place]):
            try:
                assert ModelArtefact.from_bytes(tried) == written
            except UnreadableArtefact:
                continue
