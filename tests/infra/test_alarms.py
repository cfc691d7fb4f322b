"""What the code counts and reports, held against the alarms: nothing bad goes unwatched, no alarm waits for nothing."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from infra.catalogue import FUNCTIONS, ROOT
from infra.runbooks import ALARMING_EVENTS, ALARMING_METRICS
from tests.infra.templates import Templates
from trading.events import EVENTS
from trading.platform.domain_events import QUEUES, Lane

HARMLESS_METRICS = {
    "AcknowledgedEvents": "events of listed types that nothing follows from",
    "ClosesMissing": "a snapshot at a last price; it names the symbols, of which there may be no trade",
    "CorporateActionsWaiting": "the opening price comes with the open, and the action again",
    "DevicesGone": "a device that its owner no longer has",
    "DomainEvents": "by type; the types are held against ALARMING_EVENTS below",
    "MarketDataLeftOut": "symbols without a quote for a minute; what that delays alarms: close_delayed",
    "MarketDataUnreadable": "as above",
    "MessagesDeferred": "a partner is away; MessagesOverdue alarms after an hour",
    "MessagesSentAnew": "no time was left; the queue's age alarms",
    "ParkedMessages": "the dead-letter queue alarms at the first message",
    "RebalancesBrokenOff": "the broker is away; the pass is due again, and RunsStuck alarms",
    "PlansMoved": "a pass is made again because its plan is no longer wanted",
    "PushesLost": "nobody knows whether one push arrived; the notification is there",
    "QuotesNotBelieved": "one look; what it delays alarms: close_delayed, PositionsLeftOpen",
    "QuotesUnavailable": "as above",
    "RunsDropped": "the session is over; RunsStuck has alarmed",
    "IndexReturnsUnavailable": "the next evening fills them in; until then beta lacks a day",
    "SharedPricesUnavailable": "the last price stands; what that delays alarms: close_delayed, MessagesOverdue",
    "SignalsMissing": "an exchange without data; session_no_signals alarms where a portfolio wanted them",
    "StripeEventsForeign": "another system's payments in the same Stripe account",
    "StripeEventsIgnored": "types that nothing follows from",
    "SymbolsRefused": "symbols that the provider does not know",
    "TapesInterrupted": "a gap in a recording; that the provider is away alarms elsewhere",
    "UnreadCountsOff": "set right in the same step",
}
"""What is counted to be read, and calls nobody; with the reason."""

HARMLESS_EVENTS = {
    "account_opened": "what was hoped for",
    "invoice_created": "what was hoped for",
    "all_money_released": "an operator did it",
    "all_money_stopped": "an operator did it",
    "all_trading_released": "an operator did it",
    "all_trading_stopped": "an operator did it",
    "session_no_edge": "an ordinary day: the verdict is shown, and gate_changed alarms when it becomes another",
}
"""What notifies no person and calls nobody; with the reason."""

SOURCES = [*(ROOT / "layers" / "trading" / "python" / "trading").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]


@cache
def trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(file.read_text()) for file in SOURCES)


def nodes() -> Iterator[ast.AST]:
    return (node for tree in trees() for node in ast.walk(tree))


def calls(*names: str) -> Iterator[ast.Call]:
    for node in nodes():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and node.args:
            yield node


@cache
def constants() -> dict[str, str]:
    """Return the constants of all modules that are texts."""
    assigned = (node for tree in trees() for node in tree.body if isinstance(node, ast.Assign))
    named = ((node.targets[0], node.value) for node in assigned)
    return {
        name.id: value.value
        for name, value in named
        if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return constants().get(node.id) if isinstance(node, ast.Name) else None


def counted() -> set[str]:
    """Return the names of all metrics that the code emits."""
    names = [text_of(call.args[0]) for call in calls("count", "measure_ms")]
    assert None not in names, "a metric's name is no constant"
    return {str(name) for name in names}


def counted_apart() -> set[str]:
    """Return what is counted as an event, and is none: nobody but the alarms hears of it."""
    return {
        value
        for call in calls("count")
        if text_of(call.args[0]) == "DomainEvents"
        for keyword in call.keywords
        if keyword.arg == "dimensions" and isinstance(keyword.value, ast.Dict)
        if (value := text_of(keyword.value.values[0]))
    }


def watched(stage: Templates, dimension: str) -> dict[str, set[str]]:
    """Return what our metrics' alarms look at: the values of a dimension by the metric's name."""
    found: dict[str, set[str]] = {}
    for alarm in stage.properties("AWS::CloudWatch::Alarm"):
        if alarm["Namespace"] == "Tiller":
            values = {entry["Value"] for entry in alarm["Dimensions"] if entry["Name"] == dimension}
            found.setdefault(alarm["MetricName"], set()).update(values)
    return found


def test_every_metric_is_watched_or_known_to_be_harmless(deployed: Templates) -> None:
    alarmed = set(watched(deployed, "type"))

    assert counted() - alarmed - HARMLESS_METRICS.keys() == set(), "an alarm or a reason is missing"
    assert HARMLESS_METRICS.keys() <= counted()


def test_no_alarm_watches_a_metric_that_nobody_emits(deployed: Templates) -> None:
    assert set(watched(deployed, "type")) <= counted()
    assert set(ALARMING_METRICS) <= counted()
    assert HARMLESS_METRICS.keys().isdisjoint(ALARMING_METRICS)


def test_every_event_is_followed_watched_or_known_to_be_harmless() -> None:
    silent = {name for name, record in EVENTS.items() if not record.subscribers}

    assert (silent | counted_apart()) - ALARMING_EVENTS.keys() == HARMLESS_EVENTS.keys()


def test_no_alarm_waits_for_an_event_that_there_is_not() -> None:
    assert ALARMING_EVENTS.keys() - counted_apart() <= EVENTS.keys()


@pytest.mark.parametrize(
    ("metric", "dimension", "values"),
    [
        ("RunsAbandoned", "job", {row.name for row in FUNCTIONS if row.fans_out}),
        ("OutboxQueueFailures", "queue", QUEUES[Lane.URGENT] | QUEUES[Lane.ORDINARY]),
        ("OutboxLag", "lane", set(Lane)),
    ],
)
def test_what_is_counted_apart_is_watched_apart(
    deployed: Templates, metric: str, dimension: str, values: set[str]
) -> None:
    assert watched(deployed, dimension)[metric] == values


def test_alarms_look_at_exactly_the_dimensions_that_are_emitted(deployed: Templates) -> None:
    emitted: dict[str, set[str]] = {}
    for call in calls("count", "measure_ms"):
        given = [*call.args[2:], *(keyword.value for keyword in call.keywords if keyword.arg == "dimensions")]
        keys = {text_of(key) for node in given if isinstance(node, ast.Dict) for key in node.keys if key}
        emitted.setdefault(str(text_of(call.args[0])), set()).update({"service", *map(str, keys)})

    for alarm in deployed.properties("AWS::CloudWatch::Alarm"):
        if alarm["Namespace"] == "Tiller":
            assert {dimension["Name"] for dimension in alarm["Dimensions"]} == emitted[alarm["MetricName"]], alarm[
                "MetricName"
            ]


def test_every_alarm_tells_somebody_and_may_go_off_again(deployed: Templates) -> None:
    for alarm in deployed.properties("AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"]
        if alarm["Namespace"] == "Tiller" and alarm["MetricName"] != "OutboxOldest":
            assert alarm["TreatMissingData"] == "notBreaching", "without new counts it must be over"
