"""What companies do to their shares: dividends and their tax, splits, spin-offs, mergers for shares and cash."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sandbox.partners.drivewealth.events import EventPublisher
from sandbox.partners.drivewealth.managed.holdings import add, held, parts, quantity_of, take
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from sandbox.partners.drivewealth.state import Account, State


class Kind(StrEnum):
    """What a company did."""

    DIVIDEND = "DIV"
    TAX = "DIVTAX"
    SPINOFF = "SPINOFF"
    SPLIT = "STOCK_SPLIT"
    MERGER = "MERGER_EXCHANGE_STOCK_CASH"


@dataclass(frozen=True)
class Action:
    """What a company did to one account; `quantity` is of the new symbol, over all funds; of a split, what comes."""

    kind: Kind
    symbol: str
    cents: int
    new_symbol: str | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True)
class Actions:
    """Applies corporate actions to a state, and publishes them."""

    state: State
    publisher: EventPublisher

    def apply(self, account: Account, action: Action) -> dict[str, Any]:
        """Move an account's cash and shares, and publish it; return the transaction.

        Raises:
            ValueError: if shares are to move and there are none, or the request does not say which.
        """
        owned = quantity_of(account, action.symbol)
        if action.kind in {Kind.SPINOFF, Kind.MERGER}:
            _move_shares(account, action)
        if action.kind is Kind.SPLIT:
            _split_shares(account, action)
        account.cash_cents += action.cents
        self.state.events += 1
        transaction = _transaction(account, action, owned, self.state.events)
        payload = {"accountID": account.account_id, "transaction": transaction}
        self.publisher.publish("transactions.created", payload, self.state.owner(account.account_id))
        return transaction


def _move_shares(account: Account, action: Action) -> None:
    """Add shares of the new symbol to the funds that hold the old one, which a merger removes."""
    if action.new_symbol is None or action.quantity is None:
        raise ValueError("new_symbol and quantity: a company that gives shares says which, and how many")
    places = {fund_id: quantity for fund_id, symbol, quantity in held(account) if symbol == action.symbol}
    if not places:
        raise ValueError(f"symbol: the person holds no {action.symbol}")
    is_merger = action.kind is Kind.MERGER
    costs = {name: take(account, name, action.symbol, place) if is_merger else 0 for name, place in places.items()}
    for fund_id, quantity in parts(action.quantity, places).items():
        add(account, fund_id, action.new_symbol, quantity, cost_cents=costs[fund_id])


def _split_shares(account: Account, action: Action) -> None:
    """Add to each fund's shares of a symbol their part of what a split brings, or takes; what they cost stays."""
    places = {fund_id: quantity for fund_id, symbol, quantity in held(account) if symbol == action.symbol}
    if action.quantity is None or not places:
        raise ValueError("quantity: a split says how many shares it brings to those that are held")
    if sum(places.values()) + action.quantity < 0:
        raise ValueError("quantity: a split takes no more than is held")
    for fund_id, quantity in parts(action.quantity, places).items():
        add(account, fund_id, action.symbol, quantity, cost_cents=0)


def _transaction(account: Account, action: Action, owned: Decimal, number: int) -> dict[str, Any]:
    per_share = round(float(action.cents / owned / 100), 4) if owned else 0.0
    moves = {"positionDelta": float(action.quantity)} if action.quantity is not None else {}
    more: dict[Kind, dict[str, Any]] = {
        Kind.DIVIDEND: {"dividend": {"type": "CASH", "amountPerShare": per_share, "taxCode": "FULLY_TAXABLE"}},
        Kind.TAX: {"dividendTax": {"type": "NON_RESIDENT_ALIEN", "rate": 0.3}},
    }
    return {
        "accountAmount": action.cents / 100,
        "accountBalance": account.cash_cents / 100,
        "comment": _comment(action, per_share),
        "finTranID": f"KE.{account.account_id[:8]}-{number:012d}",
        "finTranTypeID": action.kind.value,
        **dict.fromkeys(("feeSec", "feeTaf", "feeBase", "feeXtraShares", "feeExchange"), 0),
        "instrument": {"id": instrument_id(action.symbol), "symbol": action.symbol, "name": action.symbol},
        **more.get(action.kind, moves),
    }


def _comment(action: Action, per_share: float) -> str:
    return {
        Kind.DIVIDEND: f"{action.symbol} dividend, ${per_share:g}/share",
        Kind.TAX: f"{action.symbol} tax, 30% withheld",
        Kind.SPINOFF: f"spinoff from {action.symbol} to {action.new_symbol}",
        Kind.SPLIT: f"{action.symbol} stock split",
        Kind.MERGER: f"merger exchange from {action.symbol} to {action.new_symbol}",
    }[action.kind]
