"""Fills at the simulated broker, whatever is asked for: no cent comes or goes, and none is spent twice."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.partners.drivewealth.managed.holdings import Values, add
from sandbox.partners.drivewealth.managed.rebalancing import Execution, orders
from sandbox.partners.drivewealth.managed.state import Fund, Portfolio, RequestedChanges, Side, Trade
from sandbox.partners.drivewealth.state import Account

NOW = datetime(2013, 2, 19, 15, 0, tzinfo=UTC)
SYMBOLS = ("A", "B", "C")
FUNDS = ("one", "two")
PRICES = st.fixed_dictionaries(
    {symbol: st.decimals("0.0001", "9999.9999", places=4, allow_nan=False) for symbol in SYMBOLS}
)
CUTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=2).map(sorted)
HELD = st.dictionaries(
    st.tuples(st.sampled_from(FUNDS), st.sampled_from(SYMBOLS)),
    st.decimals("0.00000001", "1000", places=8, allow_nan=False),
)
REQUESTED_CHANGES = st.builds(
    RequestedChanges,
    fill_percent=st.integers(1, 100),
    fee_cents=st.integers(0, 10_000),
    reject=st.lists(st.sampled_from(SYMBOLS), unique=True),
)


def weights_of(cuts: list[int]) -> list[Decimal]:
    return [Decimal(cut) / 10_000 for cut in (cuts[0], cuts[1] - cuts[0], 10_000 - cuts[1])]


def account_of(held: dict[tuple[str, str], Decimal], cash: int) -> Account:
    account = Account("an-account", "DWFK000001", "a-user", NOW, NOW, status="OPEN", cash_cents=cash)
    for place, quantity in held.items():
        add(account, *place, quantity, cost_cents=0)
    return account


def funds_of(cuts: list[list[int]]) -> dict[str, Fund]:
    made = (dict(zip(SYMBOLS, weights_of(cut), strict=True)) for cut in cuts)
    return {
        name: Fund(name, "advisor", name, name, "", targets, NOW) for name, targets in zip(FUNDS, made, strict=True)
    }


def portfolio_of(cuts: list[int]) -> Portfolio:
    cash, *rest = weights_of(cuts)
    return Portfolio("a-portfolio", "advisor", "1", "", "", cash, dict(zip(FUNDS, rest, strict=True)), NOW)


@settings(max_examples=300, deadline=None)
@given(PRICES, HELD, st.integers(0, 10**9), st.tuples(CUTS, CUTS, CUTS), REQUESTED_CHANGES)
def test_every_cent_is_accounted_for(
    prices: dict[str, Decimal],
    held: dict[tuple[str, str], Decimal],
    cash: int,
    cuts: tuple[list[int], list[int], list[int]],
    requested_changes: RequestedChanges,
) -> None:
    account, values = account_of(held, cash), Values(prices.get, {})
    before = values.equity(account)
    wanted = orders(account, portfolio_of(cuts[0]), funds_of(list(cuts[1:])), values)

    trades, fee = Execution(account, values, dict.fromkeys(SYMBOLS, True), requested_changes).fill(wanted)

    assert values.equity(account) == before - fee
    assert (
        0
        <= account.cash_cents
        == cash + sum(trade.cents * (1 if trade.side == "SELL" else -1) for trade in trades) - fee
    )
    assert all(trade.cents >= 0 and trade.quantity >= 0 for trade in trades)
    assert all(quantity > 0 for shares in account.shares.values() for quantity in shares.values())
    assert not any(trade.quantity for trade in trades if trade.symbol in requested_changes.reject)


@settings(max_examples=300, deadline=None)
@given(PRICES, HELD, st.integers(0, 10**9), st.tuples(CUTS, CUTS, CUTS))
def test_targets_are_reached_to_the_cent(
    prices: dict[str, Decimal],
    held: dict[tuple[str, str], Decimal],
    cash: int,
    cuts: tuple[list[int], list[int], list[int]],
) -> None:
    account, values, portfolio, funds = (
        account_of(held, cash),
        Values(prices.get, {}),
        portfolio_of(cuts[0]),
        funds_of(list(cuts[1:])),
    )
    equity = values.equity(account)

    Execution(account, values, dict.fromkeys(SYMBOLS, True), RequestedChanges()).fill(
        orders(account, portfolio, funds, values)
    )

    for fund_id, share in portfolio.funds.items():
        for symbol, target in funds[fund_id].targets.items():
            quantity = account.shares.get(fund_id, {}).get(symbol, Decimal(0))
            assert abs(values.cents(symbol, quantity) - share * target * equity) <= 2
    assert account.cash_cents - portfolio.cash * equity <= 2 * len(FUNDS) * len(SYMBOLS)


def test_half_a_cent_is_never_spent_as_a_whole_one() -> None:
    account, values = account_of({("one", "A"): Decimal("0.025")}, 1), Values({"A": Decimal(1)}.get, {})
    buy = Trade("an-account", "one", "A", Side.BUY, 1, Decimal("0.01"))

    (filled,), _ = Execution(account, values, {"A": True}, RequestedChanges()).fill([buy])

    assert (filled.cents, account.cash_cents) == (1, 0)
