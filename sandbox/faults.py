"""Faults on demand: the next calls of a partner's operation fail in a chosen way."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """How a call fails. `drop_after` acts first and then loses the answer; `hang` does nothing and never answers."""

    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HTTP_500 = "http_500"
    HTTP_429 = "http_429"
    SLOW = "slow"
    HANG = "hang"
    MALFORMED = "malformed"


OPERATIONS: Mapping[str, frozenset[str]] = {
    "market": frozenset({"quotes", "trades", "bars", "corporate_actions"}),
    "plaid": frozenset({"exchange", "balance", "processor_token"}),
    "stripe": frozenset(
        {
            "create_customer",
            "create_checkout_session",
            "create_payment_intent",
            "confirm",
            "cancel",
            "refund",
            "detach",
            "retrieve",
            "search",
        }
    ),
    "firebase": frozenset({"send", "token"}),
    "drivewealth": frozenset(
        {
            "create_user",
            "create_account",
            "create_bank_account",
            "create_deposit",
            "create_redemption",
            "create_portfolio",
            "update_portfolio",
            "create_fund",
            "update_fund",
            "create_autopilot_run",
            "get_status",
            "get_money",
            "approve_redemption",
            "list_deposits",
            "list_redemptions",
        }
    ),
}
"""What each partner's simulator can do; `*` means any of it."""

ALIASES = {"list_deposits": "get_status", "list_redemptions": "get_status"}
"""Operations that another name means as well."""


@dataclass
class Waiting:
    """A fault that waits for its next calls."""

    partner: str
    operation: str
    fault: Fault
    times: int

    def concerns(self, partner: str, operation: str) -> bool:
        """Say whether a call is one of those."""
        return self.partner == partner and self.operation in {operation, ALIASES.get(operation), "*"}


@dataclass
class Faults:
    """The faults that wait to happen, oldest first."""

    _waiting: list[Waiting] = field(default_factory=list)

    def add(self, partner: str, operation: str, fault: Fault, times: int) -> None:
        """Have the next calls fail."""
        self._waiting.append(Waiting(partner, operation, fault, times))

    def clear(self) -> dict[str, list[dict[str, object]]]:
        """Let everything work again; return what is left, which is nothing."""
        self._waiting.clear()
        return self.waiting()

    def waiting(self) -> dict[str, list[dict[str, object]]]:
        """Return what waits to happen."""
        return {"items": [asdict(waiting) for waiting in self._waiting]}

    def take(self, partner: str, operation: str) -> Fault | None:
        """Return how this call fails, or None, and count it."""
        for waiting in self._waiting:
            if waiting.concerns(partner, operation):
                waiting.times -= 1
                if waiting.times == 0:
                    self._waiting.remove(waiting)
                return waiting.fault
        return None
