"""What alarms, what each of it means, and the page of docs/runbooks/ that says what to do: one table, by page.

`events` are domain events and `metrics` are counted by the code; whatever else a page is about has its alarm where
the queue, function or stack is made, under the names in `others`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from trading.platform.events import OutcomeNeedsPerson
from trading.platform.queue import DEAD_LETTERS
from trading.signals.events import GateChanged

FOLDER = "docs/runbooks"


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a page is about; events and metrics with what they mean."""

    events: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @property
    def about(self) -> frozenset[str]:
        """Return the names of all that the page is about."""
        return self.others.union(self.events, self.metrics)


PAGES: Mapping[str, Page] = {
    "api": Page(
        others=frozenset({"server_errors"}),
    ),
    "billing": Page(
        events={
            ChargeDisputed.name: "a bank contests a payment or asks about it, or that got worse",
            EvidenceDueSoon.name: "a bank waits for evidence in a dispute, for two days more at most",
            EvidenceOverdue.name: "the deadline for evidence in a dispute passed without any",
            RefundFailed.name: "money that was given back did not arrive",
            PaymentNotOwed.name: "money came for an invoice that is not owed, and is a credit now",
            CreditPayoutDue.name: "a credit on a closed account must be paid out",
        },
        metrics={
            "UnknownChargeStatuses": "Stripe uses a status of charges that we do not know",
            "UnknownDisputeStatuses": "Stripe uses a status of disputes that we do not know",
        },
    ),
    "corporate-actions": Page(
        metrics={
            "CorporateActionsForOperators": "a company did to its shares what only a person can apply, or take back",
            "CorporateActionsUnavailable": "what companies do to their shares could not be read",
            "CorporateActionsUnreadable": "announcements of corporate actions that we cannot read or do not support",
        },
    ),
    "dead-letters": Page(
        metrics={
            DEAD_LETTERS: "a message went to a dead-letter queue, where nothing works it off",
        },
        others=frozenset({"dead_letters"}),
    ),
    "functions": Page(
        others=frozenset({"functions_crashed", "functions_throttled", "near_timeout", "stream_late"}),
    ),
    "jobs": Page(
        metrics={
            BACKTESTS_INTERRUPTED: "a back-test that a person asked for broke off as often as it is tried",
        },
        others=frozenset({"run_abandoned"}),
    ),
    "managed-portfolios": Page(
        metrics={
            "FeeApprovalsFailed": "the broker did not let us approve a fee that is taken from cash",
            "InvalidStatuses": "what the broker tells of a portfolio does not add up, so it is not traded",
            "RunsStuck": "an autopilot run has not ended for long",
            "UnknownRunStatuses": "the broker uses a status of autopilot runs that we do not know",
        },
    ),
    "money": Page(
        events={
            DiscrepancyFound.name: "the broker's cash is not what our books say",
            PaymentDisagrees.name: "a payment at the broker is another than our money flow asked for",
            WithdrawalReturned.name: "a withdrawal came back after it had succeeded",
            DepositReturned.name: "a bank took a deposit back after it had succeeded",
            TradingPaused.name: "a person's trading was paused",
        },
        metrics={
            "AccountsNotFound": "the broker does not know an account that we have as open",
            "AccountsWithoutMoney": "the broker tells no cash of an account that we have as open",
        },
    ),
    "outbox": Page(
        others=frozenset({"outbox_lag", "outbox_oldest", "outbox_to"}),
    ),
    "partners": Page(
        events={
            BrokerStatusUnknown.name: "the broker uses a status that we do not know",
            "push_refused": "Firebase refused a push for what it says: our message is wrong",
            "partner_keys_unusable": "a partner is not asked, since our keys of it lack a field or cannot be read",
            "push_rights_refused": "Firebase refuses all pushes: our keys or rights are wrong",
        },
    ),
    "queues": Page(
        metrics={
            MESSAGES_OVERDUE: "work has waited for a partner for more than an hour",
        },
        others=frozenset({"queue_age"}),
    ),
    "signals": Page(
        events={
            SessionNoSignals.name: "a portfolio had no candidates to plan with",
            GateChanged.name: "a strategy's verdict changed: portfolios begin to trade by it, or end to",
        },
        metrics={
            "SignalsUnavailable": "there are no signals of an exchange to plan a day with: their data could not be had",
            "StrategiesNotJudged": "what recommendations came to could not be read: the verdict is of an earlier day",
            "TrainingsFailed": "no model came of a training: the last one goes on, and is a week older each time",
        },
    ),
    "trading-day": Page(
        events={
            SessionMissed.name: "a session's plan or entries came too late, so nothing was bought",
            CloseDelayed.name: "a position could not be sold for want of a quote",
            PositionSwept.name: "the independent closer sold what the trading day should have sold",
            ProofFailed.name: "after the close a portfolio was not flat, or its ledger not equal to its cash",
        },
        metrics={
            "ExecutionsAgainstOrders": "the broker bought where a sale was wanted, or sold where a purchase was",
            POSITIONS_LEFT_OPEN: "a position is open after the close or before the open, where none may be",
            "PositionsSwept": "the independent closer found positions that the trading day should have sold",
            ORDERS_REFUSED: "the broker refused an order of day trading",
            NOT_FLATTENED: "a rail ordered all positions to be sold, and minutes later some are still open",
        },
    ),
    "unknown-outcomes": Page(
        events={
            OutcomeNeedsPerson.name: "nobody could find out what became of a request to a partner",
        },
    ),
}

ALARMING_EVENTS = {name: meaning for page in PAGES.values() for name, meaning in page.events.items()}
"""What each event means that alarms whenever it happens, by its name."""

ALARMING_METRICS = {name: meaning for page in PAGES.values() for name, meaning in page.metrics.items()}
"""What is counted each time it is met, by the metric's name."""

_PAGE_OF = {about: name for name, page in PAGES.items() for about in page.about}


def described(meaning: str, about: str) -> str:
    """Return an alarm's description: what it means, and the page that says what to do.

    Raises:
        KeyError: if no page is about that.
    """
    return f"{meaning}. What to do: {FOLDER}/{_PAGE_OF[about]}.md"
