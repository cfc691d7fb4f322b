"""Fixtures of the platform's tests."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest

from trading.platform.observability import logger
from trading.platform.settings import settings

Environment = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """Return what sets variables, as the CDK app would, for the length of one test."""

    def give(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield give
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """Return what the process's logger writes during one test."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    lines = io.StringIO()
    before = handler.setStream(lines)
    yield lines
    handler.setStream(before)
