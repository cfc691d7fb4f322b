"""What Tiller asks of DriveWealth.

Reads raise `Unavailable`, whatever goes wrong, or `Refused` with `not_found`; lists only the first.
Writes raise `Refused`, with a code of `trading.brokerage.errors`, `Unavailable` where nothing
happened for certain, or `OutcomeUnknown`. `key` makes it safe to send the same request again.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trading.brokerage import errors
from trading.brokerage.models import (
    BrokerAccount,
    BrokerBankAccount,
    BrokerPayment,
    BrokerUser,
    Direction,
    IdentityDocument,
    KycDecision,
    MoneySummary,
    PaymentOrder,
)
from trading.partners.drivewealth import payments, reading, refusals
from trading.partners.drivewealth.connection import Connection
from trading.partners.drivewealth.transport import NOT_REACHED, Call
from trading.partners.drivewealth.wire import path
from trading.platform.errors import Refused, Unavailable

T = TypeVar("T")
Documents = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class DriveWealth:
    """The brokerage, asked as the advisor whose names the stage's secret holds."""

    connection: Connection

    def create_user(self, documents: Documents, *, key: str) -> BrokerUser:
        """Create a user from the documents of an application; the key is also our reference in its metadata."""
        own = self.connection.credentials()
        body = {
            "userType": "INDIVIDUAL_TRADER",
            "wlpID": own["wlp_id"],
            "parentIBID": own["parent_ib_id"],
            "documents": documents,
            "metadata": {"reference": key},
        }
        return self.connection.ask(Call("POST", path("users"), body, key), reading.user)

    def update_user(self, user_id: str, documents: Documents, *, key: str) -> BrokerUser:
        """Replace documents of a user's application."""
        return self.connection.ask(Call("PATCH", path("users", user_id), {"documents": documents}, key), reading.user)

    def user(self, user_id: str) -> BrokerUser:
        """Return a user."""
        return self._read(("users", user_id), reading.user)

    def kyc_status(self, user_id: str) -> KycDecision:
        """Return the state of a user's identity check."""
        return self._read(("users", user_id, "kyc-status"), reading.kyc_decision)

    def upload_document(self, user_id: str, document: IdentityDocument, *, key: str) -> str:
        """Hand in a picture of an identity document; return the broker's id of it."""
        content = b64encode(document.content).decode()
        body = {
            "userID": user_id,
            "type": document.type,
            "document": f"data:{document.content_type};base64,{content}",
            "side": document.side,
        }
        return self.connection.ask(Call("POST", path("documents"), body, key), reading.document)

    def documents_of(self, user_id: str) -> tuple[str, ...]:
        """Return the ids of the documents that were handed in for a user."""
        return self._list(("users", user_id, "documents"), reading.document)

    def open_account(self, user_id: str, *, key: str) -> BrokerAccount:
        """Open a cash account that the advisor manages."""
        own = self.connection.credentials()
        body: dict[str, object] = {
            "userID": user_id,
            "accountType": "LIVE",
            "accountManagementType": "RIA_MANAGED",
            "tradingType": "CASH",
            "riaUserID": own["ria_user_id"],
            "riaProductID": own["ria_product_id"],
        }
        if own.get("ignore_market_hours_for_test") == "true":
            body["ignoreMarketHoursForTest"] = True
        return self.connection.ask(Call("POST", path("accounts"), body, key), reading.account, refusals.ACCOUNTS)

    def account(self, account_id: str) -> BrokerAccount:
        """Return an account."""
        return self._read(("accounts", account_id), reading.account)

    def accounts_of(self, user_id: str) -> tuple[BrokerAccount, ...]:
        """Return a user's accounts."""
        return self._list(("users", user_id, "accounts"), reading.account)

    def money(self, account_id: str) -> MoneySummary:
        """Return an account's cash."""
        return self._read(("accounts", account_id, "summary", "money"), reading.money)

    def create_bank_account(self, user_id: str, *, processor_token: str, nickname: str, key: str) -> BrokerBankAccount:
        """Register a bank account that Plaid vouches for; refused with `bank_needs_reauth` if it does not."""
        body = {"plaidProcessorToken": processor_token, "userID": user_id, "bankAccountNickname": nickname}
        call = Call("POST", path("bank-accounts"), body, key)
        return self.connection.ask(call, reading.bank_account, refusals.BANK_ACCOUNTS)

    def bank_accounts_of(self, user_id: str) -> tuple[BrokerBankAccount, ...]:
        """Return a user's bank accounts, without those that are deleted or disabled."""
        listed = self._list(("users", user_id, "bank-accounts"), reading.bank_account)
        return tuple(account for account in listed if account.is_active)

    def delete_bank_account(self, bank_account_id: str) -> None:
        """Forget a bank account; one that is gone already is fine."""
        try:
            self.connection.ask(Call("DELETE", path("bank-accounts", bank_account_id)), reading.nothing)
        except Refused as refusal:
            if refusal.code != errors.NOT_FOUND:
                raise

    def deposit(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for money from a bank account."""
        return self._pay(Direction.DEPOSIT, order, key)

    def redeem(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for money to be sent to a bank account."""
        return self._pay(Direction.WITHDRAWAL, order, key)

    def take_fee(self, order: PaymentOrder, *, key: str) -> BrokerPayment:
        """Ask for a fee to be moved from an account's cash to the advisor's own."""
        house = self.connection.credentials().get("house_account_no", "")
        call = Call("POST", path("funding", "redemptions"), payments.fee_request(order, house), key)
        return self.connection.ask(call, payments.reader(Direction.WITHDRAWAL), refusals.FUNDING)

    def payment(self, direction: Direction, payment_id: str) -> BrokerPayment:
        """Return a payment."""
        return self._read(("funding", payments.FOLDERS[direction], payment_id), payments.reader(direction))

    def payments_of(self, user_id: str, direction: Direction) -> tuple[BrokerPayment, ...]:
        """Return a user's payments of a direction."""
        parts = ("users", user_id, "funding", payments.FOLDERS[direction])
        return self._list(parts, payments.reader(direction))

    def approve_redemption(self, payment_id: str) -> None:
        """Approve a redemption as the advisor; refused with `already_moved` if it waits no more."""
        call = Call("PATCH", path("funding", "redemptions", payment_id), payments.APPROVAL)
        self.connection.ask(call, reading.nothing, refusals.APPROVALS)

    def reject_redemption(self, payment_id: str) -> None:
        """Reject a redemption as the advisor; refused with `already_moved` if it waits no more."""
        call = Call("PATCH", path("funding", "redemptions", payment_id), payments.REJECTION)
        self.connection.ask(call, reading.nothing, refusals.APPROVALS)

    def _pay(self, direction: Direction, order: PaymentOrder, key: str) -> BrokerPayment:
        call = Call("POST", path("funding", payments.FOLDERS[direction]), payments.request(order), key)
        return self.connection.ask(call, payments.reader(direction), refusals.FUNDING)

    def _read(self, parts: tuple[str, ...], read: Callable[[Any], T], table: refusals.Refusals = refusals.GENERAL) -> T:
        return self.connection.ask(Call("GET", path(*parts)), read, table)

    def _list(self, parts: tuple[str, ...], read: Callable[[Any], T]) -> tuple[T, ...]:
        try:
            return self._read(parts, reading.list_of(read))
        except Refused:
            # "No such user" is not "nothing there": that would pass for a payment that never arrived.
            raise Unavailable(NOT_REACHED) from None
