"""The broker's formats for accounts, their cash, and bank accounts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.partners.drivewealth.state import Account, BankAccount, User
from sandbox.partners.drivewealth.wire import LIVE, RIA_MANAGED, parent, when

_ACCOUNT_WORDS: Mapping[str, str] = {
    "PENDING": "Pending",
    "OPEN": "Open",
    "OPEN_NO_NEW_TRADES": "Open, no new trades",
    "FROZEN": "Frozen",
    "CLOSED": "Closed",
}
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


def account_json(account: Account, owner: User) -> dict[str, Any]:
    """Return an account as REST shows it."""
    shown = {
        "id": account.account_id,
        "accountNo": account.account_no,
        "accountType": LIVE,
        "accountMgmtType": RIA_MANAGED,
        "status": {"name": account.status, "description": _ACCOUNT_WORDS.get(account.status, account.status)},
        "tradingType": {"name": "CASH", "description": "Cash account"},
        "leverage": 1,
        "nickname": f"{owner.of('BASIC_INFO').get('firstName')}'s {RIA_MANAGED['description']}",
        "parentIB": parent(owner.parent_ib_id),
        "taxProfile": {"taxStatusCode": "W-9", "taxRecipientCode": "INDIVIDUAL"},
        "commissionID": _COMMISSION_ID,
        "userID": account.user_id,
        "bod": dict.fromkeys(
            ("moneyMarket", "equityValue", "cashAvailableForWithdrawal", "cashAvailableForTrading", "cashBalance"), 0
        ),
        "ria": _advisor(account),
        "sweepInd": True,
        "ignoreMarketHoursForTest": account.ignores_hours,
        "createdWhen": when(account.created),
        "updatedWhen": when(account.updated),
        **dict.fromkeys(("goodFaithViolations", "patternDayTrades", "freeTradeBalance"), 0),
        **dict.fromkeys(_NOT_SO, False),
    }
    return {**shown, "openedWhen": when(account.opened)} if account.opened else shown


def account_event(account: Account) -> dict[str, Any]:
    """Return the payload of `accounts.*`: ids alone."""
    return {"accountNo": account.account_no, "accountID": account.account_id, "userID": account.user_id}


def cash_json(account: Account, now: datetime) -> dict[str, Any]:
    """Return an account's cash as REST shows it."""
    cash = account.cash_cents / 100
    return {
        "accountID": account.account_id,
        "accountNo": account.account_no,
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


def bank_account_json(bank_account: BankAccount, owner: User) -> dict[str, Any]:
    """Return a bank account as REST shows it: numbers masked, its type left out."""
    basic = owner.of("BASIC_INFO")
    return {
        "id": bank_account.bank_account_id,
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
            "bankAccountNickname": bank_account.nickname,
            "bankAccountNumber": f"****{bank_account.bank_account_id[-4:]}",
            "bankRoutingNumber": "****0001",
        },
        "status": "ACTIVE",
        "created": when(bank_account.created),
        "updated": when(bank_account.created),
    }


def _advisor(account: Account) -> dict[str, str]:
    shown = {"advisorID": account.ria_user_id, "productID": account.ria_product_id}
    return {**shown, "portfolioID": account.portfolio_id} if account.portfolio_id else shown
