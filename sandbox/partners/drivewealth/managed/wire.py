"""The broker's formats for managed money: funds, portfolios, autopilot runs and the documents about them."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.partners.drivewealth.managed.autopilot import NOT_STARTED
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from sandbox.partners.drivewealth.managed.state import Fund, Portfolio, Run, Side, Trade
from sandbox.partners.drivewealth.managed.targets import CASH, FUND
from sandbox.partners.drivewealth.state import State
from sandbox.partners.drivewealth.wire import when

Shown = dict[str, Any]
_UNCHANGED = ("isInstrumentTargetsChanged", "instrumentTargetsChanged")


def fund(each: Fund) -> Shown:
    """Return a fund as REST shows it."""
    told = {"id": each.fund_id, "userID": each.user_id, "name": each.name, "type": FUND}
    named = {"clientFundID": each.client_id, "description": each.description}
    more = {"holdings": _targets(each), "triggers": _triggers(each.max_drift)}
    return {**told, **named, **more, **dict.fromkeys(_UNCHANGED, False)}


def portfolio(each: Portfolio, funds: Mapping[str, Fund]) -> Shown:
    """Return a portfolio as REST shows it; no cash is left out."""
    cash = [{"type": CASH, "target": float(each.cash)}] if each.cash else []
    return {
        "id": each.portfolio_id,
        "name": each.name,
        "description": each.description,
        "clientPortfolioID": each.client_id,
        "holdings": [*cash, *(_holding(funds[fund_id], target) for fund_id, target in each.funds.items())],
        "userID": each.user_id,
        "triggers": _triggers(each.max_drift),
        "isFundTargetsChanged": False,
        "fundTargetsChanged": False,
    }


def created_run(each: Run) -> Shown:
    """Return what REST says to a new run."""
    return {"id": each.run_id, "created": when(each.created), "status": NOT_STARTED, "riaID": each.ria_id}


def run(each: Run, documents: str) -> Shown:
    """Return a run as REST shows it; `documents` is the address below which its documents lie."""
    at = f"{documents}/{each.run_id}"
    orders = _master_orders(each)
    return {
        "id": each.run_id,
        "riaID": each.ria_id,
        "status": each.status,
        "updated": when(each.updated),
        "created": when(each.created),
        "moneyMovement": False,
        "regularRebalance": False,
        "reviewOnly": each.is_review,
        "orders": {
            "total": len(orders),
            "submitted": f"{at}/orders-submitted.json",
            "outcome": f"{at}/orders-outcome.json",
            "amountBuys": -_cents(each.trades, Side.BUY) / 100,
            "amountSells": _cents(each.trades, Side.SELL) / 100,
            "cleanedUp": None,
        },
        "allocations": {
            "submitted": f"{at}/allocations-submitted.json",
            "outcome": f"{at}/allocations-outcome.json",
        },
        "subAccounts": {
            "total": len(each.accounts),
            "rebalanced": len(each.accounts) - len(each.errors) if each.is_over else 0,
            "error": len(each.errors),
            "outcome": f"{at}/sub-accounts-outcome.json",
        },
    }


def _sub_accounts(each: Run, _: State) -> list[Shown]:
    failed = {account_id: {"status": "FAILED", "error": error} for account_id, error in each.errors.items()}
    fine = {"status": "REBALANCED", "error": None}
    accounts = each.accounts if each.is_over else []
    return [{"accountID": account_id, **failed.get(account_id, fine)} for account_id in accounts]


def _submitted(each: Run, _: State) -> list[Shown]:
    names = ("orderID", "orderNo", "instrumentID", "side", "orderQty", "amountCash")
    return [{name: order[name] for name in names} for order in _master_orders(each)]


def _allocations(each: Run, state: State) -> list[Shown]:
    return [
        {
            "accountID": trade.account_id,
            "accountNo": state.account(trade.account_id).account_no,
            "fundID": trade.fund_id,
            "instrumentID": instrument_id(trade.symbol),
            "side": trade.side,
            "cumQty": float(trade.quantity),
            "grossTradeAmt": trade.cents / 100,
        }
        for trade in each.trades
        if trade.quantity
    ]


DOCUMENTS: Mapping[str, Callable[[Run, State], list[Shown]]] = {
    "sub-accounts-outcome": _sub_accounts,
    "orders-submitted": _submitted,
    "orders-outcome": lambda each, _: _master_orders(each),
    "allocations-submitted": _allocations,
    "allocations-outcome": _allocations,
}
"""The documents about a run, by their names."""


def _master_orders(each: Run) -> list[Shown]:
    """Return what went to the market: one order per side and symbol, over all accounts, sells first.

    The fees of all accounts stand in the first order that was filled.
    """
    parted: dict[tuple[bool, str], list[Trade]] = defaultdict(list)
    for trade in each.trades:
        parted[trade.side is Side.BUY, trade.symbol].append(trade)
    shown = [_master_order(each, number, trades) for number, (_, trades) in enumerate(sorted(parted.items()))]
    for order in [order for order in shown if not order["ordRejReason"]][:1]:
        order["commission"] = sum(each.fees.values()) / 100
    return shown


def _master_order(each: Run, number: int, trades: list[Trade]) -> Shown:
    wanted = sum((trade.wanted for trade in trades), Decimal(0))
    filled = sum((trade.quantity for trade in trades), Decimal(0))
    rejection = trades[0].rejection
    ended = None if rejection else when(each.updated)
    status = "REJECTED" if rejection else "FILLED" if filled >= wanted else "PARTIAL_FILL"
    return {
        "orderID": f"JI.{each.run_id.removeprefix('ria_rebalance_')[:23]}-{number:012d}",
        "orderNo": f"JIXX{number:06d}",
        "instrumentID": instrument_id(trades[0].symbol),
        "side": trades[0].side,
        "orderQty": float(wanted),
        "amountCash": sum(trade.asked or 0 for trade in trades) / 100,
        "cumQty": float(filled),
        "leavesQty": float(max(wanted - filled, Decimal(0))),
        "ordRejReason": rejection,
        "grossTradeAmt": sum(trade.cents for trade in trades) / 100,
        "commission": 0.0,
        "ordStatus": status,
        "closedWhen": when(each.updated),
        "executedWhen": ended,
    }


def _cents(trades: list[Trade], side: Side) -> int:
    return sum(trade.cents for trade in trades if trade.side is side)


def _holding(each: Fund, target: Decimal) -> Shown:
    named = {"id": each.fund_id, "name": each.name, "type": FUND, "clientFundID": each.client_id}
    more = {"description": each.description, "target": float(target), "holdings": _targets(each)}
    return {**named, **more, "triggers": _triggers(each.max_drift)}


def _targets(each: Fund) -> list[Shown]:
    return [{"instrumentID": instrument_id(symbol), "target": float(target)} for symbol, target in each.targets.items()]


def _triggers(most: Decimal | None) -> list[Shown]:
    if most is None:
        return []
    return [{"child": None, "maxAllowed": float(most), "lowerBound": None, "upperBound": None, "type": "TOTAL_DRIFT"}]
