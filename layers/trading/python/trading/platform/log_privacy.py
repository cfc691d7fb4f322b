"""What keeps libraries from logging what they carry, whatever level is set for them.

botocore logs each request's body at DEBUG, urllib3 its path, Powertools whole events; an exception's text
may quote what was refused. So no record of a library holds a text of its own: it says where it was
written and which class of exception it reports, and that is all that any handler can get hold of.
"""

import logging
import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from trading.platform.errors import TillerError

OURS = "tiller"
TALKATIVE = (
    "POWERTOOLS_DEV",
    "POWERTOOLS_DEBUG",
    "POWERTOOLS_LOGGER_LOG_EVENT",
    "STRIPE_LOG",
    "GOOGLE_SDK_PYTHON_LOGGING_SCOPE",
)
"""Variables by which libraries print past every logger, or attach what they carry beside a record's text."""

R = TypeVar("R")


class FunctionFailed(RuntimeError):
    """Raised in place of an unexpected exception where AWS would log and keep its text; names its class alone."""


class LibraryRecord(logging.LogRecord):
    """A log record that says where it was written, and nothing of what."""

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401 - logging's own signature
        super().__init__(*given, **more)
        failed = self.exc_info[0] if self.exc_info else None
        self.msg = f"{self.module}:{self.lineno}" + (f" {failed.__name__}" if failed else "")
        self.args, self.exc_info, self.exc_text, self.stack_info = None, None, None, None


def keep_libraries_private() -> None:
    """Have every record but our own say nothing of what it is about, from now on."""
    for name in TALKATIVE:
        os.environ.pop(name, None)
    logging.setLogRecordFactory(_record)


def without_exception_texts(
    handler: Callable[[dict[str, Any], Any], Mapping[str, R]],
) -> Callable[[dict[str, Any], Any], Mapping[str, R]]:
    """Return a function's entry point that lets out the classes of unexpected exceptions only."""

    @wraps(handler)
    def guarded(event: dict[str, Any], context: Any) -> Mapping[str, R]:  # noqa: ANN401 - AWS's own type
        try:
            return handler(event, context)
        except (TillerError, FunctionFailed):
            raise
        except Exception as error:  # noqa: BLE001 - an edge
            raise FunctionFailed(type(error).__name__) from None

    return guarded


def _record(name: str, *given: Any, **more: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's own signature
    return (logging.LogRecord if name.partition(".")[0] == OURS else LibraryRecord)(name, *given, **more)
