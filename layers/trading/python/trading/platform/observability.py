"""Logs and metrics. A log line is made of named safe fields only; the rest never gets out.

The formatter keeps what is on the list and drops everything else, so a line cannot carry a body, a
token or another person's data by accident. Exceptions are named by their class, never by their text.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from trading.platform.log_privacy import OURS, keep_libraries_private

SAFE_FIELDS = frozenset(
    {
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "function",
        "request_id",
        "correlation_id",
        "cold_start",
        "job",
        "queue",
        "code",
        "portfolio_id",
        "money_flow_id",
        "partner",
        "operation",
        "event_type",
        "trade_date",
        "exchange",
        "count",
        "status",
        "scheduled_at",
        "exception_name",
        "xray_trace_id",
    }
)


class AllowListFormatter(LambdaPowertoolsFormatter):
    """Drops every field of a log record that is not on the list."""

    def serialize(self, log: Any) -> str:  # noqa: ANN401 - Powertools' own type is private
        """Return the record's safe fields as one line of JSON."""
        return super().serialize({name: value for name, value in log.items() if name in SAFE_FIELDS})


keep_libraries_private()
logger = Logger(service=OURS, logger_formatter=AllowListFormatter(), log_uncaught_exceptions=False)


def count(name: str, amount: int = 1, dimensions: Mapping[str, str] | None = None) -> None:
    """Emit a metric at once, as one line that CloudWatch reads."""
    _emit(name, [amount], MetricUnit.Count, dimensions or {})


def measure_ms(name: str, values: Iterable[int], dimensions: Mapping[str, str] | None = None) -> None:
    """Emit durations as a metric at once, so that alarms may ask for percentiles."""
    _emit(name, values, MetricUnit.Milliseconds, dimensions or {})


def _emit(name: str, values: Iterable[int], unit: MetricUnit, dimensions: Mapping[str, str]) -> None:
    own = Metrics(namespace="Tiller", service="tiller")
    for key, text in dimensions.items():
        own.add_dimension(name=key, value=text)
    for value in values:
        own.add_metric(name=name, unit=unit, value=value)
    if own.provider.metric_set:
        own.flush_metrics()
    else:  # the hundredth value has flushed by itself, and left the dimensions
        own.clear_metrics()


def correlate(correlation_id: str) -> None:
    """Have every following log line carry a correlation id."""
    logger.set_correlation_id(correlation_id)
