"""DriveWealth's answers about portfolios, funds, runs and transactions, as what the areas know."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trading.brokerage.portfolios import (
    BrokerRun,
    BrokerTransaction,
    HeldFund,
    HeldSymbol,
    PortfolioStatus,
    TransactionKind,
)
from trading.partners.drivewealth import wire
from trading.partners.drivewealth.run_statuses import run_class, run_rank

Raw = Mapping[str, Any]
_CASH = "CASH_RESERVE"
_CLASSES = ("-A", "-B")
_FAILED = ("FAIL", "ERROR", "ABORT", "TIMEDOUT")
_KINDS: Mapping[str, TransactionKind] = {
    **dict.fromkeys(("DIV", "DIVTAX", "DIVNRA", "DIVM", "PTP_WITHHOLDING"), TransactionKind.DIVIDEND),
    **dict.fromkeys(("STOCK_SPLIT", "STCK"), TransactionKind.SPLIT),
    "SPINOFF": TransactionKind.SPIN_OFF,
    "MERGER_ACQUISITION": TransactionKind.MERGER,
    "MERGER_EXCHANGE_STOCK_CASH": TransactionKind.MERGER,
    "MERGER_ADD_SHARES_CASH": TransactionKind.MERGER,
    "MERGER_REMOVE_SHARES": TransactionKind.MERGER,
}
"""The transactions that are corporate actions. Of the mergers' names only MERGER_ACQUISITION is published."""

_EXCHANGE = "MERGER_EXCHANGE_STOCK_CASH"
_NAMES_NEW = frozenset({TransactionKind.SPIN_OFF, TransactionKind.MERGER})


@dataclass(frozen=True)
class Named:
    """Something of the broker's with its own id and ours."""

    own_id: str
    client_id: str


def our_symbol(symbol: str) -> str:
    """Return a symbol as we write it: classes of shares with a hyphen, no other suffix."""
    name, dot, suffix = symbol.partition(".")
    return f"{name}-{suffix}" if dot and suffix in {"A", "B"} else name


def their_symbol(symbol: str) -> str:
    """Return a symbol as the broker writes it."""
    return f"{symbol[:-2]}.{symbol[-1]}" if symbol.endswith(_CLASSES) else symbol


def portfolio(raw: Raw) -> Named:
    """Read a portfolio."""
    return Named(wire.identifier(raw["id"]), str(raw.get("clientPortfolioID") or ""))


def fund(raw: Raw) -> Named:
    """Read a fund."""
    return Named(wire.identifier(raw["id"]), str(raw.get("clientFundID") or ""))


def status(raw: Raw) -> PortfolioStatus:
    """Read what an account holds. Cash that is not mentioned is none."""
    holdings = wire.rows(raw["holdings"])
    cash = next((holding for holding in holdings if holding["type"] == _CASH), None)
    return PortfolioStatus(
        portfolio_id=wire.identifier(raw["id"]),
        equity_cents=wire.cents(raw["equity"]),
        cash_cents=wire.cents(cash["value"]) if cash else 0,
        cash_target=wire.number(cash["target"]) if cash else Decimal(0),
        cash_actual=wire.number(cash["actual"]) if cash else Decimal(0),
        funds=tuple(map(_fund, _separated(holdings))),
    )


def run(raw: Raw) -> BrokerRun:
    """Read a run."""
    name, accounts = wire.name(raw.get("status")), raw.get("subAccounts")
    counts: Raw = accounts if isinstance(accounts, Mapping) else {}
    errors = counts.get("error")
    return BrokerRun(
        run_id=wire.identifier(raw["id"]),
        raw_status=name,
        run_class=run_class(name),
        rank=run_rank(name),
        created_at=wire.moment(raw.get("created")),
        errors=errors if isinstance(errors, int) else 0,
        outcome_url=wire.optional_text(counts.get("outcome")),
    )


def failed_accounts(raw: object) -> frozenset[str]:
    """Read the accounts that a run's outcome calls failed."""
    return frozenset(
        wire.identifier(row["accountID"])
        for row in wire.rows(raw)
        if any(word in wire.name(row.get("status")).upper() for word in _FAILED)
    )


def transaction(account_id: object, raw: Raw) -> BrokerTransaction | None:
    """Read a transaction; None where it is no corporate action.

    Raises:
        ValueError: if it cannot be read.
    """
    kind = _KINDS.get(str(raw.get("finTranTypeID")))
    if kind is None:
        return None
    try:
        comment, merged = wire.text_in(raw, "comment"), _merged(raw)
        old, new = merged or (wire.identifier(raw["instrument"]["symbol"]), None)
        return BrokerTransaction(
            transaction_id=wire.identifier(raw["finTranID"]),
            account_id=wire.identifier(account_id),
            kind=kind,
            symbol=our_symbol(old),
            cents=wire.cents(raw.get("accountAmount") or 0),
            quantity=wire.number(raw.get("positionDelta") or 0),
            new_symbol=our_symbol(new) if new else _new_symbol(comment) if kind in _NAMES_NEW else None,
            comment=comment,
            takes_old=_EXCHANGE in (str(raw.get("finTranTypeID")), _merger_type(raw)),
        )
    except wire.STRANGE:
        raise ValueError("not a transaction") from None


def _merger_type(raw: Raw) -> str:
    merger = raw.get("mergerAcquisition")
    return f"MERGER_{merger.get('type')}" if isinstance(merger, Mapping) else ""


def _merged(raw: Raw) -> tuple[str, str] | None:
    """Return the old and the new symbol of a merger that names them itself."""
    merger = raw.get("mergerAcquisition")
    if not isinstance(merger, Mapping):
        return None
    return wire.identifier(merger["acquiree"]["symbol"]), wire.identifier(merger["acquirer"]["symbol"])


def _new_symbol(comment: str) -> str | None:
    words = comment.replace(",", " ").split()
    if "from" not in words or "to" not in words[words.index("from") :]:
        return None
    place = words.index("to", words.index("from")) + 1
    return our_symbol(words[place]) if place < len(words) else None


def _separated(holdings: list[Any]) -> list[dict[str, Any]]:
    """Return the funds, each with its own shares: some answers repeat the account's total in every fund."""
    funds = [dict(holding) for holding in holdings if holding["type"] != _CASH]
    by_symbol: dict[str, list[dict[str, Any]]] = {}
    for fund_raw in funds:
        fund_raw["holdings"] = [dict(held) for held in wire.rows(fund_raw.get("holdings") or [])]
        for held in fund_raw["holdings"]:
            by_symbol.setdefault(held["symbol"], []).append(held)
    for shares in by_symbol.values():
        _share_out(shares)
    return funds


def _share_out(shares: list[dict[str, Any]]) -> None:
    quantities, values = {share["openQty"] for share in shares}, [wire.number(share["value"]) for share in shares]
    if len(shares) > 1 and len(quantities) == 1 and len(set(values)) > 1 and sum(values) > 0:
        total = wire.number(shares[0]["openQty"])
        for share, value in zip(shares, values, strict=True):
            share["openQty"] = total * value / sum(values)


def _fund(raw: Raw) -> HeldFund:
    return HeldFund(
        fund_id=wire.identifier(raw["id"]),
        cents=wire.cents(raw["value"]),
        target=wire.number(raw["target"]),
        actual=wire.number(raw["actual"]),
        symbols=tuple(map(_symbol, raw["holdings"])),
    )


def _symbol(raw: Raw) -> HeldSymbol:
    return HeldSymbol(
        symbol=our_symbol(wire.identifier(raw["symbol"])),
        cents=wire.cents(raw["value"]),
        quantity=wire.number(raw["openQty"]),
        target=wire.number(raw["target"]),
        actual=wire.number(raw["actual"]),
    )
