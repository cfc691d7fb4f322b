"""Any flow over any versions: nothing is lost, and nobody executes beyond their wish but by over-trading."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.managed.makers import seen
from trading.managed.models import HoldingsSnapshot
from trading.managed.observation.measurement import attributed, is_done, measure

CENTS = st.integers(-10_000_000, 10_000_000)
WANTED = st.lists(CENTS.filter(bool), min_size=1, max_size=8)


@given(WANTED, CENTS, CENTS)
def test_what_versions_executed_sums_to_what_flowed(wanted: list[int], before: int, flow: int) -> None:
    executed = attributed(wanted, before, flow)

    assert len(executed) == len(wanted)
    assert before + sum(executed) == flow


@given(WANTED, CENTS, CENTS)
def test_only_the_newest_version_takes_what_was_traded_beyond_all_wishes(
    wanted: list[int], before: int, flow: int
) -> None:
    *older, newest = attributed(wanted, before, flow)

    for cents, wish in zip(older, wanted, strict=False):
        assert min(0, wish) <= cents <= max(0, wish)
    missing = before + sum(wanted) - flow
    lowest, highest = sum(min(cents, 0) for cents in wanted), sum(max(cents, 0) for cents in wanted)
    if lowest <= missing <= highest:
        assert min(0, wanted[-1]) <= newest <= max(0, wanted[-1])


@given(WANTED, CENTS)
def test_what_flowed_as_wished_is_executed_as_wished(wanted: list[int], before: int) -> None:
    assert attributed(wanted, before, before + sum(wanted)) == wanted


@given(CENTS, CENTS, st.integers(0, 10**12))
def test_what_is_left_of_a_finished_amount_is_within_its_limits(remaining: int, amount: int, equity: int) -> None:
    highest = min(Fraction(max(100, equity // 2000)), Fraction(abs(amount), 2))

    assert is_done(remaining, amount, equity) == (abs(remaining) <= highest)


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[HoldingsSnapshot, HoldingsSnapshot, dict[str, int]]:
    """Draw an observation, and the one after trades at unchanged prices; with it what each fund traded in cents."""
    prices = draw(st.lists(st.integers(1, 100_000), min_size=4, max_size=4))
    shares = st.lists(st.integers(0, 10_000), min_size=4, max_size=4)
    flows, before, after = {}, {}, {}
    for name in draw(st.sets(st.sampled_from(["one", "two", "three"]))):
        had, has = draw(shares), draw(shares)
        before[name] = _worth(had, prices)
        after[name] = _worth(has, prices)
        flows[name] = sum((new - old) * price for old, new, price in zip(had, has, prices, strict=True))
    cash = 10**12
    return seen(cash, **before), seen(cash - sum(flows.values()), **after), flows


def _worth(shares: list[int], prices: list[int]) -> dict[str, tuple[int, str]]:
    pairs = enumerate(zip(shares, prices, strict=True))
    return {f"S{at}": (pair * price, str(pair)) for at, (pair, price) in pairs if pair}


@settings(deadline=None)
@given(snapshots())
def test_trades_at_prices_that_stand_still_are_measured_to_the_cent(
    made: tuple[HoldingsSnapshot, HoldingsSnapshot, dict[str, int]],
) -> None:
    before, after, flows = made

    measured = measure(before, after, before.cash_cents)

    assert measured.flows == {key: cents for key, cents in flows.items() if cents}
    assert measured.gap_cents == 0
    assert measured.is_explained


@settings(deadline=None)
@given(snapshots(), st.integers(-12_000, 12_000), st.integers(-150, 150))
def test_measured_flows_sum_to_what_cash_lacks(
    made: tuple[HoldingsSnapshot, HoldingsSnapshot, dict[str, int]], slip: int, more: int
) -> None:
    before, after, flows = made
    turnover = {key: _turnover(before, after, key) for key in flows}
    fees = sum(turnover.values()) * slip // 100_000 + more

    measured = measure(before, after, before.cash_cents + fees)

    assert measured.gap_cents == fees
    if any(turnover.values()):
        assert measured.total_cents == before.cash_cents + fees - after.cash_cents
        net = sum(map(abs, flows.values()))
        assert measured.is_explained == (abs(fees) <= max(100, net // 10, sum(turnover.values()) // 50))
        for key, cents in flows.items():
            off = Fraction(fees * turnover[key], sum(turnover.values()))
            assert abs(measured.flows.get(key, 0) - cents - off) < 1
    else:
        assert measured.flows == {}
        assert measured.is_explained


def _turnover(before: HoldingsSnapshot, after: HoldingsSnapshot, key: str) -> int:
    old, new = before.cents[key], after.cents[key]
    return sum(abs(new.get(symbol, 0) - old.get(symbol, 0)) for symbol in {*old, *new})


@given(st.integers(1, 10**9), st.decimals(Decimal("0.00000001"), 10**6, places=8))
def test_a_price_that_moves_is_no_trade(cents: int, shares: Decimal) -> None:
    before = seen(5, tech={"AAPL": (1_000, str(shares))})

    measured = measure(before, seen(5, tech={"AAPL": (cents, str(shares))}), 5)

    assert measured.flows == {}
