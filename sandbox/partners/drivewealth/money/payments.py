"""Deposits and redemptions at the simulated broker, and the cash that they move."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.partners.drivewealth.events import EventPublisher
from sandbox.partners.drivewealth.money import wire
from sandbox.partners.drivewealth.money.outcomes import AT_ONCE, first_status, follows_at
from sandbox.partners.drivewealth.money.requests import Order, cents_in, order_in
from sandbox.partners.drivewealth.state import Account, BrokerError, Payment, State, malformed
from trading.platform.clock import trading_date

MAX_A_DAY_CENTS = 50_000_00
ANSWERS: Mapping[object, int] = {"RIA_Approved": wire.RIA_APPROVED, "RIA_Rejected": wire.RIA_REJECTED}
"""What an advisor may say to a redemption."""

_CAME_TO_NOTHING = frozenset({wire.FAILED, wire.RETURNED, wire.RIA_REJECTED, wire.REJECTED})
_PROMISED = frozenset({wire.RIA_APPROVED, wire.APPROVED, wire.PENDING})
_AT_ONCE_COMMENT = "Valid instant funding deposit. Approved, waiting on net settlement."


@dataclass(frozen=True)
class Payments:
    """The payments of a state, as of one moment; `knows_token` judges Plaid's processor tokens."""

    state: State
    now: datetime
    publisher: EventPublisher
    knows_token: Callable[[str], bool]

    def order(self, category: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a deposit or a redemption, and publish it.

        Raises:
            BrokerError: `E030` unless the account is open, `K110` if Plaid's word is not good any
                more, `E000` above what a day allows, `E400`, or 404.
        """
        wanted = order_in(category, body)
        account = self.state.numbered(wanted.account_no)
        pays_out = category == "REDEMPTION" and account.status == "OPEN_NO_NEW_TRADES"
        if account.status != "OPEN" and not pays_out:
            raise BrokerError(400, "E030", "sub-account is not open")
        if wanted.bank_account_id is not None:
            bank = self.state.bank_account(wanted.bank_account_id)
            if not self.knows_token(bank.processor_token):
                raise BrokerError(400, "K110", "Plaid processor token provided is invalid")
        payment = self._payment(category, wanted, account)
        self._hold_to_limit(payment)
        self.state.payments[payment.payment_id] = payment
        self._publish("created", payment)
        return wire.payment_json(payment, account)

    def approve(self, payment_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take the advisor's word on a redemption.

        Raises:
            BrokerError: `E032` if it waits for none any more, `Y075` if there is too little cash.
        """
        payment = self.state.payment(payment_id, "REDEMPTION")
        account = self.state.accounts[payment.account_id]
        if payment.status != wire.RIA_PENDING:
            raise BrokerError(400, "E032", "Redemption is not pending approval")
        answer = ANSWERS.get(body.get("status"))
        if answer is None:
            raise malformed("status is not allowed")
        if answer == wire.RIA_APPROVED and payment.cents > account.cash_cents - self._promised(account):
            raise BrokerError(400, "Y075", "Amount exceeds available cash")
        payment.comment = str(body.get("statusComment") or "")
        self.move(payment, answer)
        return wire.payment_json(payment, account)

    def move(self, payment: Payment, status: int) -> None:
        """Change a payment's status with its cash, and publish it."""
        payment.status, payment.updated = status, self.now
        account, sign = self.state.accounts[payment.account_id], 1 if payment.is_deposit else -1
        moves = status == wire.SUCCESSFUL
        if moves != payment.has_moved_cash:
            account.cash_cents += (1 if moves else -1) * (sign * payment.cents - payment.fee_cents)
        payment.has_moved_cash = moves
        payment.due = follows_at(payment, self.now)
        self._publish("updated", payment)

    def announce(self, payment: Payment, status: int) -> None:
        """Publish a status that the payment does not have."""
        self._publish("updated", payment, status)

    def put_in(self, account_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Put cash into an account, out of nowhere."""
        account, cents = self.state.account(account_id), cents_in(body.get("amount"))
        account.cash_cents += cents
        self.state.events += 1
        return wire.transaction_json(account, cents, str(body.get("comment") or ""), self.state.events)

    def _payment(self, category: str, wanted: Order, account: Account) -> Payment:
        number, letter = len(self.state.payments) + 100, category[0]
        cents = account.cash_cents - self._promised(account) if wanted.cents is None else wanted.cents
        if cents <= 0:
            raise BrokerError(400, "Y075", "Amount exceeds available cash")
        at_once = category == "DEPOSIT" and (wanted.kind == "INSTANT_FUNDING" or cents % 100 == AT_ONCE)
        payment = Payment(
            payment_id=f"{account.account_no}-{1_600_000_000_000 + number}-{letter}{number:04d}",
            category=category,
            account_id=account.account_id,
            bank_account_id=wanted.bank_account_id,
            cents=cents,
            note=wanted.note,
            created=self.now,
            updated=self.now,
            status=wire.STARTED,
            kind="INSTANT_FUNDING" if at_once else wanted.kind,
            code=wanted.code,
            comment=_AT_ONCE_COMMENT if at_once else "",
        )
        payment.status = first_status(payment)
        payment.due = follows_at(payment, self.now)
        return payment

    def _hold_to_limit(self, payment: Payment) -> None:
        today = sum(
            other.cents
            for other in self.state.payments.values()
            if (other.account_id, other.category, other.kind) == (payment.account_id, payment.category, payment.kind)
            and trading_date(other.created) == trading_date(self.now)
            and other.status not in _CAME_TO_NOTHING
        )
        if payment.kind == "ACH" and today + payment.cents > MAX_A_DAY_CENTS:
            kind = payment.category.capitalize()
            message = f"{kind} transaction exceeds maximum daily ACH {kind.lower()} transaction limit"
            raise BrokerError(400, "E000", message)

    def _promised(self, account: Account) -> int:
        """Return the cash that approved redemptions will take."""
        return sum(
            payment.cents
            for payment in self.state.payments.values()
            if payment.account_id == account.account_id and not payment.is_deposit and payment.status in _PROMISED
        )

    def _publish(self, what: str, payment: Payment, status: int | None = None) -> None:
        account = self.state.accounts[payment.account_id]
        name = "deposits" if payment.is_deposit else "redemptions"
        payload = wire.payment_event(payment, account, payment.status if status is None else status)
        self.publisher.publish(f"{name}.{what}", payload, self.state.users[account.user_id])
