"""Artefacts of models for tests: a small ridge, and trees over the same two features."""

from datetime import UTC, date, datetime

from trading.markets.models import Exchange
from trading.signals.model.artefact import ModelArtefact, Ridge, Scaling, Span, Trees

TRAINED_AT = datetime(2023, 9, 23, 10, tzinfo=UTC)
FEATURES = ("calm", "wild")


def artefact(model: Ridge | Trees | None = None) -> ModelArtefact:
    """Return an artefact over two features."""
    return ModelArtefact(
        exchange=Exchange.NASDAQ,
        schema=1,
        features=FEATURES,
        configuration="schema 1, ridge, alpha 1",
        scaling=Scaling((-2.0, -2.0), (2.0, 2.0), (0.0, 0.5), (1.0, 2.0)),
        model=model or Ridge((0.01, -0.02), 0.001),
        drift=0.0005,
        span=Span(date(2020, 9, 22), date(2023, 9, 22), 756, 4_000),
        data_hash="d",
        trained_at=TRAINED_AT,
    ).with_version()


def two_trees() -> Trees:
    """Return a tree that asks twice, and one that asks once."""
    return Trees(
        roots=(0, 5),
        feature=(0, -1, 1, -1, -1, 1, -1, -1),
        threshold=(0.0, 0.0, 0.5, 0.0, 0.0, -0.25, 0.0, 0.0),
        left=(1, 1, 3, 3, 4, 6, 6, 7),
        right=(2, 1, 4, 3, 4, 7, 6, 7),
        value=(0.002, -0.01, 0.004, 0.001, 0.02, 0.0, -0.001, 0.003),
    )
