"""The broker's formats for payments: a status object in REST, a number and a name side by side in events."""

from collections.abc import Mapping
from typing import Any

from sandbox.partners.drivewealth.state import Account, Payment
from sandbox.partners.drivewealth.wire import LIVE, RIA_MANAGED, when

STARTED, PENDING, SUCCESSFUL, FAILED, RETURNED = 0, 1, 2, 3, 5
RIA_PENDING, RIA_APPROVED, RIA_REJECTED, APPROVED, REJECTED, UNKNOWN = 11, 12, 13, 14, 15, -1
NAMES: Mapping[int, str] = {
    STARTED: "Started",
    PENDING: "Pending",
    SUCCESSFUL: "Successful",
    FAILED: "Failed",
    4: "Other",
    RETURNED: "Returned",
    RIA_PENDING: "RIA_Pending",
    RIA_APPROVED: "RIA_Approved",
    RIA_REJECTED: "RIA_Rejected",
    APPROVED: "Approved",
    REJECTED: "Rejected",
    16: "On Hold",
    17: "Processing",
    UNKNOWN: "Unknown",
}
_TRANSACTION_TYPES: Mapping[str, str] = {
    "DEPOSIT": "00000000-0000-4000-8000-000000000001",
    "REDEMPTION": "00000000-0000-4000-8000-000000000002",
}
_CODES: Mapping[str, tuple[str, str]] = {
    "DEPOSIT": ("RECEIPT_ACH", "Cash Receipt - ACH"),
    "REDEMPTION": ("DISBURSEMENT_ACH", "Cash Disbursement - ACH"),
}
_REASONS: Mapping[int, str] = {FAILED: "R01: insufficient funds", RETURNED: "R10: not authorized"}


def payment_json(payment: Payment, of: Account) -> dict[str, Any]:
    """Return a payment as REST shows it: a status object, fees, and redemptions negative."""
    status = {
        "id": payment.status,
        "message": NAMES[payment.status],
        "comment": payment.comment,
        "updated": when(payment.updated),
    }
    shown: dict[str, Any] = {
        "id": payment.payment_id,
        "paymentID": payment.payment_id,
        "type": payment.kind,
        "amount": _amount(payment),
        "currency": {"name": "USD", "description": "US Dollar", "symbol": "$"},
        "status": {**status, "updated": when(payment.updated)},
        "accountDetails": {
            "accountID": of.account_id,
            "accountNo": of.account_no,
            "accountType": LIVE,
            "accountManagementType": RIA_MANAGED,
        },
        "wlpFinTranTypeID": _TRANSACTION_TYPES[payment.category],
        "timestamp": when(payment.created),
    }
    if not payment.is_deposit:
        shown["fees"] = [{"type": payment.kind, "amount": payment.fee_cents / 100}] if payment.fee_cents else []
    if payment.has_moved_cash:
        shown["finTranReference"] = _transaction(payment)
    return shown if payment.note is None else {**shown, "note": payment.note}


def payment_event(payment: Payment, of: Account, status: int) -> dict[str, Any]:
    """Return the payload of `deposits.*` and `redemptions.*`: a number and a name side by side, no fees."""
    code, description = _CODES[payment.category]
    return {
        "paymentID": payment.payment_id,
        "category": payment.category,
        "type": payment.kind,
        "amount": _amount(payment),
        "currency": "USD",
        "status": status,
        "statusMessage": "RETURNED" if status == RETURNED and payment.is_deposit else NAMES[status],
        "statusComment": payment.comment,
        "created": when(payment.created),
        "userID": of.user_id,
        "accountID": of.account_id,
        "transactionCode": payment.code or code,
        "description": description,
        "note": payment.note,
        "finTranRef": _transaction(payment) if status == SUCCESSFUL else None,
        "failureReason": _REASONS.get(status),
    }


def transaction_json(account: Account, cents: int, comment: str, number: int) -> dict[str, Any]:
    """Return what REST shows of cash that was put into an account manually."""
    return {
        "finTranID": f"GA.{account.account_id[:8]}-{number:012d}",
        "finTranTypeID": "CSR",
        "wlpFinTranTypeID": _TRANSACTION_TYPES["DEPOSIT"],
        "accountAmount": cents / 100,
        "accountBalance": account.cash_cents / 100,
        "comment": comment,
    }


def _transaction(payment: Payment) -> str:
    return f"GA.{payment.payment_id}"


def _amount(payment: Payment) -> float:
    return payment.cents / 100 * (1 if payment.is_deposit else -1)
