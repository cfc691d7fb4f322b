"""Alarms on what the code reports: events that a person should look at, and an API that fails.

An alarm reports a change of its state alone. One on a level (a queue's age, letters in a dead-letter
queue) says that something is so, once, as long as it is. Whatever may get worse is therefore counted,
too, each time that it does: the sum of five minutes is an alarm, which is over where nothing was counted
in the next five, and goes off again with the next count.
"""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.catalogue import FUNCTIONS
from trading.automation.closer.models import POSITIONS_LEFT_OPEN
from trading.automation.day_trading.closing import NOT_FLATTENED
from trading.automation.day_trading.entries import ORDERS_REFUSED
from trading.automation.events import CloseDelayed, PositionSwept, ProofFailed, SessionMissed, SessionNoSignals
from trading.billing.events import (
    ChargeDisputed,
    CreditPayoutDue,
    EvidenceDueSoon,
    EvidenceOverdue,
    PaymentNotOwed,
    RefundFailed,
)
from trading.brokerage.events import BrokerStatusUnknown
from trading.funding.events import (
    DepositReturned,
    DiscrepancyFound,
    PaymentDisagrees,
    TradingPaused,
    WithdrawalReturned,
)
from trading.platform.deferrals import MESSAGES_OVERDUE
from trading.platform.domain_events import QUEUES, Lane
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.queue import DEAD_LETTERS
from trading.signals.events import GateChanged

PERIOD = cdk.Duration.minutes(5)
SERVER_ERRORS = 5
LAG_MS = 5_000
OLDEST_MS = 60_000

ALARMING_EVENTS = {
    SessionMissed.name: "a session's plan or entries came too late, so nothing was bought",
    SessionNoSignals.name: "a portfolio had no candidates to plan with",
    CloseDelayed.name: "a position could not be sold for want of a quote",
    PositionSwept.name: "the independent closer sold what the trading day should have sold",
    OutcomeNeedsPerson.name: "nobody could find out what became of a request to a partner",
    BrokerStatusUnknown.name: "the broker uses a status that we do not know",
    DiscrepancyFound.name: "the broker's cash is not what our books say",
    PaymentDisagrees.name: "a payment at the broker is another than our money flow asked for",
    WithdrawalReturned.name: "a withdrawal came back after it had succeeded",
    DepositReturned.name: "a bank took a deposit back after it had succeeded",
    TradingPaused.name: "a person's trading was paused",
    "push_refused": "Firebase refused a push for what it says: our message is wrong",
    "partner_keys_unusable": "a partner is not asked, since our keys of it lack a field or cannot be read",
    "push_rights_refused": "Firebase refuses all pushes: our keys or rights are wrong",
    ChargeDisputed.name: "a bank contests a payment or asks about it, or that got worse",
    EvidenceDueSoon.name: "a bank waits for evidence in a dispute, for two days more at most",
    EvidenceOverdue.name: "the deadline for evidence in a dispute passed without any",
    RefundFailed.name: "money that was given back did not arrive",
    PaymentNotOwed.name: "money came for an invoice that is not owed, and is a credit now",
    CreditPayoutDue.name: "a credit on a closed account must be paid out",
    GateChanged.name: "a strategy's verdict changed: portfolios begin to trade by it, or end to",
    ProofFailed.name: "after the close a portfolio was not flat, or its ledger not equal to its cash",
}

ALARMING_METRICS = {
    "UnknownChargeStatuses": "Stripe uses a status of charges that we do not know",
    "UnknownDisputeStatuses": "Stripe uses a status of disputes that we do not know",
    "AccountsNotFound": "the broker does not know an account that we have as open",
    "AccountsWithoutMoney": "the broker tells no cash of an account that we have as open",
    "ExecutionsAgainstOrders": "the broker bought where a sale was wanted, or sold where a purchase was",
    POSITIONS_LEFT_OPEN: "a position is open after the close or before the open, where none may be",
    "PositionsSwept": "the independent closer found positions that the trading day should have sold",
    ORDERS_REFUSED: "the broker refused an order of day trading",
    NOT_FLATTENED: "a rail ordered all positions to be sold, and minutes later some are still open",
    DEAD_LETTERS: "a message went to a dead-letter queue, where nothing works it off",
    "CorporateActionsForOperators": "a company did to its shares what only a person can apply, or take back",
    "CorporateActionsUnavailable": "what companies do to their shares could not be read",
    "SignalsUnavailable": "there are no signals of an exchange to plan a day with: their data could not be had",
    "StrategiesNotJudged": "what recommendations came to could not be read, so the verdict is of an earlier day",
    "TrainingsFailed": "no model came of a training: the last one goes on, and is a week older each time",
    "FeeApprovalsFailed": "the broker did not let us approve a fee that is taken from cash",
    "InvalidStatuses": "what the broker tells of a portfolio does not add up, so it is not traded",
    "RunsStuck": "an autopilot run has not ended for long",
    "UnknownRunStatuses": "the broker uses a status of autopilot runs that we do not know",
    "CorporateActionsUnreadable": "announcements of corporate actions that we cannot read or do not support",
    MESSAGES_OVERDUE: "work has waited for a partner for more than an hour",
}
"""What is counted each time it is met, by the metric's name."""

RUNS_ABANDONED, QUEUE_FAILURES = "RunsAbandoned", "OutboxQueueFailures"


class AlarmStack(cdk.Stack):
    """The alarms that belong to no single queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env: cdk.Environment, api: apigateway.HttpApi, alarms: sns.ITopic
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self._alarms = alarms
        for event, meaning in ALARMING_EVENTS.items():
            metric = _metric("DomainEvents", cloudwatch.Stats.SUM, type=event)
            self._alarm(event, metric=metric, threshold=1, meaning=meaning)
        for name, meaning in ALARMING_METRICS.items():
            self._alarm(name, metric=_metric(name, cloudwatch.Stats.SUM), threshold=1, meaning=meaning)
        self._watch_runs()
        self._watch_outbox()
        self._watch_crashes()
        failing = api.metric_server_error(statistic=cloudwatch.Stats.SUM, period=PERIOD)
        self._alarm("server_errors", metric=failing, threshold=SERVER_ERRORS, meaning="the API answers with 5xx")

    def _watch_outbox(self) -> None:
        """Watch the time from commit to queue, as carried and as waited; that nobody measures it is an alarm too."""
        for queue in sorted(frozenset().union(*QUEUES.values())):
            failures = _metric(QUEUE_FAILURES, cloudwatch.Stats.SUM, queue=queue)
            self._alarm(f"outbox_to_{queue}", metric=failures, threshold=1, meaning=f"{queue} takes no events")
        for lane in Lane:
            lag = _metric("OutboxLag", "p95", lane=lane)
            self._alarm(f"outbox_lag_{lane}", metric=lag, threshold=LAG_MS, meaning=f"{lane} events come late")
        oldest, missing = (
            _metric("OutboxOldest", cloudwatch.Stats.MAXIMUM),
            cloudwatch.TreatMissingData.BREACHING,
        )
        meaning = "an event waits for its queue, or nobody looks whether one does"
        self._alarm("outbox_oldest", metric=oldest, threshold=OLDEST_MS, meaning=meaning, missing=missing)

    def _watch_runs(self) -> None:
        for job in (row.name for row in FUNCTIONS if row.fans_out):
            metric = _metric(RUNS_ABANDONED, cloudwatch.Stats.SUM, job=job)
            meaning = f"a run of {job} was given up before it had reached everybody"
            self._alarm(f"run_abandoned_{job}", metric=metric, threshold=1, meaning=meaning)

    def _watch_crashes(self) -> None:
        """Watch functions that were killed, or let an error out: what they worked on is counted by nobody else."""
        metric = cloudwatch.Metric(
            namespace="AWS/Lambda", metric_name="Errors", statistic=cloudwatch.Stats.SUM, period=PERIOD
        )
        self._alarm(
            "functions_crashed", metric=metric, threshold=1, meaning="a function was killed or let an error out"
        )

    def _alarm(
        self,
        name: str,
        *,
        metric: cloudwatch.Metric,
        threshold: int,
        meaning: str,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=meaning,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self._alarms))


def _metric(name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="Tiller",
        metric_name=name,
        dimensions_map={"service": "tiller", **dimensions},
        statistic=statistic,
        period=PERIOD,
    )
