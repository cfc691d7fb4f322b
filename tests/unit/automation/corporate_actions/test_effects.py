"""What actions do to a portfolio where no price is known yet, or one that is worth next to nothing."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from trading.automation.corporate_actions.effects import effect_of
from trading.automation.corporate_actions.models import Applied, Draft, starts_at
from trading.automation.portfolios.models import MAX_HOLDINGS, DayTradingSettings, Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.positions import PortfolioState
from trading.ledger.models import Kind
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange

NOW = datetime(2013, 2, 19, 13, tzinfo=UTC)
DAY = date(2013, 2, 19)
FOR_SHARES = Terms(Decimal(2), Decimal(3), new_symbol="BBB")


def applied(kind: ActionKind, terms: Terms, price: Decimal | None, *, others: int = 0) -> Portfolio:
    """Return a portfolio of seven shares, and of other symbols, after an action of the company."""
    action = CorporateAction(kind, Exchange.NASDAQ, "AAA", DAY, terms)
    names = ["AAA", *(f"S{number}" for number in range(others))]
    holdings = {name: Holding(name, Decimal(7), 104_979, Decimal("149.97"), NOW) for name in names}
    portfolio = Portfolio(
        PortfolioKey("ada", 1),
        "p",
        None,
        Exchange.NASDAQ,
        is_automated=False,
        settings=DayTradingSettings(),
        created_at=NOW,
        updated_at=NOW,
        holdings=holdings,
    )
    entitled = Applied(action, NOW, Decimal(7), 104_979)
    return effect_of(kind)(Draft(PortfolioState(portfolio), action, NOW), entitled, None, price).draft.portfolio


def test_a_merger_for_shares_needs_no_price_and_its_fraction_waits_for_one() -> None:
    after = applied(ActionKind.MERGER, FOR_SHARES, None)

    (claim,) = after.claims.values()
    assert after.holdings.keys() == {"BBB"}
    assert (after.holdings["BBB"].quantity, after.holdings["BBB"].cost_cents) == (Decimal(10), 99_980)
    assert after.holdings["BBB"].adjusted_at == starts_at(DAY)
    assert (claim.symbol, claim.quantity, claim.cost_cents, claim.needs_price) == ("BBB", Decimal("0.5"), 4_999, True)


def test_the_fraction_of_a_merger_is_judged_by_the_opening_price_where_it_is_known() -> None:
    after = applied(ActionKind.MERGER, FOR_SHARES, Decimal("0.005"))

    assert after.claims == {}
    assert after.holdings["BBB"].cost_cents == 104_979


def test_a_dividend_that_waits_costs_nothing_and_nothing_of_it_was_paid() -> None:
    after = applied(ActionKind.DIVIDEND, Terms(cash_rate=Decimal("0.25"), pay_on=date(2013, 3, 1)), None)

    (claim,) = after.claims.values()
    assert (claim.kind, claim.cents, claim.due_on) == (Kind.DIVIDEND, 175, date(2013, 3, 1))
    assert (claim.cost_cents, claim.paid_cents) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "terms", "symbol"),
    [
        (ActionKind.SPLIT, Terms(Decimal(1), Decimal(3)), "AAA"),
        (ActionKind.SYMBOL_CHANGE, Terms(new_symbol="BBB"), "BBB"),
        (ActionKind.MERGER, FOR_SHARES, "BBB"),
    ],
)
def test_no_action_fails_for_the_number_of_holdings(kind: ActionKind, terms: Terms, symbol: str) -> None:
    after = applied(kind, terms, None, others=MAX_HOLDINGS)

    assert len(after.holdings) == MAX_HOLDINGS + 1
    assert symbol in after.holdings
