"""Answers that pages show, held against real ones."""

from typing import Any

ANYTHING = "…"


def holds(shown: Any, actual: Any) -> bool:
    """Say whether an answer has all that is shown of it; `…` matches anything."""
    if shown == ANYTHING:
        return True
    if isinstance(shown, dict):
        return isinstance(actual, dict) and all(name in actual and holds(shown[name], actual[name]) for name in shown)
    if isinstance(shown, list):
        pairs = zip(shown, actual, strict=False)
        return isinstance(actual, list) and len(shown) <= len(actual) and all(holds(*pair) for pair in pairs)
    return bool(shown == actual)
