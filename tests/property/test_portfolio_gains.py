"""Any trades: what a portfolio gained is what it realised and what its holdings are above their cost, to the cent."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.ledger.models import LedgerAccount, Trade
from trading.markets.models import Exchange
from trading.platform.errors import Conflict
from trading.platform.money import amount_cents

NOW = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
STEPS = st.tuples(
    st.sampled_from(["buy", "sell", "sell all", "deposit", "withdraw"]),
    st.sampled_from(["AAA", "BBB"]),
    st.decimals("0.0001", "50", places=4),
    st.decimals("0.0001", "300", places=4),
    st.integers(0, 500),
)


def opened() -> Portfolio:
    key = PortfolioKey("ada", 7)
    new = Portfolio(key, "p", None, Exchange.NASDAQ, False, DayTradingSettings(), NOW, NOW)
    return new.deposited(1_000_000, NOW).portfolio


def after(portfolio: Portfolio, step: tuple[str, str, Decimal, Decimal, int]) -> Portfolio:
    what, symbol, quantity, price, commission = step
    if what in {"deposit", "withdraw"}:
        move = portfolio.deposited if what == "deposit" else portfolio.withdrawn
        return move(amount_cents(quantity, price), NOW).portfolio
    if what == "sell all" and symbol in portfolio.holdings:
        quantity = portfolio.holdings[symbol].quantity
    amount = amount_cents(quantity, price)
    trade = Trade(symbol, quantity, price, amount, min(commission, amount))
    posting = portfolio.bought(trade, NOW) if what == "buy" else portfolio.sold(trade, NOW)
    assert posting.entry.on(LedgerAccount.COMMISSION) == trade.commission_cents
    return posting.portfolio


@given(st.lists(STEPS, max_size=30))
def test_a_gain_is_what_was_realised_and_what_is_not_yet(steps: list[tuple[str, str, Decimal, Decimal, int]]) -> None:
    portfolio = opened()
    for step in steps:
        with suppress(Conflict):
            portfolio = after(portfolio, step)

    unrealised = sum(holding.value_cents - holding.cost_cents for holding in portfolio.holdings.values())
    assert portfolio.gain_cents == portfolio.realised_cents + unrealised
