"""Payment methods: cards at Stripe, and the cash in an open account at the broker.

The active one is whose `set_active_at` is the latest. The first card becomes active by itself; no other
ever does without being chosen.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from trading.platform.ids import derived_id


class PaymentMethodKind(StrEnum):
    """What a payment method is."""

    CARD = "card"
    CASH = "cash"


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay. `reference` is Stripe's id of a card, or the trading account's of cash.

    One that was removed, is gone at Stripe, or is under dispute (`disputes` names which) is never charged.
    """

    method_id: str
    kind: PaymentMethodKind
    name: str
    reference: str
    created_at: datetime
    set_active_at: datetime | None = None
    removed_at: datetime | None = None
    gone_at: datetime | None = None
    disputed_at: datetime | None = None
    expires_on: date | None = None
    disputes: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """Say whether people see it."""
        return self.removed_at is None

    @property
    def is_lost(self) -> bool:
        """Say whether Stripe forgot it, though its owner did not remove it."""
        return self.gone_at is not None and self.is_there

    @property
    def is_chargeable(self) -> bool:
        """Say whether it may be charged."""
        return self.removed_at is None and self.gone_at is None and self.disputed_at is None


def card_id_of(owner: str, reference: str) -> str:
    """Return the id of a person's card: the same card at Stripe is the same method."""
    return derived_id("payment-method", owner, reference)


def cash_payment_method(owner: str, trading_account_id: str, account_no: str, at: datetime) -> PaymentMethod:
    """Return the method that an open account brings."""
    method_id = derived_id("brokerage-cash", owner, trading_account_id)
    return PaymentMethod(method_id, PaymentMethodKind.CASH, f"Brokerage cash {account_no}", trading_account_id, at)


def in_order(methods: tuple[PaymentMethod, ...]) -> tuple[PaymentMethod, ...]:
    """Return methods as they are listed: the active one first, then by when they were active, then the newest."""
    by_age = sorted(methods, key=lambda method: method.created_at, reverse=True)
    never = [method for method in by_age if method.set_active_at is None]
    # Of two that were set active at one moment, the one that was later is the later one of the tuple.
    been = [method for method in reversed(methods) if method.set_active_at is not None]
    return (*sorted(been, key=lambda method: method.set_active_at or method.created_at, reverse=True), *never)


def activated(methods: tuple[PaymentMethod, ...], method_id: str, at: datetime) -> tuple[PaymentMethod, ...]:
    """Return methods with one of them active, the last of all."""
    others = tuple(method for method in methods if method.method_id != method_id)
    return (*others, *(replace(method, set_active_at=at) for method in methods if method.method_id == method_id))
