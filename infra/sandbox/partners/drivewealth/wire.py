"""The broker's formats: what REST shows and what events tell, which are not the same."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.sandbox.partners.drivewealth.state import Account, BankAccount, Payment, User

STARTED, PENDING, SUCCESSFUL, FAILED, RETURNED = 0, 1, 2, 3, 5
RIA_PENDING, RIA_APPROVED, APPROVED, UNKNOWN = 11, 12, 14, -1
NAMES: Mapping[int, str] = {
    STARTED: "Started",
    PENDING: "Pending",
    SUCCESSFUL: "Successful",
    FAILED: "Failed",
    RETURNED: "Returned",
    RIA_PENDING: "RIA_Pending",
    RIA_APPROVED: "RIA_Approved",
    13: "RIA_Rejected",
    APPROVED: "Approved",
    15: "Rejected",
    16: "On Hold",
    17: "Processing",
    UNKNOWN: "Unknown",
}
KYC_CODES: Mapping[str, tuple[str, str]] = {
    "K001": ("AGE_VALIDATION", "Age does not qualify"),
    "K050": ("INVALID_DOCUMENT", "The document is not valid"),
    "K101": ("ADDRESS_NOT_MATCH", "No match found for address"),
    "K102": ("SSN_NOT_MATCH", "No match found for Social Security Number"),
    "K103": ("DOB_NOT_MATCH", "No match found for date of birth"),
    "K104": ("NAME_NOT_MATCH", "No match found for name"),
    "K110": ("INVALID_NAME_TOO_LONG", "A name is too long"),
}
KYC_COMMENTS: Mapping[str, str] = {
    "KYC_DENIED": "PII mismatch",
    "KYC_MANUAL_REVIEW": "A person looks at it",
    "KYC_INFO_REQUIRED": "Information does not match",
    "KYC_DOC_REQUIRED": "A document is needed",
}
USER_WORDS: Mapping[str, str] = {
    "PENDING": "User is pending approval.",
    "APPROVED": "User approved.",
    "CLOSED": "User closed.",
}


def when(moment: datetime) -> str:
    """Return a moment as REST shows it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def nanoseconds(moment: datetime, more: int) -> str:
    """Return a moment as events show it: with nanoseconds, by which alone two events may differ."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}{more % 1000:03d}Z"


def user(each: User) -> dict[str, Any]:
    """Return a user as REST shows it: the tax id masked."""
    basic = each.documents.get("BASIC_INFO", {})
    address = each.documents.get("ADDRESS_INFO", {})
    tax_id = str(each.documents.get("IDENTIFICATION_INFO", {}).get("value", ""))
    return {
        "id": each.user_id,
        "firstName": basic.get("firstName"),
        "lastName": basic.get("lastName"),
        "email": basic.get("emailAddress"),
        "phone": basic.get("phone"),
        "languageID": basic.get("language"),
        "addressLine1": address.get("street1"),
        "city": address.get("city"),
        "stateProvince": address.get("province"),
        "zipPostalCode": address.get("postalCode"),
        "countryID": address.get("country"),
        "idNo": f"****{tax_id[-4:]}",
        "status": {"name": each.status, "description": USER_WORDS.get(each.status, each.status)},
        "userType": {"name": "INDIVIDUAL_TRADER", "description": "Individual Trader"},
        "createdWhen": when(each.created),
        "updatedWhen": when(each.updated),
    }


def kyc(each: User) -> dict[str, Any]:
    """Return a user's identity check as REST shows it: errors by code."""
    told: dict[str, Any] = {"status": {"name": each.kyc}, "updated": when(each.kyc_updated or each.created)}
    if each.kyc_comment:
        told["statusComment"] = each.kyc_comment
    if each.kyc_errors:
        told["errors"] = [
            {"code": code, "description": KYC_CODES.get(code, ("", "Unknown error"))[1]} for code in each.kyc_errors
        ]
    return {"kyc": told}


def kyc_event(each: User, before: str) -> dict[str, Any]:
    """Return the payload of `kyc.updated`: errors by name."""
    details = [KYC_CODES.get(code, (code, ""))[0] for code in each.kyc_errors]
    current = {"status": each.kyc, "statusMessage": each.kyc_comment or each.kyc, "details": details}
    previous = {"status": before, "statusMessage": "User is sent for KYC", "details": details}
    return {"userID": each.user_id, "current": current, "previous": previous}


def account(each: Account) -> dict[str, Any]:
    """Return an account as REST shows it."""
    return {
        "id": each.account_id,
        "accountNo": each.account_no,
        "accountType": {"name": "LIVE", "description": "Live Account"},
        "accountMgmtType": {"name": "RIA_MANAGED", "description": "Robo Advisor Managed Account"},
        "status": {"name": each.status, "description": each.status.title()},
        "tradingType": {"name": "CASH", "description": "Cash account"},
        "leverage": 1,
        "userID": each.user_id,
        "restricted": False,
        "createdWhen": when(each.created),
        "updatedWhen": when(each.updated),
    }


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
            "cashSettlement": [],
            "pendingPaymentsAmount": 0.0,
        },
    }


def positions(each: Account, now: datetime) -> dict[str, Any]:
    """Return what an account holds besides cash: nothing yet."""
    told = {"accountID": each.account_id, "accountNo": each.account_no, "tradingType": "CASH"}
    return {**told, "equityValue": 0.0, "updated": when(now), "equityPositions": []}


def bank_account(each: BankAccount, owner: User) -> dict[str, Any]:
    """Return a bank account as REST shows it: numbers masked."""
    basic = owner.documents.get("BASIC_INFO", {})
    return {
        "id": each.bank_account_id,
        "userDetails": {
            "userID": owner.user_id,
            "firstName": basic.get("firstName"),
            "lastName": basic.get("lastName"),
            "email": basic.get("emailAddress"),
            "wlpID": "EXMP",
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
    told: dict[str, Any] = {
        "id": each.payment_id,
        "paymentID": each.payment_id,
        "type": "ACH",
        "amount": _amount(each),
        "currency": {"name": "USD", "description": "US Dollar", "symbol": "$"},
        "status": {"id": each.status, "message": NAMES[each.status], "comment": "", "updated": when(each.updated)},
        "accountDetails": {"accountID": of.account_id, "accountNo": of.account_no},
        "fees": [{"type": "ACH", "amount": each.fee_cents / 100}] if each.fee_cents else [],
        "timestamp": when(each.created),
    }
    if each.note is not None:
        told["note"] = each.note
    return told


def payment_event(each: Payment, of: Account, status: int) -> dict[str, Any]:
    """Return the payload of `deposits.*` and `redemptions.*`: a number and a name side by side, no fees."""
    name = "RETURNED" if status == RETURNED else NAMES[status]
    code = "RECEIPT_ACH" if each.is_deposit else "DISBURSEMENT_ACH"
    return {
        "paymentID": each.payment_id,
        "category": each.category,
        "type": "ACH",
        "amount": _amount(each),
        "currency": "USD",
        "status": status,
        "statusMessage": name,
        "statusComment": "",
        "userID": of.user_id,
        "accountID": of.account_id,
        "transactionCode": code,
        "note": each.note,
        "finTranRef": f"GA.{each.payment_id}" if status == SUCCESSFUL else None,
        "failureReason": None,
    }


def _amount(each: Payment) -> float:
    return each.cents / 100 * (1 if each.is_deposit else -1)
