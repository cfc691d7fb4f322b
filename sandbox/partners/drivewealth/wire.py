"""The broker's formats: what REST shows and what events tell, which are not the same."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.partners.drivewealth.state import Account, BankAccount, Payment, User

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
_ACCOUNT_WORDS: Mapping[str, str] = {
    "PENDING": "Pending",
    "OPEN": "Open",
    "OPEN_NO_NEW_TRADES": "Open, no new trades",
    "FROZEN": "Frozen",
    "CLOSED": "Closed",
}
_LIVE = {"name": "LIVE", "description": "Live Account"}
_MANAGED = {"name": "RIA_MANAGED", "description": "Robo Advisor Managed Account"}
_NOT_SO = (
    "beneficiaries",
    "restricted",
    "gfvPdtExempt",
    "buyingPowerOverride",
    "interestFree",
    "flaggedForACATS",
    "extendedHoursEnrolled",
)
_COMMISSION_ID = "99999999-0000-4000-8000-000000000001"
_TRANSACTION_TYPES: Mapping[str, str] = {
    "DEPOSIT": "00000000-0000-4000-8000-000000000001",
    "REDEMPTION": "00000000-0000-4000-8000-000000000002",
}
_CODES: Mapping[str, tuple[str, str]] = {
    "DEPOSIT": ("RECEIPT_ACH", "Cash Receipt - ACH"),
    "REDEMPTION": ("DISBURSEMENT_ACH", "Cash Disbursement - ACH"),
}
_REASONS: Mapping[int, str] = {FAILED: "R01: insufficient funds", RETURNED: "R10: not authorized"}


def when(moment: datetime) -> str:
    """Return a moment as REST shows it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def nanoseconds(moment: datetime, more: int) -> str:
    """Return a moment as events show it: with nanoseconds, by which alone two events may differ."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}{more % 1000:03d}Z"


def parent(user_id: str) -> dict[str, str]:
    """Return the advisor above a user or an account."""
    return {"id": user_id, "name": "Example Advisor"}


def account(each: Account, owner: User) -> dict[str, Any]:
    """Return an account as REST shows it."""
    told = {
        "id": each.account_id,
        "accountNo": each.account_no,
        "accountType": _LIVE,
        "accountMgmtType": _MANAGED,
        "status": {"name": each.status, "description": _ACCOUNT_WORDS.get(each.status, each.status)},
        "tradingType": {"name": "CASH", "description": "Cash account"},
        "leverage": 1,
        "nickname": f"{owner.of('BASIC_INFO').get('firstName')}'s {_MANAGED['description']}",
        "parentIB": parent(owner.parent_ib_id),
        "taxProfile": {"taxStatusCode": "W-9", "taxRecipientCode": "INDIVIDUAL"},
        "commissionID": _COMMISSION_ID,
        "userID": each.user_id,
        "bod": dict.fromkeys(
            ("moneyMarket", "equityValue", "cashAvailableForWithdrawal", "cashAvailableForTrading", "cashBalance"), 0
        ),
        "ria": _advisor(each),
        "sweepInd": True,
        "ignoreMarketHoursForTest": each.ignores_hours,
        "createdWhen": when(each.created),
        "updatedWhen": when(each.updated),
        **dict.fromkeys(("goodFaithViolations", "patternDayTrades", "freeTradeBalance"), 0),
        **dict.fromkeys(_NOT_SO, False),
    }
    return {**told, "openedWhen": when(each.opened)} if each.opened else told


def account_event(each: Account) -> dict[str, Any]:
    """Return the payload of `accounts.*`: ids alone."""
    return {"accountNo": each.account_no, "accountID": each.account_id, "userID": each.user_id}


def money(each: Account, now: datetime) -> dict[str, Any]:
    """Return an account's cash as REST shows it."""
    cash = each.cash_cents / 100
    return {
        "accountID": each.account_id,
        "accountNo": each.account_no,
        "tradingType": "CASH",
        "updated": when(now),
        "cash": {
            "cashAvailableForTrade": max(cash, 0.0),
            "cashAvailableForWithdrawal": max(cash, 0.0),
            "cashBalance": cash,
            "noBuyingPowerReason": [],
            "cashSettlement": [{"utcTime": when(now), "cash": cash}] if cash > 0 else [],
            "pendingPaymentsAmount": 0.0,
        },
    }


def bank_account(each: BankAccount, owner: User) -> dict[str, Any]:
    """Return a bank account as REST shows it: numbers masked, its type left out."""
    basic = owner.of("BASIC_INFO")
    return {
        "id": each.bank_account_id,
        "userDetails": {
            "userID": owner.user_id,
            "username": f"user{owner.user_id.replace('-', '')[:26]}",
            "firstName": basic.get("firstName"),
            "lastName": basic.get("lastName"),
            "email": basic.get("emailAddress"),
            "parentIB": parent(owner.parent_ib_id),
            "wlpID": owner.wlp_id,
        },
        "bankAccountDetails": {
            "bankAccountNickname": each.nickname,
            "bankAccountNumber": f"****{each.bank_account_id[-4:]}",
            "bankRoutingNumber": "****0001",
        },
        "status": "ACTIVE",
        "created": when(each.created),
        "updated": when(each.created),
    }


def payment(each: Payment, of: Account) -> dict[str, Any]:
    """Return a payment as REST shows it: a status object, fees, and redemptions negative."""
    status = {"id": each.status, "message": NAMES[each.status], "comment": each.comment, "updated": when(each.updated)}
    told: dict[str, Any] = {
        "id": each.payment_id,
        "paymentID": each.payment_id,
        "type": each.kind,
        "amount": _amount(each),
        "currency": {"name": "USD", "description": "US Dollar", "symbol": "$"},
        "status": status,
        "accountDetails": {
            "accountID": of.account_id,
            "accountNo": of.account_no,
            "accountType": _LIVE,
            "accountManagementType": _MANAGED,
        },
        "wlpFinTranTypeID": _TRANSACTION_TYPES[each.category],
        "timestamp": when(each.created),
    }
    if not each.is_deposit:
        told["fees"] = [{"type": each.kind, "amount": each.fee_cents / 100}] if each.fee_cents else []
    if each.has_moved_cash:
        told["finTranReference"] = _transaction(each)
    return told if each.note is None else {**told, "note": each.note}


def payment_event(each: Payment, of: Account, status: int) -> dict[str, Any]:
    """Return the payload of `deposits.*` and `redemptions.*`: a number and a name side by side, no fees."""
    code, description = _CODES[each.category]
    return {
        "paymentID": each.payment_id,
        "category": each.category,
        "type": each.kind,
        "amount": _amount(each),
        "currency": "USD",
        "status": status,
        "statusMessage": "RETURNED" if status == RETURNED and each.is_deposit else NAMES[status],
        "statusComment": each.comment,
        "created": when(each.created),
        "userID": of.user_id,
        "accountID": of.account_id,
        "transactionCode": each.code or code,
        "description": description,
        "note": each.note,
        "finTranRef": _transaction(each) if status == SUCCESSFUL else None,
        "failureReason": _REASONS.get(status),
    }


def transaction(each: Account, cents: int, comment: str, number: int) -> dict[str, Any]:
    """Return what REST shows of cash that was put into an account by hand."""
    return {
        "finTranID": f"GA.{each.account_id[:8]}-{number:012d}",
        "finTranTypeID": "CSR",
        "wlpFinTranTypeID": _TRANSACTION_TYPES["DEPOSIT"],
        "accountAmount": cents / 100,
        "accountBalance": each.cash_cents / 100,
        "comment": comment,
    }


def document(kept: Mapping[str, str]) -> dict[str, Any]:
    """Return a picture of an identity document as REST shows it: never the picture."""
    status = {"name": "PENDING", "description": "Document is being looked at"}
    told = {"documentID": kept["document_id"], "userID": kept["user_id"], "type": kept["type"], "side": kept["side"]}
    return {**told, "status": status}


def _advisor(each: Account) -> dict[str, str]:
    told = {"advisorID": each.ria_user_id, "productID": each.ria_product_id}
    return {**told, "portfolioID": each.portfolio_id} if each.portfolio_id else told


def _transaction(each: Payment) -> str:
    return f"GA.{each.payment_id}"


def _amount(each: Payment) -> float:
    return each.cents / 100 * (1 if each.is_deposit else -1)
