"""Entries and exits against their worked numbers, without any database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.quotes import priced, quoted
from trading.automation.day_trading import exits
from trading.automation.day_trading.entries import enter
from trading.automation.day_trading.paper_broker import PaperBroker
from trading.automation.portfolios.models import MAX_HOLDINGS, DayTradingSettings, Holding, Portfolio, PortfolioKey
from trading.automation.portfolios.positions import ExitReason, Order, Position, PositionStatus
from trading.automation.portfolios.sessions import Skip
from trading.markets.belief import ENTRY, EXIT, believable
from trading.markets.models import Exchange, Price, PriceSource
from trading.signals.gate import Edge

NOW = datetime(2013, 2, 19, 14, 30, tzinfo=UTC)
DAY = date(2013, 2, 19)


def portfolio(cents: int = 1_000_000) -> Portfolio:
    new = Portfolio(
        key=PortfolioKey("ada", 7),
        name="p",
        description=None,
        exchange=Exchange.NASDAQ,
        is_automated=True,
        settings=DayTradingSettings(),
        created_at=NOW,
        updated_at=NOW,
    )
    return new.deposited(cents, NOW).portfolio


def pending(shares: str = "10", allocation: str = "5000", *, fractional: bool = False) -> Position:
    order = Order(
        symbol="AAA",
        rank=1,
        confidence=Decimal(90),
        predicted_return=Decimal("0.01"),
        reference_price=Decimal(100),
        stop_distance=Decimal("0.03"),
        target_distance=Decimal("0.045"),
        allocation=Decimal(allocation),
        shares=Decimal(shares),
        fractional=fractional,
    )
    return Position(DAY, PositionStatus.PENDING, order, order.shares)


def entered(price: str, cents: int = 1_000_000, position: Position | None = None) -> tuple[Position, Portfolio]:
    price_of = priced(price, NOW)
    step = next(enter(portfolio(cents), (position or pending(),), {"AAA": price_of}, broker=PaperBroker(), now=NOW))
    return step.decision.position, step.portfolio


def test_ten_shares_at_a_hundred_leave_8999_46() -> None:
    position, after = entered("100")

    assert after.cash_cents == 899_946
    assert position.entry_price == Decimal("100.0500")
    assert (position.stop_price, position.target_price) == (Decimal("97.0485"), Decimal("104.5522"))
    assert position.cost_cents == 100_054
    assert (position.price_at, position.price_from) == (NOW, PriceSource.QUOTE)


@pytest.mark.parametrize("price", ["97", "96", "104.5", "120"])
def test_an_open_at_or_beyond_stop_or_target_is_skipped(price: str) -> None:
    position, after = entered(price)

    assert (position.status, position.skip) == (PositionStatus.CANCELLED, Skip.GAPPED)
    assert after.cash_cents == 1_000_000


def test_a_price_without_room_for_a_stop_is_skipped() -> None:
    order = replace(pending().order, reference_price=Decimal("0.0049"), stop_distance=Decimal("0.01"))
    position, after = entered("0.0049", position=replace(pending(), order=order))

    assert (position.status, position.skip) == (PositionStatus.CANCELLED, Skip.TICK_TOO_COARSE)
    assert after.cash_cents == 1_000_000


def test_an_entry_that_cannot_be_computed_is_skipped_alone() -> None:
    odd = replace(pending(), order=replace(pending().order, symbol="ODD", target_distance=Decimal("1e999990")))
    prices = {symbol: priced("100", NOW) for symbol in ("ODD", "AAA")}

    steps = list(enter(portfolio(), (odd, pending()), prices, broker=PaperBroker(), now=NOW))

    assert [(s.decision.position.status, s.decision.position.skip) for s in steps] == [
        (PositionStatus.CANCELLED, Skip.BAD_SIGNAL),
        (PositionStatus.OPEN, None),
    ]


@pytest.mark.parametrize("price", ["97.0001", "104.4999"])
def test_an_open_just_within_is_bought(price: str) -> None:
    assert entered(price)[0].status is PositionStatus.OPEN


def test_shares_shrink_to_what_the_cash_pays_with_commission() -> None:
    position, after = entered("100", cents=50_026)

    assert position.shares == 4
    assert after.cash_cents == 50_026 - 40_020 - 1

    exact, spent = entered("100", cents=50_027)
    assert (exact.shares, spent.cash_cents) == (5, 0)


def test_nothing_is_bought_with_less_than_one_share_or_one_dollar() -> None:
    assert entered("100", cents=9_000)[0].skip is Skip.INSUFFICIENT_CASH
    assert entered("100", cents=99, position=pending(fractional=True))[0].skip is Skip.INSUFFICIENT_CASH
    assert entered("100", cents=200, position=pending(fractional=True))[0].shares == Decimal("0.0200")


def test_the_allocation_holds_at_the_fill_price() -> None:
    assert entered("104", position=pending("10", "1000"))[0].shares == 9


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        ("104.5522", ExitReason.TARGET_HIT),
        ("104.5521", None),
        ("97.0485", ExitReason.STOP_HIT),
        ("97.0486", None),
    ],
)
def test_stop_and_target_are_inclusive(price: str, reason: ExitReason | None) -> None:
    position, after = entered("100")
    price_of = priced(price, NOW)

    steps = list(exits.on_hits(after, (position,), {"AAA": price_of}, broker=PaperBroker(), now=NOW))

    assert [step.decision.position.exit_reason for step in steps] == ([reason] if reason else [])


def test_a_sale_at_the_close_books_price_and_commission() -> None:
    position, after = entered("100")
    price_of = priced(103, NOW)

    step = next(exits.at_close(after, (position,), {"AAA": price_of}, broker=PaperBroker(), now=NOW))

    sold = step.decision.position
    assert sold.exit_price == Decimal("102.9485")
    assert sold.proceeds_cents == 102_948 - 4
    assert step.portfolio.cash_cents == 899_946 + 102_944
    assert (step.portfolio.open_positions, step.portfolio.holdings) == (0, {})


def test_a_sale_says_of_which_moment_its_price_is_and_where_it_is_from() -> None:
    position, after = entered("100")
    trade = Price(Decimal(99), NOW - timedelta(minutes=5), PriceSource.TRADE)

    step = next(exits.at_close(after, (position,), {"AAA": trade}, broker=PaperBroker(), now=NOW))

    sold, entry = step.decision.position, step.decision.entry
    assert (sold.exit_price, sold.price_at, sold.price_from) == (Decimal("98.9505"), trade.at, PriceSource.TRADE)
    assert entry is not None
    assert entry.trade is not None
    assert (entry.trade.price_at, entry.trade.price_from, entry.at) == (trade.at, "trade", NOW)


def test_a_holding_is_priced_of_the_moment_that_its_fill_was_decided_by() -> None:
    asked = priced("100", NOW - timedelta(minutes=2))
    step = next(enter(portfolio(), (pending(),), {"AAA": asked}, broker=PaperBroker(), now=NOW))

    assert step.portfolio.holdings["AAA"].price_at == asked.at


prices_of_a_day = st.decimals("0.0001", "5000", places=4)


@given(prices_of_a_day, prices_of_a_day)
def test_a_fill_is_never_better_than_the_quote_it_was_judged_on(one: Decimal, other: Decimal) -> None:
    quote = quoted("AAA", min(one, other), NOW, ask=max(one, other))
    reference = replace(pending(), order=replace(pending().order, reference_price=quote.ask))
    asked = believable(quote, ENTRY, NOW, max_spread=Decimal(2))
    assert isinstance(asked, Price)

    step = next(enter(portfolio(), (reference,), {"AAA": asked}, broker=PaperBroker(), now=NOW))

    if step.decision.entry is None:
        return
    assert step.decision.position.entry_price >= quote.ask  # type: ignore[operator]
    bid = believable(quote, EXIT, NOW, max_spread=Decimal(2))
    assert isinstance(bid, Price)
    sold = next(
        exits.at_close(step.portfolio, (step.decision.position,), {"AAA": bid}, broker=PaperBroker(), now=NOW)
    ).decision.position
    assert sold.exit_price <= quote.bid  # type: ignore[operator]
    assert exits.reason_to_exit(step.decision.position, bid.amount) is exits.reason_to_exit(
        step.decision.position, quote.bid
    )


def test_without_a_quote_a_position_waits_and_is_never_sold_at_a_made_up_price() -> None:
    position, after = entered("100")

    first = list(exits.at_close(after, (position,), {}, broker=PaperBroker(), now=NOW))
    waiting = first[0].decision.position
    again = list(exits.at_close(after, (waiting,), {}, broker=PaperBroker(), now=NOW))

    assert waiting.status is PositionStatus.CLOSING
    assert first[0].portfolio.cash_cents == after.cash_cents
    assert again == []


def holding_symbols(count: int) -> Portfolio:
    names = [f"S{number}" for number in range(count)]
    return replace(portfolio(), holdings={name: Holding(name, Decimal(1), 100, Decimal(1), NOW) for name in names})


@pytest.mark.parametrize(("count", "skip"), [(MAX_HOLDINGS - 1, None), (MAX_HOLDINGS, Skip.TOO_MANY_HOLDINGS)])
def test_a_symbol_beyond_those_that_a_portfolio_may_hold_is_skipped_before_money_moves(
    count: int, skip: Skip | None
) -> None:
    before = holding_symbols(count)

    step = next(enter(before, (pending(),), {"AAA": priced("100", NOW)}, broker=PaperBroker(), now=NOW))

    assert step.decision.position.skip is skip
    assert (step.portfolio == before) is (skip is not None)


def test_more_of_a_symbol_that_is_held_is_bought_at_the_bound() -> None:
    before = holding_symbols(MAX_HOLDINGS)
    held = {**before.holdings, "AAA": replace(before.holdings["S0"], symbol="AAA")}
    del held["S0"]

    step = next(
        enter(replace(before, holdings=held), (pending(),), {"AAA": priced("100", NOW)}, broker=PaperBroker(), now=NOW)
    )

    assert step.decision.position.status is PositionStatus.OPEN
    assert len(step.portfolio.holdings) == MAX_HOLDINGS


@pytest.mark.parametrize(
    ("spread", "edge", "reason"),
    [
        ("0.20", Edge.UNPROVEN, None),
        ("0.21", Edge.UNPROVEN, Skip.SPREAD_TOO_WIDE),
        ("0.21", Edge.PROVEN, Skip.SPREAD_TOO_WIDE),
        ("0.21", None, None),
    ],
    ids=["20 bp", "wider", "wider, though proven", "wider, but pinned"],
)
def test_what_a_strategy_recommends_is_not_bought_at_a_wide_spread(
    spread: str, edge: Edge | None, reason: Skip | None
) -> None:
    position = pending()
    position = replace(position, order=replace(position.order, edge=edge))
    asked = Price(Decimal(100) + Decimal(spread) / 2, NOW, spread=Decimal(spread))

    (step,) = enter(portfolio(), (position,), {"AAA": asked}, broker=PaperBroker(), now=NOW)

    assert step.decision.position.skip is reason
