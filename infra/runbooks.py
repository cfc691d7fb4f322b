"""Which page of docs/runbooks/ an alarm sends whoever it reaches to: each alarm has one, by what it is about."""

from collections.abc import Mapping

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

ABOUT: Mapping[str, frozenset[str]] = {
    "api": frozenset({"server_errors"}),
    "billing": frozenset(
        {
            "UnknownChargeStatuses",
            "UnknownDisputeStatuses",
            ChargeDisputed.name,
            CreditPayoutDue.name,
            EvidenceDueSoon.name,
            EvidenceOverdue.name,
            PaymentNotOwed.name,
            RefundFailed.name,
        }
    ),
    "corporate-actions": frozenset(
        {"CorporateActionsForOperators", "CorporateActionsUnavailable", "CorporateActionsUnreadable"}
    ),
    "dead-letters": frozenset({DEAD_LETTERS, "dead_letters"}),
    "functions": frozenset({"functions_crashed", "functions_throttled", "near_timeout", "stream_late"}),
    "jobs": frozenset({BACKTESTS_INTERRUPTED, "run_abandoned"}),
    "managed-portfolios": frozenset({"FeeApprovalsFailed", "InvalidStatuses", "RunsStuck", "UnknownRunStatuses"}),
    "money": frozenset(
        {
            "AccountsNotFound",
            "AccountsWithoutMoney",
            DepositReturned.name,
            DiscrepancyFound.name,
            PaymentDisagrees.name,
            TradingPaused.name,
            WithdrawalReturned.name,
        }
    ),
    "outbox": frozenset({"outbox_lag", "outbox_oldest", "outbox_to"}),
    "partners": frozenset({"partner_keys_unusable", "push_refused", "push_rights_refused", BrokerStatusUnknown.name}),
    "queues": frozenset({MESSAGES_OVERDUE, "queue_age"}),
    "signals": frozenset(
        {"SignalsUnavailable", "StrategiesNotJudged", "TrainingsFailed", GateChanged.name, SessionNoSignals.name}
    ),
    "trading-day": frozenset(
        {
            "ExecutionsAgainstOrders",
            "PositionsSwept",
            CloseDelayed.name,
            NOT_FLATTENED,
            ORDERS_REFUSED,
            POSITIONS_LEFT_OPEN,
            PositionSwept.name,
            ProofFailed.name,
            SessionMissed.name,
        }
    ),
    "unknown-outcomes": frozenset({OutcomeNeedsPerson.name}),
}
"""What the alarms of each page are about."""

_PAGES = {about: page for page, abouts in ABOUT.items() for about in abouts}


def described(meaning: str, about: str) -> str:
    """Return an alarm's description: what it means, and the page that says what to do.

    Raises:
        KeyError: if no page is about that.
    """
    return f"{meaning}. What to do: {FOLDER}/{_PAGES[about]}.md"
