"""What companies do to shares reaches every portfolio that holds them, once, to the cent."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.corporate_actions import DAY_BEFORE, EX_DATE, MORNING, OPEN, ActionHarness, assert_equal
from tests.support.trading_day import OPENED, PLANNED
from trading.automation.corporate_actions.store import DynamoHolders
from trading.automation.portfolios.models import DayTradingSettings, PortfolioKey
from trading.automation.portfolios.positions import ExitReason, PositionStatus
from trading.automation.portfolios.valuation import Valuation
from trading.history.models import HistoryType
from trading.history.store import DynamoHistory
from trading.ledger.models import Kind
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange, Instrument, Price, PriceSource
from trading.markets.prices.models import LatestPrice, Listing
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import SystemClock
from trading.platform.errors import Unavailable
from trading.platform.outbox import OutboxRow

pytestmark = pytest.mark.usefixtures("aws")
NEXT_MORNING = MORNING + timedelta(days=1)


@pytest.fixture
def harness() -> ActionHarness:
    return ActionHarness()


def cost(harness: ActionHarness, key: PortfolioKey) -> int:
    portfolio = harness.portfolio(key)
    claims = sum(claim.cost_cents for claim in portfolio.claims.values())
    return sum(holding.cost_cents for holding in portfolio.holdings.values()) + claims


def test_a_split_moves_shares_and_keeps_the_cost_and_its_fraction_is_paid_at_the_open(harness: ActionHarness) -> None:
    key = harness.holding("7", "149.97")
    harness.split(2, 3)
    before = harness.portfolio(key).value_cents

    harness.run(MORNING)

    portfolio = harness.portfolio(key)
    assert (portfolio.holdings["AAPL"].quantity, portfolio.holdings["AAPL"].cost_cents) == (Decimal(10), 99_980)
    assert portfolio.holdings["AAPL"].last_price == Decimal("99.98")
    assert cost(harness, key) == 104_979
    assert abs(portfolio.value_cents - before) <= 1
    assert_equal(key)

    harness.announced.openings["AAPL"] = Decimal("99.80")
    harness.run(OPEN)

    after = harness.portfolio(key)
    assert after.cash_cents - portfolio.cash_cents == 4_990
    assert after.realised_cents == -9
    assert after.claims == {}
    (lieu,) = harness.entries(key, Kind.CASH_IN_LIEU)
    assert lieu.trade is not None
    assert (lieu.trade.quantity, lieu.trade.price, lieu.trade.amount_cents) == (Decimal("0.5"), Decimal("99.80"), 4_990)
    assert len(harness.entries(key, Kind.SPLIT)) == 1
    assert_equal(key)


class LastCloses:
    """The close of the day before a split is all that is known."""

    def of(self, listings: Collection[Listing]) -> Mapping[Listing, LatestPrice]:
        price = Price(Decimal("149.97"), MORNING - timedelta(hours=16), PriceSource.CLOSE)
        return {listing: LatestPrice(price, is_current=True) for listing in listings}


def test_a_close_of_before_a_split_makes_no_gain_of_it(harness: ActionHarness) -> None:
    key = harness.holding("8", "149.97")
    harness.split(1, 3)

    harness.run()

    shown = Valuation(LastCloses()).of(harness.portfolio(key))
    assert shown.holdings["AAPL"].last_price == Decimal("49.9900")
    assert shown.gain_cents == 0


def test_an_action_that_comes_again_changes_nothing(harness: ActionHarness) -> None:
    key = harness.holding("7", "149.97")
    harness.split(2, 3)
    harness.dividend("0.2575")
    harness.announced.openings["AAPL"] = Decimal("99.80")
    harness.run(MORNING)
    once = harness.portfolio(key)

    for moment in (MORNING, OPEN, NEXT_MORNING, NEXT_MORNING + timedelta(days=5)):
        harness.run(moment)

    assert harness.portfolio(key) == once
    assert_equal(key)


def test_nothing_happens_before_the_ex_date(harness: ActionHarness) -> None:
    key = harness.holding("7", "149.97")
    harness.split(2, 3)

    harness.run(MORNING - timedelta(days=1))

    assert harness.portfolio(key).holdings["AAPL"].quantity == 7


def test_fractional_shares_are_cut_to_four_places_and_keep_what_is_under_half_a_cent(harness: ActionHarness) -> None:
    key = harness.holding("7.3337", "149.97")
    harness.split(2, 3)

    harness.run()

    portfolio = harness.portfolio(key)
    assert portfolio.holdings["AAPL"].quantity == Decimal("11.0005")
    assert portfolio.claims == {}
    assert cost(harness, key) == 109_983
    assert_equal(key)


def test_a_reverse_split_of_which_no_share_is_left_is_paid_in_cash(harness: ActionHarness) -> None:
    key = harness.holding("7", "1.00")
    harness.split(10, 1)
    harness.announced.openings["AAPL"] = Decimal("10.10")

    harness.run()

    portfolio = harness.portfolio(key)
    assert portfolio.holdings == {}
    assert (portfolio.cash_cents, portfolio.realised_cents) == (1_000_000 - 700 + 707, 7)
    assert_equal(key)


def test_a_dividend_is_owed_from_the_ex_date_on_and_paid_on_its_day(harness: ActionHarness) -> None:
    key = harness.holding("33.3333", "100.00")
    harness.dividend("0.2575", pay_on=EX_DATE + timedelta(days=14))
    before = harness.portfolio(key)

    harness.run()

    owed = harness.portfolio(key)
    assert (owed.cash_cents, owed.value_cents - before.value_cents) == (before.cash_cents, 858)
    assert owed.contributed_cents == before.contributed_cents
    assert_equal(key)

    harness.run(MORNING + timedelta(days=13))
    assert harness.portfolio(key).cash_cents == before.cash_cents
    harness.run(MORNING + timedelta(days=14))

    paid = harness.portfolio(key)
    assert (paid.cash_cents - before.cash_cents, paid.value_cents) == (858, owed.value_cents)
    assert paid.claims == {}
    assert_equal(key)


def test_who_sells_on_the_ex_date_keeps_the_dividend_and_who_buys_then_has_none(harness: ActionHarness) -> None:
    seller, gone, buyer = (
        harness.holding("100", "10.00"),
        harness.holding("100", "10.00"),
        harness.holding("1", "10.00"),
    )
    harness.trade(seller, Kind.SELL, "40", "10.00", at=MORNING - timedelta(hours=1))
    harness.trade(gone, Kind.SELL, "100", "10.00", at=MORNING - timedelta(hours=1))
    harness.trade(buyer, Kind.BUY, "100", "10.00", at=MORNING - timedelta(hours=1))
    harness.dividend("0.2575")

    harness.run()

    amounts = [harness.entries(key, Kind.DIVIDEND)[0].trade for key in (seller, gone, buyer)]
    assert [trade and trade.amount_cents for trade in amounts] == [2_575, 2_575, 26]
    for key in (seller, gone, buyer):
        assert_equal(key)


def test_what_is_learnt_late_reaches_the_shares_of_the_ex_date_alone(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00")
    harness.trade(key, Kind.BUY, "5", "10.00", at=OPEN)
    harness.split(1, 10)

    harness.run(NEXT_MORNING)

    assert harness.portfolio(key).holdings["AAPL"].quantity == 105
    assert cost(harness, key) == 105_000
    assert_equal(key)


def test_terms_that_change_before_the_ex_date_supersede(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00")
    harness.split(1, 2)
    harness.run(MORNING - timedelta(days=1))
    harness.split(1, 4)

    harness.run()

    assert harness.portfolio(key).holdings["AAPL"].quantity == 40
    assert len(harness.entries(key, Kind.SPLIT)) == 1


@pytest.mark.parametrize("is_paid", [False, True])
def test_terms_that_change_after_they_were_applied_correct_what_was_done(harness: ActionHarness, is_paid: bool) -> None:
    corrected, right = harness.holding("7", "149.97"), ActionHarness()
    harness.split(2, 3)
    if is_paid:
        harness.announced.openings["AAPL"] = Decimal("99.80")
    harness.run()
    harness.split(4, 5)
    harness.announced.openings["AAPL"] = Decimal("99.80")
    harness.run(OPEN)

    right.announced = harness.announced
    plain = right.holding("7", "149.97")
    right.run(OPEN)

    one, other = harness.portfolio(corrected), harness.portfolio(plain)
    assert one.holdings["AAPL"].quantity == other.holdings["AAPL"].quantity == 8
    assert (one.cash_cents, cost(harness, corrected)) == (other.cash_cents, cost(harness, plain))
    assert one.realised_cents == other.realised_cents
    assert abs(one.holdings["AAPL"].last_price - other.holdings["AAPL"].last_price) <= Decimal("0.0002")
    assert_equal(corrected)


@pytest.mark.parametrize("pay_on", [None, EX_DATE + timedelta(days=14)])
def test_a_dividend_that_is_corrected_or_called_off_is_the_difference(
    harness: ActionHarness, pay_on: date | None
) -> None:
    key = harness.holding("100", "10.00")
    before = harness.portfolio(key).value_cents
    harness.dividend("0.25", pay_on)
    harness.run()
    harness.dividend("0.20", pay_on)
    harness.run(OPEN)
    assert harness.portfolio(key).value_cents - before == 2_000
    assert_equal(key)

    harness.announced.actions.clear()
    harness.run(NEXT_MORNING)

    assert harness.portfolio(key).value_cents == before
    assert [e.trade.amount_cents for e in harness.entries(key, Kind.DIVIDEND) if e.trade] == [2_500, -500, -2_000]
    assert_equal(key)


def test_a_split_that_is_called_off_is_taken_back(harness: ActionHarness) -> None:
    key = harness.holding("7", "149.97")
    harness.split(2, 3)
    harness.announced.openings["AAPL"] = Decimal("99.80")
    harness.run()
    harness.announced.actions.clear()

    harness.run(OPEN)

    portfolio = harness.portfolio(key)
    assert (portfolio.holdings["AAPL"].quantity, portfolio.holdings["AAPL"].cost_cents) == (7, 104_979)
    assert (portfolio.cash_cents, portfolio.realised_cents) == (1_000_000 - 104_979, 0)
    assert_equal(key)


def test_what_the_provider_announced_before_counts_while_it_is_away(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00")
    harness.split(1, 2)
    harness.run(MORNING - timedelta(days=1))
    harness.announced.fails_with = Unavailable("away")

    harness.run()

    assert harness.portfolio(key).holdings["AAPL"].quantity == 20


def test_a_symbol_change_renames_holding_and_instrument(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00", "FB")
    harness.put(ActionKind.SYMBOL_CHANGE, Terms(new_symbol="META"), symbol="FB")

    harness.run()

    portfolio = harness.portfolio(key)
    assert {symbol: h.quantity for symbol, h in portfolio.holdings.items()} == {"META": Decimal(10)}
    assert portfolio.holdings["META"].cost_cents == 100_000
    found = [DynamoInstrumentStore().find(Exchange.NASDAQ, symbol) for symbol in ("FB", "META")]
    assert [instrument and instrument.active for instrument in found] == [False, True]
    harness.trade(key, Kind.SELL, "10", "101.00", "META", at=OPEN)
    assert_equal(key)


def test_the_new_symbol_s_own_actions_find_who_held_the_old_one(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00", "FB")
    harness.put(ActionKind.SYMBOL_CHANGE, Terms(new_symbol="META"), symbol="FB")
    harness.run()
    harness.put(ActionKind.SPLIT, Terms(Decimal(1), Decimal(3)), symbol="META", ex_date=EX_DATE + timedelta(days=1))

    harness.run(NEXT_MORNING)

    assert harness.portfolio(key).holdings["META"].quantity == 30
    assert_equal(key)


@pytest.mark.parametrize(
    ("kind", "terms", "cents"),
    [
        (ActionKind.MERGER, Terms(cash_rate=Decimal("110.50")), 110_500),
        (ActionKind.DELISTING, Terms(cash_rate=Decimal("0.40")), 400),
        (ActionKind.DELISTING, Terms(), 0),
    ],
)
def test_shares_that_end_are_sold_for_what_the_terms_say(
    harness: ActionHarness, kind: ActionKind, terms: Terms, cents: int
) -> None:
    key = harness.holding("10", "100.00")
    harness.put(kind, terms)

    harness.run()

    portfolio = harness.portfolio(key)
    assert portfolio.holdings == {}
    assert (portfolio.cash_cents, portfolio.realised_cents) == (900_000 + cents, cents - 100_000)
    instrument = DynamoInstrumentStore().find(Exchange.NASDAQ, "AAPL")
    assert instrument is not None
    assert not instrument.active
    assert_equal(key)


def test_a_merger_for_cash_and_shares_splits_the_cost_by_value(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00")
    harness.put(ActionKind.MERGER, Terms(Decimal(2), Decimal(1), Decimal("25"), "XYZ"))
    harness.run()
    assert "AAPL" in harness.portfolio(key).holdings  # the new shares have no price yet

    harness.announced.openings["XYZ"] = Decimal("150.00")
    harness.run(OPEN)

    portfolio = harness.portfolio(key)
    # cash 250.00, five shares of 150.00: a quarter of the cost goes with the cash
    assert {symbol: h.quantity for symbol, h in portfolio.holdings.items()} == {"XYZ": Decimal(5)}
    assert portfolio.holdings["XYZ"].cost_cents == 75_000
    assert (portfolio.cash_cents, portfolio.realised_cents) == (900_000 + 25_000, 0)
    assert_equal(key)


def test_what_nobody_can_apply_is_left_as_it_is(harness: ActionHarness) -> None:
    key = harness.holding("10", "100.00")
    harness.put(ActionKind.UNSUPPORTED, Terms())
    before = harness.portfolio(key)

    harness.run()

    assert harness.portfolio(key) == before


def test_an_action_is_told_once_and_stands_in_the_history(harness: ActionHarness) -> None:
    key = harness.holding("7", "149.97")
    harness.split(2, 3)
    harness.run()
    harness.run(OPEN)

    events = [row for row in OutboxRow.scan() if '"type": "corporate_action"' in row.body]
    assert len(events) == 1
    assert "7 shares became 10" in events[0].body
    feed = DynamoHistory(SystemClock())
    (item,) = feed.page("ada", type_=HistoryType.CORPORATE_ACTION, status=None, after=None, limit=9).items
    assert item.status == "applied"
    assert str(key.portfolio_id) in item.link


def leftover(harness: ActionHarness) -> PortfolioKey:
    """Return a portfolio with a position that yesterday's close could not sell."""
    harness.trading.recommend("AAA")
    key = harness.trading.portfolio(settings=DayTradingSettings()).key
    harness.trading.at(PLANNED).plan(key, EX_DATE)
    harness.trading.at(OPENED).enter(key, EX_DATE)
    return key


def test_shares_stop_and_target_of_a_position_that_is_held_move(harness: ActionHarness) -> None:
    key = leftover(harness)
    before = harness.trading.position(key, "AAA")
    harness.put(ActionKind.SPLIT, Terms(Decimal(1), Decimal(4)), symbol="AAA", ex_date=EX_DATE + timedelta(days=1))

    harness.run(NEXT_MORNING)

    after = harness.trading.position(key, "AAA")
    assert after.shares == before.shares * 4
    assert before.stop_price is not None
    assert before.target_price is not None
    assert before.entry_price is not None
    assert after.stop_price == pytest.approx(before.stop_price / 4, abs=Decimal("0.0001"))
    assert after.target_price == pytest.approx(before.target_price / 4, abs=Decimal("0.0001"))
    assert after.entry_price == pytest.approx(before.entry_price / 4, abs=Decimal("0.0001"))
    assert after.cost_cents == before.cost_cents
    index = harness.trading.at(NEXT_MORNING).index
    assert list(index.hits(Exchange.NASDAQ, "AAA", after.stop_price)) == [key]
    assert list(index.hits(Exchange.NASDAQ, "AAA", after.stop_price + 1)) == []
    assert_equal(key)


def test_an_entry_that_waits_moves_too(harness: ActionHarness) -> None:
    harness.trading.recommend("AAA")
    key = harness.trading.portfolio().key
    harness.trading.at(PLANNED).plan(key, EX_DATE)
    before = harness.trading.position(key, "AAA")
    harness.put(ActionKind.SPLIT, Terms(Decimal(1), Decimal(4)), symbol="AAA")
    harness.run(PLANNED + timedelta(minutes=5))
    pending = harness.trading.position(key, "AAA")
    assert (pending.shares, pending.order.reference_price) == (before.shares * 4, before.order.reference_price / 4)

    harness.trading.market.prices["AAA"] = Decimal(25)
    harness.trading.at(OPENED).enter(key, EX_DATE)

    assert harness.trading.position(key, "AAA").status is PositionStatus.OPEN
    assert_equal(key)


def test_a_position_under_an_old_symbol_is_sold_under_the_new_one(harness: ActionHarness) -> None:
    key = leftover(harness)
    day = EX_DATE + timedelta(days=1)
    harness.put(ActionKind.SYMBOL_CHANGE, Terms(new_symbol="BBB"), symbol="AAA", ex_date=day)
    harness.run(NEXT_MORNING)
    harness.trading.market.prices["BBB"] = Decimal(101)

    service = harness.trading.at(OPENED + timedelta(days=1))
    assert "BBB" in service.index.held_symbols(Exchange.NASDAQ, day)
    service.close(key, day)

    assert harness.trading.position(key, "BBB").status is PositionStatus.CLOSED
    assert harness.portfolio(key).holdings == {}
    assert_equal(key)


def test_a_position_in_shares_that_end_is_closed_as_delisted(harness: ActionHarness) -> None:
    key = leftover(harness)
    harness.put(ActionKind.DELISTING, Terms(), symbol="AAA", ex_date=EX_DATE + timedelta(days=1))

    harness.run(NEXT_MORNING)

    position = harness.trading.position(key, "AAA")
    assert (position.status, position.exit_reason) == (PositionStatus.CLOSED, ExitReason.DELISTED)
    assert_equal(key)


def test_the_job_asks_for_a_week_before_and_after(harness: ActionHarness) -> None:
    harness.run()

    assert harness.announced.asked == [(EX_DATE - timedelta(days=7), EX_DATE + timedelta(days=7))]


def test_hand_held_shares_and_a_position_in_one_symbol_share_one_exchange(harness: ActionHarness) -> None:
    key = leftover(harness)
    position = harness.trading.position(key, "AAA")
    harness.trade(key, Kind.BUY, "7", "100.00", "AAA", at=DAY_BEFORE)
    day = EX_DATE + timedelta(days=1)
    harness.put(ActionKind.SPLIT, Terms(Decimal(2), Decimal(3)), symbol="AAA", ex_date=day)
    whole = (position.shares + 7) * 3 / 2

    harness.run(NEXT_MORNING)

    assert harness.portfolio(key).holdings["AAA"].quantity == int(whole)
    assert_equal(key)


def test_more_claims_than_fit_into_one_transaction_are_all_paid(harness: ActionHarness) -> None:
    symbols = [f"D{number:02}" for number in range(60)]
    key = harness.holding("1", "10", symbols[0])
    for symbol in symbols[1:]:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
        harness.trade(key, Kind.BUY, "1", "10", symbol)
    for symbol in symbols:
        harness.put(ActionKind.DIVIDEND, Terms(cash_rate=Decimal("0.25"), pay_on=NEXT_MORNING.date()), symbol=symbol)
    harness.run(MORNING)
    before = harness.portfolio(key)
    assert len(before.claims) == 60

    harness.run(NEXT_MORNING)

    after = harness.portfolio(key)
    assert (after.claims, after.cash_cents - before.cash_cents) == ({}, 60 * 25)
    assert_equal(key)


def test_a_run_keeps_as_many_places_however_many_actions_there_are() -> None:
    def parts(count: int) -> int:
        actions = [
            CorporateAction(ActionKind.DIVIDEND, Exchange.NASDAQ, f"S{number}", EX_DATE) for number in range(count)
        ]
        return len(DynamoHolders().of(actions).parts)

    assert parts(1) == parts(9_000)
