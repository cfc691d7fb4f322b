"""The emulator's expressions of DynamoDB: read once, not once for each item of a query."""

from functools import lru_cache

KEPT = 2048


def parse_once() -> None:
    """Keep what expressions were read as; whoever asks gets a list of tokens of their own."""
    from ministack.services import dynamodb  # type: ignore[import-untyped]  # noqa: PLC0415 - in the emulator alone

    tokenize = lru_cache(KEPT)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokenize(expression))
    dynamodb._condition_syntax_error = lru_cache(KEPT)(dynamodb._condition_syntax_error)
