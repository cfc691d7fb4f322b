"""Versions, portfolios and statuses as the tests need them; every name and number is made up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from trading.brokerage.portfolios import HeldFund, HeldSymbol, PortfolioStatus
from trading.managed.models import Fund, Held, HoldingsSnapshot, ManagedPortfolio
from trading.managed.versions.models import Source, Version, VersionStatus

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
HALVES = {"AAPL": Decimal("0.5"), "MSFT": Decimal("0.5")}
EXECUTING = VersionStatus.EXECUTING


def version(amount_cents: int | None = None, collection_id: str = "tech", **more: Any) -> Version:
    """Return a version that waits; one without an amount sets weights."""
    made = Version(
        version_id="v1",
        owner="ada",
        account_id="account-1",
        collection_id=collection_id,
        source=Source.MANUAL,
        contents=HALVES,
        sets_weights=amount_cents is None,
        follows=None,
        amount_cents=amount_cents,
        percent=None,
        sells_all=False,
        digest="",
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **more)


def held(cash_cents: int, withheld_cents: int = 0, /, **funds: Mapping[str, int]) -> Held:
    """Return holdings: cash, and cents by fund and symbol."""
    return Held(cash_cents, funds, withheld_cents)


def fund(cents: int) -> dict[str, int]:
    """Return a fund of two symbols, half and half."""
    return {"AAPL": cents - cents // 2, "MSFT": cents // 2}


def portfolio(**broker_ids: str) -> ManagedPortfolio:
    """Return a portfolio with funds by collection, each with the broker's id of it."""
    made = ManagedPortfolio.new("ada", "account-1")
    funds = {key: Fund(key, HALVES, fund_id=fund_id) for key, fund_id in broker_ids.items()}
    return replace(made, portfolio_id="portfolio-1", funds=funds)


def seen(cash_cents: int, **funds: Mapping[str, tuple[int, str]]) -> HoldingsSnapshot:
    """Return a snapshot: cash, and by fund and symbol cents with shares."""
    return HoldingsSnapshot(
        at=NOW,
        cash_cents=cash_cents,
        cents={key: {symbol: cents for symbol, (cents, _) in fund.items()} for key, fund in funds.items()},
        quantities={
            key: {symbol: Decimal(shares) for symbol, (_, shares) in fund.items()} for key, fund in funds.items()
        },
    )


def status(cash_cents: int, *funds: HeldFund, equity_cents: int | None = None, **more: Any) -> PortfolioStatus:
    """Return a status whose weights and sums are right, but for what is given otherwise."""
    whole = cash_cents + sum(fund.cents for fund in funds)
    made = PortfolioStatus(
        portfolio_id="portfolio-1",
        equity_cents=whole if equity_cents is None else equity_cents,
        cash_cents=cash_cents,
        cash_target=Decimal("0.5"),
        cash_actual=share(cash_cents, whole),
        funds=tuple(replace(fund, actual=share(fund.cents, whole)) for fund in funds),
    )
    return replace(made, **more)


def held_fund(fund_id: str, /, **cents: int) -> HeldFund:
    """Return a fund as the broker has it, with one share of each symbol."""
    whole = sum(cents.values())
    symbols = [HeldSymbol(key, worth, Decimal(1), Decimal("0.5"), share(worth, whole)) for key, worth in cents.items()]
    return HeldFund(fund_id, whole, target=Decimal("0.5"), actual=Decimal(0), symbols=tuple(symbols))


def share(part: int, whole: int) -> Decimal:
    """Return a share with the four places that the broker gives."""
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else Decimal(0)
