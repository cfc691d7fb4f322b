"""What the broker answers about portfolios, in its shapes; every person and number is made up."""

from typing import Any

FUND_ID, OTHER_FUND_ID, PORTFOLIO_ID, RUN_ID = "fund_tech", "fund_mixed", "portfolio_ada", "ria_run_7"


def cash(target: Any = 0.25, actual: Any = 0.2, value: Any = 2000.5, **more: Any) -> dict[str, Any]:
    return {"id": "CASH", "type": "CASH_RESERVE", "target": target, "actual": actual, "value": value, **more}


def symbol(name: str, value: Any, quantity: Any = 2.5, actual: Any = 1, **more: Any) -> dict[str, Any]:
    fields = {"instrumentID": f"inst-{name}", "symbol": name, "target": 1, "actual": actual, "openQty": quantity}
    return {**fields, "value": value, **more}


def fund(fund_id: str, *symbols: dict[str, Any], **more: Any) -> dict[str, Any]:
    value = round(sum(held["value"] for held in symbols), 2)
    fields = {"id": fund_id, "type": "FUND", "name": "A fund", "target": 0.75, "actual": 0.8, "value": value}
    return {**fields, "rebalanceRequired": False, "holdings": list(symbols), **more}


def status(*holdings: dict[str, Any], equity: Any = None, **more: Any) -> dict[str, Any]:
    whole = round(sum(holding["value"] for holding in holdings), 2) if equity is None else equity
    dates = {"lastPortfolioRebalance": "2026-02-27T14:32:17.053Z", "nextPortfolioRebalance": None}
    return {"id": PORTFOLIO_ID, "equity": whole, "totalDrift": 0.0001, **dates, "holdings": list(holdings), **more}


def one_fund() -> dict[str, Any]:
    """Return nearly all cash and a fund of one symbol, as the broker shows a young account."""
    small = fund(FUND_ID, symbol("ACME", 187.95, 1.31979237), target=0.006, actual=0.0062)
    return status(cash(0.9938, 0.9938, 29758.93, name=None, holdings=None), small, rebalanceRequired=False)


def two_funds() -> dict[str, Any]:
    """Return two funds with a symbol in common, of which each repeats the account's shares; cash has no id."""
    first = fund(
        FUND_ID,
        symbol("BOLT", 22930.69, 62.5213, 0.6823, target=0.55),
        symbol("ACME", 10677.24, 62.4942, 0.3177, target=0.45),
        target=0.3,
        actual=0.3054,
    )
    second = fund(OTHER_FUND_ID, symbol("ACME", 65433.13, 62.4942), target=0.59, actual=0.5946)
    # The equity is a little more than its parts.
    return status(cash(0.11, 0.1, 11001, id=None), first, second, equity=110045.62, lastPortfolioRebalance=None)


def run(name: Any = "REBALANCE_NOT_STARTED", **more: Any) -> dict[str, Any]:
    return {"id": RUN_ID, "created": "2026-03-02T15:00:00.123Z", "status": name, "riaID": "advisor-1", **more}


def transaction(kind: str = "DIV", **more: Any) -> dict[str, Any]:
    fields = {"finTranID": "IJ.8f1", "finTranTypeID": kind, "accountAmount": 12.34, "positionDelta": None}
    return {**fields, "comment": "Cash dividend", "instrument": {"id": "inst-ACME", "symbol": "ACME"}, **more}
