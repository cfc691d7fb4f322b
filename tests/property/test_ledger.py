"""Any life of a portfolio: the ledger balances after every step, cash never falls below zero."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.ledger.models import Entry, LedgerAccount, Trade
from trading.ledger.service import Opening, follows, totals
from trading.markets.models import Exchange
from trading.platform.errors import Conflict
from trading.platform.money import amount_cents

NOW = datetime(2013, 2, 19, tzinfo=UTC)
CENTS = st.integers(1, 10_000_000)
QUANTITIES = st.decimals(Decimal("0.0001"), Decimal(1000), places=4)
PRICES = st.decimals(Decimal("0.01"), Decimal(1000), places=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["deposited", "withdrawn"]), CENTS),
        st.tuples(st.sampled_from(["bought", "sold"]), st.sampled_from("AB"), QUANTITIES, PRICES, st.integers(0, 50)),
    ),
    max_size=30,
)


def opened() -> Portfolio:
    return Portfolio(
        key=PortfolioKey("ada", 7),
        name="p",
        description=None,
        exchange=Exchange.NASDAQ,
        is_automated=False,
        settings=DayTradingSettings(),
        created_at=NOW,
        updated_at=NOW,
    )


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine, thirty steps take their time to draw
@given(STEPS)
def test_records_and_ledger_agree_after_every_step(steps: list[tuple[object, ...]]) -> None:
    portfolio, entries = opened(), []

    for name, *arguments in steps:
        portfolio, entry = taken(portfolio, str(name), arguments)
        entries += [entry] if entry else []

        sums = totals(entries)
        assert sum(sums.values()) == 0
        assert portfolio.cash_cents >= 0
        assert sums[LedgerAccount.CASH] == portfolio.cash_cents
        assert sums[LedgerAccount.CAPITAL] == -portfolio.contributed_cents
        # What is realised contains the commissions, which the ledger keeps apart.
        assert sums[LedgerAccount.GAINS] + sums[LedgerAccount.COMMISSION] == -portfolio.realised_cents
        assert sums[LedgerAccount.HOLDINGS] == sum(holding.cost_cents for holding in portfolio.holdings.values())
        assert all(holding.quantity > 0 and holding.cost_cents >= 0 for holding in portfolio.holdings.values())
        assert follows(Opening(0, 0), entries, portfolio.cash_cents)


def taken(portfolio: Portfolio, name: str, arguments: list[object]) -> tuple[Portfolio, Entry | None]:
    try:
        if name in {"deposited", "withdrawn"}:
            posting = getattr(portfolio, name)(arguments[0], NOW)
        else:
            symbol, quantity, price, commission = arguments
            cents = amount_cents(quantity, price)
            trade = Trade(symbol, quantity, price, cents, min(commission, cents))
            posting = getattr(portfolio, name)(trade, NOW)
    except Conflict:
        return portfolio, None
    return posting.portfolio, posting.entry
