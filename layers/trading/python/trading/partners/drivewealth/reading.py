"""DriveWealth's answers as what the areas know: users, accounts, money, bank accounts, instruments."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from trading.brokerage.models import (
    BrokerAccount,
    BrokerBankAccount,
    BrokerUser,
    DayTradeRule,
    KycDecision,
    MoneySummary,
)
from trading.partners.drivewealth import wire
from trading.partners.drivewealth.kyc_errors import kyc_errors
from trading.partners.drivewealth.statuses import KYC_SENTENCES, account_status, kyc_status

Raw = Mapping[str, Any]
_GONE = frozenset({"DELETED", "DISABLED"})
T = TypeVar("T")


def list_of(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    """Return a reader of lists of what `read` reads."""
    return lambda raw: tuple(map(read, wire.rows(raw)))


def nothing(raw: object) -> None:
    """Read an answer that says no more than that it worked."""
    del raw


def user(raw: Raw) -> BrokerUser:
    """Read a user, who may lie in an object of their own."""
    fields = raw["user"] if isinstance(raw.get("user"), Mapping) else raw
    email = wire.optional_text(wire.first(fields, "email", "emailAddress")) or ""
    reference = wire.text_in(fields.get("metadata"), "reference")
    user_id = wire.identifier(wire.first(fields, "id", "userID"))
    return BrokerUser(user_id, wire.name(fields.get("status")), email, reference)


def kyc_decision(raw: Raw) -> KycDecision:
    """Read the state of a user's identity check."""
    check = raw["kyc"]
    name, errors = wire.name(check.get("status")), kyc_errors(check.get("errors"))
    status = kyc_status(name, has_errors=bool(errors))
    return KycDecision(status, name, KYC_SENTENCES[status], errors, wire.moment(check.get("updated")))


def document(raw: Raw) -> str:
    """Read the id of an uploaded document."""
    return wire.identifier(wire.first(raw, "id", "documentID"))


def account(raw: Raw) -> BrokerAccount:
    """Read an account."""
    name, number = wire.name_and_number(raw.get("status"))
    return BrokerAccount(
        account_id=wire.identifier(wire.first(raw, "id", "accountID")),
        account_no=wire.identifier(raw["accountNo"]),
        user_id=wire.identifier(raw["userID"]),
        status=account_status(name or number),
        raw_status=name or wire.shown(number),
        day_trade_rule=_day_trade_rule(raw),
    )


def _day_trade_rule(raw: Raw) -> DayTradeRule:
    """Return the rule by fields that brokers drop one by one: whoever still counts pattern day trades goes by them."""
    trading_type, _ = wire.name_and_number(raw.get("tradingType"))
    if trading_type != "MARGIN":
        return DayTradeRule.NONE
    counts = raw.get("patternDayTrades") is not None and raw.get("gfvPdtExempt") is not True
    return DayTradeRule.PDT if counts else DayTradeRule.INTRADAY_MARGIN


def money(raw: Raw) -> MoneySummary:
    """Read an account's cash."""
    cash = raw["cash"]
    return MoneySummary(
        cash_cents=wire.cents(cash["cashBalance"]),
        available_for_trade_cents=wire.cents(cash["cashAvailableForTrade"]),
        available_for_withdrawal_cents=wire.cents(cash["cashAvailableForWithdrawal"]),
    )


def bank_account(raw: Raw) -> BrokerBankAccount:
    """Read a bank account."""
    details = raw["bankAccountDetails"]
    return BrokerBankAccount(
        bank_account_id=wire.identifier(raw["id"]),
        nickname=wire.optional_text(wire.first(details, "bankAccountNickname", "bankAccountNickName")) or "",
        user_id=wire.text_in(raw.get("userDetails"), "userID"),
        is_active=wire.name(raw.get("status")).upper() not in _GONE,
    )


def instrument_id(raw: Raw) -> str:
    """Read the id of a security."""
    return wire.identifier(wire.first(raw, "id", "instrumentID"))
