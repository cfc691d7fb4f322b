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
from trading.automation.closer.models import POSITIONS_LEFT_OPEN
from trading.automation.day_trading.closing import NOT_FLATTENED
from trading.automation.day_trading.entries import ORDERS_REFUSED
from trading.automation.events import CloseDelayed, PositionSwept, ProofFailed, SessionMissed, SessionNoSignals
from trading.backtest.jobs.models import BACKTESTS_INTERRUPTED
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
    BACKTESTS_INTERRUPTED: "a back-test that a person asked for broke off as often as it is tried",
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
