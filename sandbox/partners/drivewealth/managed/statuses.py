"""The status of an account's portfolio: what it holds against what it shall hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sandbox.partners.drivewealth.managed.holdings import Values
from sandbox.partners.drivewealth.managed.instruments import instrument_id
from sandbox.partners.drivewealth.managed.market_hours import next_open
from sandbox.partners.drivewealth.managed.state import Fund, Portfolio
from sandbox.partners.drivewealth.state import Account, State
from sandbox.partners.drivewealth.wire import when

_STEP = Decimal("0.0001")
_NONE = Decimal(0)


@dataclass(frozen=True)
class Statuses:
    """Shows portfolios of a state, as of one moment."""

    state: State
    now: datetime
    values: Values

    def of(self, account: Account) -> dict[str, Any]:
        """Return the status as REST shows it; a fund that is neither held nor targeted is left out.

        Cash is left out as well, where there is none and none is wanted.

        Raises:
            BrokerError: 404 if the account has no portfolio.
        """
        portfolio, equity = self.state.portfolio(account.portfolio_id), self.values.equity(account)
        entries = [self._cash(account, portfolio, equity)] if portfolio.cash or account.cash_cents else []
        targeted = [fund_id for fund_id, target in portfolio.funds.items() if target]
        for fund_id in dict.fromkeys([*targeted, *account.shares]):
            entries.append(self._fund(account, portfolio, self.state.fund(fund_id), equity))
        drift = _drift(entries) if equity > 0 else _NONE
        return {
            "id": portfolio.portfolio_id,
            "equity": equity / 100,
            "totalDrift": float(drift),
            "rebalanceRequired": portfolio.max_drift is not None and drift > portfolio.max_drift,
            "nextPortfolioRebalance": when(next_open(self.now)),
            "lastPortfolioRebalance": when(account.rebalanced) if account.rebalanced else None,
            "holdings": entries,
        }

    def _cash(self, account: Account, portfolio: Portfolio, equity: int) -> dict[str, Any]:
        return {
            "id": "CASH",
            "type": "CASH_RESERVE",
            "name": None,
            "target": float(portfolio.cash),
            "actual": _weight(account.cash_cents, equity),
            "value": account.cash_cents / 100,
            "rebalanceRequired": False,
            "holdings": None,
        }

    def _fund(self, account: Account, portfolio: Portfolio, fund: Fund, equity: int) -> dict[str, Any]:
        value, shares = self.values.of_fund(account, fund.fund_id), account.shares.get(fund.fund_id, {})
        targeted = [symbol for symbol, target in fund.targets.items() if target]
        holdings = [
            self._holding(symbol, fund, shares.get(symbol, _NONE), value)
            for symbol in dict.fromkeys([*targeted, *shares])
        ]
        return {
            "id": fund.fund_id,
            "type": "FUND",
            "name": fund.name,
            "target": float(portfolio.funds.get(fund.fund_id, _NONE)),
            "actual": _weight(value, equity),
            "value": value / 100,
            "rebalanceRequired": fund.max_drift is not None and _drift(holdings) > fund.max_drift,
            "holdings": holdings,
        }

    def _holding(self, symbol: str, fund: Fund, quantity: Decimal, of_fund: int) -> dict[str, Any]:
        value = self.values.cents(symbol, quantity)
        return {
            "instrumentID": instrument_id(symbol),
            "symbol": symbol,
            "target": float(fund.targets.get(symbol, _NONE)),
            "actual": _weight(value, of_fund),
            "openQty": float(quantity),
            "value": value / 100,
        }


def positions(account: Account, values: Values, now: datetime) -> dict[str, Any]:
    """Return what an account holds beside cash, over all funds, as REST shows it."""
    worth = values.of_positions(account)
    head = {"accountID": account.account_id, "accountNo": account.account_no, "tradingType": "CASH"}
    positions = [_position(account, symbol, cents, values) for symbol, cents in worth.items()]
    return {**head, "equityValue": sum(worth.values()) / 100, "updated": when(now), "equityPositions": positions}


def _position(account: Account, symbol: str, cents: int, values: Values) -> dict[str, Any]:
    quantity = sum((shares.get(symbol, _NONE) for shares in account.shares.values()), _NONE)
    cost = account.costs.get(symbol, 0)
    price = float(values.price(symbol) or values.last.get(symbol, _NONE))
    return {
        "symbol": symbol,
        "instrumentID": instrument_id(symbol),
        "openQty": float(quantity),
        "availableForWithdrawalQty": None,
        "costBasis": cost / 100,
        "marketValue": cents / 100,
        "side": "B",
        "priorClose": price,
        "availableForTradingQty": float(quantity),
        "avgPrice": round(cost / 100 / float(quantity), 2),
        "mktPrice": price,
        "unrealizedPL": (cents - cost) / 100,
        "unrealizedDayPLPercent": 0.0,
        "unrealizedDayPL": 0.0,
    }


def _weight(part: int, whole: int) -> float:
    return float((Decimal(part) / whole).quantize(_STEP)) if whole > 0 else 0.0


def _drift(entries: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return half of what weights are away from their targets in sum."""
    away = sum((abs(Decimal(str(entry["actual"])) - Decimal(str(entry["target"]))) for entry in entries), _NONE)
    return (away / 2).quantize(_STEP, rounding=ROUND_DOWN)
