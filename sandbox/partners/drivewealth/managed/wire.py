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


def fund_json(fund: Fund) -> Shown:
    """Return a fund as REST shows it."""
    head = {"id": fund.fund_id, "userID": fund.user_id, "name": fund.name, "type": FUND}
    named = {"clientFundID": fund.client_id, "description": fund.description}
    more = {"holdings": _targets(fund), "triggers": _triggers(fund.max_drift)}
    return {**head, **named, **more, **dict.fromkeys(_UNCHANGED, False)}


def portfolio_json(portfolio: Portfolio, funds: Mapping[str, Fund]) -> Shown:
    """Return a portfolio as REST shows it; no cash is left out."""
    cash = [{"type": CASH, "target": float(portfolio.cash)}] if portfolio.cash else []
    return {
        "id": portfolio.portfolio_id,
        "name": portfolio.name,
        "description": portfolio.description,
        "clientPortfolioID": portfolio.client_id,
        "holdings": [*cash, *(_holding(funds[fund_id], target) for fund_id, target in portfolio.funds.items())],
        "userID": portfolio.user_id,
        "triggers": _triggers(portfolio.max_drift),
        "isFundTargetsChanged": False,
        "fundTargetsChanged": False,
    }


def created_run(run: Run) -> Shown:
    """Return what REST says to a new run."""
    return {"id": run.run_id, "created": when(run.created), "status": NOT_STARTED, "riaID": run.ria_id}


def run_json(run: Run, documents: str) -> Shown:
    """Return a run as REST shows it; `documents` is the address below which its documents lie."""
    at = f"{documents}/{run.run_id}"
    orders = _master_orders(run)
    return {
        "id": run.run_id,
        "riaID": run.ria_id,
        "status": run.status,
        "updated": when(run.updated),
        "created": when(run.created),
        "moneyMovement": False,
        "regularRebalance": False,
        "reviewOnly": run.is_review,
        "orders": {
            "total": len(orders),
            "submitted": f"{at}/orders-submitted.json",
            "outcome": f"{at}/orders-outcome.json",
            "amountBuys": -_cents(run.trades, Side.BUY) / 100,
            "amountSells": _cents(run.trades, Side.SELL) / 100,
            "cleanedUp": None,
        },
        "allocations": {
            "submitted": f"{at}/allocations-submitted.json",
            "outcome": f"{at}/allocations-outcome.json",
        },
        "subAccounts": {
            "total": len(run.accounts),
            "rebalanced": len(run.accounts) - len(run.errors) if run.is_over else 0,
            "error": len(run.errors),
            "outcome": f"{at}/sub-accounts-outcome.json",
        },
    }


def _sub_accounts(run: Run, _: State) -> list[Shown]:
    failed = {account_id: {"status": "FAILED", "error": error} for account_id, error in run.errors.items()}
    fine = {"status": "REBALANCED", "error": None}
    accounts = run.accounts if run.is_over else []
    return [{"accountID": account_id, **failed.get(account_id, fine)} for account_id in accounts]


def _submitted(run: Run, _: State) -> list[Shown]:
    names = ("orderID", "orderNo", "instrumentID", "side", "orderQty", "amountCash")
    return [{name: order[name] for name in names} for order in _master_orders(run)]


def _allocations(run: Run, state: State) -> list[Shown]:
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
        for trade in run.trades
        if trade.quantity
    ]


DOCUMENTS: Mapping[str, Callable[[Run, State], list[Shown]]] = {
    "sub-accounts-outcome": _sub_accounts,
    "orders-submitted": _submitted,
    "orders-outcome": lambda run, _: _master_orders(run),
    "allocations-submitted": _allocations,
    "allocations-outcome": _allocations,
}
"""The documents about a run, by their names."""


def _master_orders(run: Run) -> list[Shown]:
    """Return what went to the market: one order per side and symbol, over all accounts, sells first.

    The fees of all accounts stand in the first order that was filled.
    """
    parted: dict[tuple[bool, str], list[Trade]] = defaultdict(list)
    for trade in run.trades:
        parted[trade.side is Side.BUY, trade.symbol].append(trade)
    shown = [_master_order(run, number, trades) for number, (_, trades) in enumerate(sorted(parted.items()))]
    for order in [order for order in shown if not order["ordRejReason"]][:1]:
        order["commission"] = sum(run.fees.values()) / 100
    return shown


def _master_order(run: Run, number: int, trades: list[Trade]) -> Shown:
    wanted = sum((trade.wanted for trade in trades), Decimal(0))
    filled = sum((trade.quantity for trade in trades), Decimal(0))
    rejection = trades[0].rejection
    ended = None if rejection else when(run.updated)
    status = "REJECTED" if rejection else "FILLED" if filled >= wanted else "PARTIAL_FILL"
    return {
        "orderID": f"JI.{run.run_id.removeprefix('ria_rebalance_')[:23]}-{number:012d}",
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
        "closedWhen": when(run.updated),
        "executedWhen": ended,
    }


def _cents(trades: list[Trade], side: Side) -> int:
    return sum(trade.cents for trade in trades if trade.side is side)


def _holding(fund: Fund, target: Decimal) -> Shown:
    named = {"id": fund.fund_id, "name": fund.name, "type": FUND, "clientFundID": fund.client_id}
    more = {"description": fund.description, "target": float(target), "holdings": _targets(fund)}
    return {**named, **more, "triggers": _triggers(fund.max_drift)}


def _targets(fund: Fund) -> list[Shown]:
    return [{"instrumentID": instrument_id(symbol), "target": float(target)} for symbol, target in fund.targets.items()]


def _triggers(most: Decimal | None) -> list[Shown]:
    if most is None:
        return []
    return [{"child": None, "maxAllowed": float(most), "lowerBound": None, "upperBound": None, "type": "TOTAL_DRIFT"}]
