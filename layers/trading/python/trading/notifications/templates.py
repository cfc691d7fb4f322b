"""Titles and texts, in one place: by the event's record and, for more languages to come, by language.

A template names the class of its notification, the fields of its event that its deep link and data are made of,
the cause that the notification is open for until that resolves, and the causes that it resolves itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trading.automation.events import CorporateActionApplied, EntriesBlocked, SessionSummary, StopHit, TargetHit
from trading.banking.events import BankNeedsReauth
from trading.billing.events import (
    BillingHoldLifted,
    BillingHoldSet,
    CardNeeded,
    ChargeActionRequired,
    ChargeFailed,
    CommissionCharged,
    DisputeClosed,
    DisputeEvent,
    InvoiceCredited,
    InvoiceEvent,
    PaymentDisputed,
    RefundFailed,
)
from trading.brokerage.halts import HaltStrength
from trading.funding.events import (
    DepositFailed,
    DepositReturned,
    DepositSucceeded,
    TradingPaused,
    TradingResumed,
    WithdrawalFailed,
    WithdrawalSucceeded,
)
from trading.kyc.events import KycStatusChanged
from trading.managed.events import OrderCancelled, OrderExecuted, OrderFailed, TtfRebalanced
from trading.notifications.models import NotificationClass
from trading.platform.domain_events import PersonEvent

LANGUAGE = "en"
Payload = Mapping[str, str | int]
Cause = Callable[[Any], str]


@dataclass(frozen=True)
class Template:
    """The text of an event's notification.

    `{amount}` becomes its `amount_cents` (or what was executed) in dollars, `{executed}` says whether that was
    bought or sold, `{positions}` counts what was opened, and `{standing}` puts the identity check's status in words.
    `{pause}` says what a pause holds.
    `{portfolio}` names the portfolio that it speaks of, `{in_portfolio}` and `{of_portfolio}` where there is one.
    """

    notification_class: NotificationClass
    title: str
    text: str
    link: str
    opens: Cause | None = None
    resolves: Cause | None = None


def _invoice(event: InvoiceEvent) -> str:
    return f"invoice:{event.invoice_id}"


def _pause(_: PersonEvent) -> str:
    return "pause"


def _hold(_: PersonEvent) -> str:
    return "hold"


def _dispute(event: DisputeEvent) -> str:
    return f"dispute:{event.dispute_id}"


def _card(_: PersonEvent) -> str:
    return "card"


MONEY, COMPLIANCE, ORDERS = NotificationClass.MONEY, NotificationClass.COMPLIANCE, NotificationClass.ORDERS
_FLOW, _VERSION, _BILL = "money-flows/{money_flow_id}", "collection-versions/{version_id}", "invoices/{invoice_id}"
_SESSION = "portfolios/{portfolio_id}/sessions"

ENGLISH: Mapping[type[PersonEvent], Template] = {
    KycStatusChanged: Template(COMPLIANCE, "Your application", "{standing}", "kyc/status"),
    BankNeedsReauth: Template(
        COMPLIANCE, "Connect your bank again", "Please sign in at your bank again.", "funding-accounts"
    ),
    DepositSucceeded: Template(MONEY, "Deposit arrived", "Your deposit of {amount} is in your account.", _FLOW),
    DepositFailed: Template(MONEY, "Deposit failed", "Your deposit of {amount} did not go through.", _FLOW),
    DepositReturned: Template(MONEY, "Deposit returned", "Your bank took back a deposit of {amount}.", _FLOW),
    WithdrawalSucceeded: Template(MONEY, "Withdrawal sent", "Your withdrawal of {amount} was paid out.", _FLOW),
    WithdrawalFailed: Template(MONEY, "Withdrawal failed", "Your withdrawal of {amount} was not paid out.", _FLOW),
    OrderExecuted: Template(
        ORDERS, "Trade confirmation", "Your order{in_portfolio} was carried out: {executed}.", _VERSION
    ),
    OrderFailed: Template(ORDERS, "Order failed", "Your order{in_portfolio} could not be carried out.", _VERSION),
    OrderCancelled: Template(ORDERS, "Order cancelled", "Your order{in_portfolio} was cancelled.", _VERSION),
    TtfRebalanced: Template(ORDERS, "Portfolio rebalanced", "{portfolio} was brought back to its weights.", _VERSION),
    SessionSummary: Template(
        NotificationClass.SESSIONS,
        "Your trading day",
        "{of_portfolio}{positions} opened, {closed} closed, result {pnl}.",
        _SESSION,
    ),
    EntriesBlocked: Template(
        NotificationClass.SESSIONS, "Buying is stopped", "{of_portfolio}{reason}", "portfolios/{portfolio_id}"
    ),
    StopHit: Template(
        NotificationClass.PRICES, "Stop reached", "{of_portfolio}{symbol} reached its stop and was sold.", _SESSION
    ),
    TargetHit: Template(
        NotificationClass.PRICES, "Target reached", "{of_portfolio}{symbol} reached its target and was sold.", _SESSION
    ),
    CorporateActionApplied: Template(
        ORDERS, "What a company did", "{of_portfolio}{detail}.", "portfolios/{portfolio_id}/transactions"
    ),
    TradingPaused: Template(
        COMPLIANCE,
        "{pause_title}",
        "{pause}",
        "profile",
        opens=_pause,
    ),
    TradingResumed: Template(
        COMPLIANCE, "Trading goes on", "Trading on your account goes on.", "profile", resolves=_pause
    ),
    CommissionCharged: Template(
        MONEY, "Commission paid", "Your commission of {amount} was paid.", _BILL, resolves=_invoice
    ),
    ChargeFailed: Template(
        MONEY, "Payment failed", "Your commission of {amount} could not be charged.", _BILL, opens=_invoice
    ),
    ChargeActionRequired: Template(
        MONEY, "Please confirm a payment", "Your bank wants you to confirm {amount}.", _BILL, opens=_invoice
    ),
    BillingHoldSet: Template(
        MONEY, "Buying is stopped", "An invoice is not paid. Buying goes on when it is.", _BILL, opens=_hold
    ),
    InvoiceCredited: Template(MONEY, "Credit", "You have a credit of {amount}; it lowers your next commission.", _BILL),
    PaymentDisputed: Template(
        MONEY, "Payment disputed", "Your bank contests your payment of {amount}.", _BILL, opens=_dispute
    ),
    DisputeClosed: Template(MONEY, "Dispute closed", "{dispute_end}", _BILL, resolves=_dispute),
    RefundFailed: Template(MONEY, "Refund failed", "Your refund of {amount} did not reach your card.", _BILL),
    CardNeeded: Template(
        MONEY,
        "Add a payment method",
        "Your card can no longer be charged. Please add one.",
        "payment-methods",
        opens=_card,
    ),
    BillingHoldLifted: Template(MONEY, "Buying goes on", "Thank you. You may buy again.", _BILL, resolves=_hold),
}
STANDINGS: Mapping[str, str] = {
    "PROCESSING": "Your application is being checked.",
    "APPROVED": "Your application was approved.",
    "INFO_REQUIRED": "Your application needs more information from you.",
    "DOC_REQUIRED": "Your application needs a document from you.",
    "MANUAL_REVIEW": "Your application is being reviewed. This may take a few days.",
    "DENIED": "Your application was not approved.",
}
DISPUTE_ENDS: Mapping[str, str] = {
    "won": "The dispute of your payment of {amount} was decided: the payment stands.",
    "lost": "Your payment of {amount} was given back to you after the dispute, so the commission is owed again.",
    "closed": "The enquiry about your payment of {amount} was closed: the payment stands.",
}
PAUSES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("operator", HaltStrength.NO_NEW_ENTRIES): (
        "Automation is paused",
        "Automation on your account buys nothing for now; you may buy and sell yourself. Please contact support.",
    ),
    ("operator", HaltStrength.REDUCE_ONLY): (
        "Trading is paused",
        "Buying and transfers on your account are paused; selling goes on. Please contact support.",
    ),
    ("operator", HaltStrength.FLATTEN): (
        "Trading is paused",
        "Buying and transfers on your account are paused, and day-trading positions are sold. Please contact support.",
    ),
    ("returned_deposit", HaltStrength.REDUCE_ONLY): (
        "Buying is paused",
        "Your bank took back a deposit. Buying and withdrawals are paused; selling goes on. Please contact support.",
    ),
}
"""Title and text of a pause, by its reason and by how much it holds."""
PAUSED = ("Trading is paused", "Trading on your account is paused. Please contact support.")
LANGUAGES: Mapping[str, Mapping[type[PersonEvent], Template]] = {LANGUAGE: ENGLISH}


def title_of(template: Template, payload: Payload) -> str:
    """Return a template's title for an event."""
    return template.title.format_map(_Fields(payload))


def text_of(template: Template, payload: Payload) -> str:
    """Return a template's text for an event."""
    return template.text.format_map(_Fields(payload))


def link_of(template: Template, payload: Payload) -> str:
    """Return the deep link that a template leads to."""
    return f"tiller://{template.link.format_map(_Fields(payload))}"


class _Fields(dict[str, str]):
    """An event's fields as text, with amounts in dollars."""

    def __init__(self, payload: Payload) -> None:
        super().__init__({name: str(value) for name, value in payload.items()})
        executed = payload.get("executed_cents")
        self["amount"] = _dollars(payload.get("amount_cents") if executed is None else executed)
        self["executed"] = _executed(executed)
        self["pnl"] = _dollars(payload.get("pnl_cents"))
        opened = payload.get("opened", 0)
        self["positions"] = f"{opened} position" if opened == 1 else f"{opened} positions"
        name = str(payload.get("portfolio_name") or "")
        self["portfolio"] = name or "A themed portfolio"
        self["in_portfolio"] = f" in {name}" if name else ""
        self["of_portfolio"] = f"{name}: " if name else ""
        self["dispute_end"] = DISPUTE_ENDS.get(str(payload.get("state")), "").format_map(self)
        pause = str(payload.get("reason")), str(payload.get("strength"))
        self["pause_title"], self["pause"] = PAUSES.get(pause, PAUSED)
        self["standing"] = STANDINGS.get(str(payload.get("status")), "The status of your application changed.")

    def __missing__(self, name: str) -> str:
        return ""


def _executed(cents: object) -> str:
    if not isinstance(cents, int) or not cents:
        return "weights were changed"
    return f"bought for {_dollars(cents)}" if cents > 0 else f"sold for {_dollars(-cents)}"


def _dollars(cents: object) -> str:
    whole = cents if isinstance(cents, int) else 0
    sign = "-" if whole < 0 else ""
    return f"{sign}${abs(whole) // 100:,}.{abs(whole) % 100:02d}"
