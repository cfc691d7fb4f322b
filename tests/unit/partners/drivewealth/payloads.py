"""What the broker answers, in its shapes; every person and number is made up."""

from typing import Any

USER_ID = "user-ada"
ACCOUNT_ID = "user-ada.1700000000001"
ACCOUNT_NO = "TLR0000042"
BANK_ID = "bank_ada-checking"
DEPOSIT_ID = "TLR0000042-1700000000002-D1"
REDEMPTION_ID = "TLR0000042-1700000000003-R1"
NOTE = "flow-7"


def user(status: str = "PENDING") -> dict[str, Any]:
    return {
        "id": USER_ID,
        "firstName": "Ada",
        "idNo": "****4321",
        "status": {"name": status, "description": "-"},
        "parentIB": {"id": "firm-1", "name": "Tiller"},
    }


def kyc(name: str | None = "KYC_APPROVED", *errors: Any, updated: str = "2026-03-01T10:00:00.5Z") -> dict[str, Any]:
    check: dict[str, Any] = {"status": {"name": name}, "statusComment": "canary-comment", "updated": updated}
    return {"kyc": check | ({"errors": list(errors)} if errors else {})}


def account(status: Any = None) -> dict[str, Any]:
    return {
        "id": ACCOUNT_ID,
        "accountNo": ACCOUNT_NO,
        "accountType": {"name": "LIVE"},
        "accountMgmtType": {"name": "RIA_MANAGED"},
        "status": status or {"name": "OPEN", "description": "Open"},
        "userID": USER_ID,
    }


def money() -> dict[str, Any]:
    cash = {"cashAvailableForTrade": 350.1, "cashAvailableForWithdrawal": 120.0, "cashBalance": 400}
    return {"accountID": ACCOUNT_ID, "accountNo": ACCOUNT_NO, "cash": cash | {"noBuyingPowerReason": []}}


def bank_account() -> dict[str, Any]:
    return {
        "id": BANK_ID,
        "userDetails": {"userID": USER_ID, "firstName": "Ada"},
        "bankAccountDetails": {
            "bankAccountNickname": "Everyday",
            "bankAccountNumber": "****9876",
            "bankRoutingNumber": "****5432",
        },
        "status": "ACTIVE",
    }


def deposit(amount: Any = 100.25, message: Any = "Pending", number: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": DEPOSIT_ID,
        "paymentID": DEPOSIT_ID,
        "type": "ACH",
        "amount": amount,
        "currency": {"name": "USD", "symbol": "$"},
        "status": {"id": number, "message": message, "comment": "waits for the bank"},
        "accountDetails": {"accountID": ACCOUNT_ID, "accountNo": ACCOUNT_NO},
        "note": NOTE,
        **more,
    }


def redemption(amount: Any = -100.0, message: Any = "RIA_Pending", number: Any = 11, **more: Any) -> dict[str, Any]:
    fees = [{"type": "ACH", "amount": 0.25}, {"type": "WIRE", "amount": 1.1}]
    own = {"id": REDEMPTION_ID, "paymentID": REDEMPTION_ID, "fees": fees, "finTranReference": "JJ.1"}
    return deposit(amount, message, number) | own | more


def error(code: str = "E000", message: str = "canary-message") -> dict[str, str]:
    return {"errorCode": code, "message": message}
