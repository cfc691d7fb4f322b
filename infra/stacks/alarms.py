"""Alarms on what the code reports: events that a person should look at, and an API that fails.

An alarm reports a change of its state alone. One on a level (a queue's age, letters in a dead-letter
queue) says that something is so, once, as long as it is. Whatever may get worse is therefore counted,
too, each time that it does: the sum of five minutes is an alarm, which is over where nothing was counted
in the next five, and goes off again with the next count.
"""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.catalogue import FUNCTIONS
from infra.constructs.alarms import Watched, add_alarm
from infra.runbooks import ALARMING_EVENTS, ALARMING_METRICS
from trading.platform.domain_events import QUEUES, Lane

PERIOD = cdk.Duration.minutes(5)
SERVER_ERRORS = 5
LAG_MS = 5_000
OLDEST_MS = 60_000

RUNS_ABANDONED, QUEUE_FAILURES = "RunsAbandoned", "OutboxQueueFailures"


class AlarmStack(cdk.Stack):
    """The alarms that belong to no single queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment, api: apigateway.HttpApi, alarms: sns.ITopic
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._alarms = alarms
        for event, meaning in ALARMING_EVENTS.items():
            self._count(event, _metric("DomainEvents", cloudwatch.Stats.SUM, type=event), event, meaning)
        for name, meaning in ALARMING_METRICS.items():
            self._count(name, _metric(name, cloudwatch.Stats.SUM), name, meaning)
        self._watch_runs()
        self._watch_outbox()
        self._watch_functions()
        failing = api.metric_server_error(statistic=cloudwatch.Stats.SUM, period=PERIOD)
        self._add(
            "server_errors",
            Watched(metric=failing, threshold=SERVER_ERRORS, about="server_errors", meaning="the API answers with 5xx"),
        )

    def _watch_outbox(self) -> None:
        """Watch the time from commit to queue, as carried and as waited; that nobody measures it is an alarm too."""
        for queue in sorted(frozenset().union(*QUEUES.values())):
            failures = _metric(QUEUE_FAILURES, cloudwatch.Stats.SUM, queue=queue)
            self._count(f"outbox_to_{queue}", failures, "outbox_to", f"{queue} takes no events")
        for lane in Lane:
            lag, meaning = _metric("OutboxLag", "p95", lane=lane), f"{lane} events come late"
            watched = Watched(metric=lag, threshold=LAG_MS, about="outbox_lag", meaning=meaning)
            self._add(f"outbox_lag_{lane}", watched)
        oldest = Watched(
            metric=_metric("OutboxOldest", cloudwatch.Stats.MAXIMUM),
            threshold=OLDEST_MS,
            about="outbox_oldest",
            meaning="an event waits for its queue, or nobody looks whether one does",
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
        self._add("outbox_oldest", oldest)

    def _watch_runs(self) -> None:
        for job in (row.name for row in FUNCTIONS if row.fans_out):
            metric = _metric(RUNS_ABANDONED, cloudwatch.Stats.SUM, job=job)
            meaning = f"a run of {job} was given up before it had reached everybody"
            self._count(f"run_abandoned_{job}", metric, "run_abandoned", meaning)

    def _watch_functions(self) -> None:
        """Watch functions that were killed, let an error out, or were not let run: nobody else counts that."""
        crashed, throttled = (
            cloudwatch.Metric(namespace="AWS/Lambda", metric_name=name, statistic=cloudwatch.Stats.SUM, period=PERIOD)
            for name in ("Errors", "Throttles")
        )
        self._count("functions_crashed", crashed, "functions_crashed", "a function was killed or let an error out")
        meaning = "functions are not run, for too many run already"
        self._count("functions_throttled", throttled, "functions_throttled", meaning)

    def _count(self, name: str, metric: cloudwatch.Metric, about: str, meaning: str) -> None:
        """Add an alarm that goes off each time that something is counted."""
        self._add(name, Watched(metric=metric, threshold=1, about=about, meaning=meaning))

    def _add(self, name: str, watched: Watched) -> None:
        add_alarm(self, name, watched, self._alarms)


def _metric(name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="Tiller",
        metric_name=name,
        dimensions_map={"service": "tiller", **dimensions},
        statistic=statistic,
        period=PERIOD,
    )
