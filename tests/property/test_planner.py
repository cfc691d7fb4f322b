"""Any plan over any portfolio: weights, cash and money hold, reckoned apart with fractions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.unit.managed.makers import EXECUTING, NOW, version
from trading.managed.models import Held
from trading.managed.rebalancing.planner import Outcome, Plan, plan
from trading.managed.versions.models import Version, VersionStatus
from trading.managed.weights import normalised

FUNDS = [f"fund-{number:02}" for number in range(20)]
SYMBOLS = [f"S{number:02}" for number in range(70)]
STEP = Fraction(1, 10_000)
PENDING = VersionStatus.PENDING


@dataclass(frozen=True)
class Case:
    """What a plan is made from."""

    held: Held
    versions: tuple[Version, ...]
    tradable: frozenset[str]

    @property
    def plan(self) -> Plan:
        return plan(self.held, self.versions, self.tradable)

    def worth(self, made: Plan | None = None) -> dict[str, int]:
        """Return what every fund is worth, before or after a plan."""
        cents = {key: fund.cents for key, fund in made.funds.items()} if made else self.held.funds
        return {key: sum(fund.values()) for key, fund in cents.items()}


@st.composite
def cases(draw: st.DrawFn, max_versions: int = 12, min_cash: int = -50_000) -> Case:
    """Draw portfolios of up to 20 funds with up to 50 symbols each; some symbols cannot be traded."""
    chance = draw(st.randoms(use_true_random=True))
    size, breadth = draw(st.integers(0, 20)), draw(st.integers(1, 50))
    scale = draw(st.sampled_from([3, 10_000, 1_000_000, 5_000_000]))
    cash = draw(st.one_of(st.just(0), st.integers(min_cash, 100), st.integers(0, 100_000_000)))
    funds = {key: _cents(chance, breadth, scale) for key in FUNDS[:size]}
    held = Held(cash, funds, draw(st.sampled_from([0, 0, 1, 5_000, 200_000])))
    tradable = draw(st.sampled_from([0.0, 0.5, 0.95, 1.0, 1.0]))
    symbols = frozenset(symbol for symbol in SYMBOLS if chance.random() < tradable)
    count = draw(st.integers(0, max_versions))
    return Case(held, tuple(_version(chance, held, number) for number in range(count)), symbols)


def _cents(chance: Random, breadth: int, scale: int) -> dict[str, int]:
    return {symbol: chance.randint(0, scale) for symbol in chance.sample(SYMBOLS, chance.randint(1, breadth))}


def _version(chance: Random, held: Held, number: int) -> Version:
    collection_id = chance.choice([*held.funds, *FUNDS[:3]])
    worth, cash = sum(held.funds.get(collection_id, {}).values()), max(held.cash_cents, 0)
    amount = chance.choice(
        [
            None,
            chance.randint(1, 100 + cash),
            chance.randint(1, 100 + cash // 4),
            cash or 1,
            -chance.randint(1, 1 + worth),
            -chance.randint(1, 1 + worth // 2),
            -worth - 1,
        ]
    )
    sells_all = amount is not None and amount < 0 and chance.random() < 0.3
    is_executing = chance.random() < 0.5
    done = chance.choice([0, (amount or 0) // 3, amount or 0]) if is_executing else 0
    contents = normalised({symbol: chance.randint(1, 100) for symbol in chance.sample(SYMBOLS, chance.randint(1, 50))})
    return version(
        amount,
        collection_id,
        version_id=f"v{number:02}",
        contents=contents,
        sets_weights=amount is None or chance.random() < 0.3,
        sells_all=sells_all,
        executed_cents=done,
        status=EXECUTING if is_executing else PENDING,
        created_at=NOW + timedelta(seconds=chance.randint(0, 3)),
    )


def require_sound(case: Case, made: Plan) -> None:
    """Hold a plan to all that is true of every plan."""
    require_weights(made)
    require_money(case, made)
    require_orders(case, made)


def require_weights(made: Plan) -> None:
    worth = {key: sum(fund.cents.values()) for key, fund in made.funds.items()}
    shown = {None: max(made.cash_cents, 0), **worth}
    submitted = {None: made.cash_weight, **{key: fund.weight for key, fund in made.funds.items()}}

    assert sum(submitted.values()) == 1
    require_near(submitted, shown)
    for key, fund in made.funds.items():
        assert sum(fund.weights.values()) == (1 if worth[key] else 0)
        assert set(fund.weights) <= set(fund.cents)
        require_near({symbol: fund.weights.get(symbol, Decimal(0)) for symbol in fund.cents}, fund.cents)


def require_near(submitted: dict[str | None, Decimal] | dict[str, Decimal], cents: object) -> None:
    """Hold submitted weights to steps of 0.0001, and every one to less than one step from its exact share."""
    assert isinstance(cents, dict)
    whole = sum(cents.values())
    for key, weight in submitted.items():
        assert weight >= 0
        assert Fraction(weight) % STEP == 0
        if whole:
            assert abs(Fraction(weight) - Fraction(cents[key], whole)) < STEP


def require_money(case: Case, made: Plan) -> None:
    planned = {asked.version_id: made.outcomes[asked.version_id].cents for asked in case.versions}
    moved = dict.fromkeys(made.funds, 0)
    for asked in case.versions:
        moved[asked.collection_id] = moved.get(asked.collection_id, 0) + planned[asked.version_id]
    before, after = case.worth(), case.worth(made)

    assert {key: after[key] - before.get(key, 0) for key in after} == {key: moved[key] for key in after}
    assert set(before) <= set(after)
    assert made.cash_cents == case.held.cash_cents - sum(planned.values())
    assert made.cash_cents >= 0 or (not made.planned and not made.orders)
    for fund in made.funds.values():
        assert min(fund.cents.values(), default=0) >= 0
    for key, cents in case.held.funds.items():
        stuck = {symbol: value for symbol, value in cents.items() if symbol not in case.tradable and value}
        assert {symbol: made.funds[key].cents[symbol] for symbol in stuck} == stuck


def require_orders(case: Case, made: Plan) -> None:
    change = made.cash_cents - case.held.cash_cents
    signs = [order.cents > 0 for order in made.orders]

    assert sum(order.cents for order in made.orders) == -change
    assert signs == sorted(signs)
    assert all(order.cents and order.symbol in case.tradable for order in made.orders)
    ordered = {(order.collection_id, order.symbol): order.cents for order in made.orders}
    assert len(ordered) == len(made.orders)
    for key, fund in made.funds.items():
        for symbol in {*fund.cents, *case.held.funds.get(key, {})}:
            had = case.held.funds.get(key, {}).get(symbol, 0)
            assert fund.cents.get(symbol, 0) == had + ordered.get((key, symbol), 0)


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_plan_is_sound(case: Case) -> None:
    made = case.plan

    event(f"planned: {min(len(made.planned), 4)}")
    require_sound(case, made)


@settings(max_examples=100, deadline=None)
@given(cases(), st.randoms(use_true_random=True))
def test_versions_of_one_moment_may_come_in_any_order(case: Case, chance: Random) -> None:
    at_once = [replace(asked, created_at=NOW) for asked in case.versions]
    case = replace(case, versions=tuple(chance.sample(at_once, len(at_once))))

    require_sound(case, case.plan)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_a_version_moves_as_much_as_it_asks_for_or_all_that_there_is(case: Case) -> None:
    made = case.plan

    for asked in case.versions:
        outcome, remaining = made.outcomes[asked.version_id], asked.remaining_cents or 0
        if not outcome.is_planned:
            assert outcome.cents == 0
        elif outcome.sells_all:
            assert outcome.cents < 0
        else:
            assert not asked.sells_all
            assert outcome.cents == remaining


@settings(max_examples=100, deadline=None)
@given(cases(min_cash=0))
def test_a_buy_is_planned_or_waits_as_cash_and_sales_of_all_have_it(case: Case) -> None:
    made = case.plan

    sold_out = {asked.collection_id for asked in case.versions if made.outcomes[asked.version_id].sells_all}
    free = made.cash_cents - case.held.withheld_cents
    for asked in case.versions:
        outcome = made.outcomes[asked.version_id]
        if outcome.cents > 0:
            assert free >= 0
            assert asked.collection_id not in sold_out
        elif outcome.waits and outcome.waits.code == "sold_first":
            assert asked.collection_id in sold_out
        elif outcome.waits:
            assert outcome.waits.code == "insufficient_funds"
            assert (asked.remaining_cents or 0) > free


@settings(max_examples=60, deadline=None)
@given(cases(max_versions=0))
def test_without_versions_targets_are_what_is_held(case: Case) -> None:
    made = case.plan

    require_sound(case, made)
    assert made.orders == ()
    assert made.cash_cents == case.held.cash_cents
    assert {key: fund.cents for key, fund in made.funds.items()} == case.held.funds


@settings(max_examples=60, deadline=None)
@given(cases())
def test_what_was_executed_is_not_planned_again(case: Case) -> None:
    made = case.plan
    executed = [
        replace(
            asked,
            status=EXECUTING,
            sets_weights=False,
            amount_cents=asked.executed_cents + made.outcomes[asked.version_id].cents,
            executed_cents=asked.executed_cents + made.outcomes[asked.version_id].cents,
        )
        for asked in case.versions
        if asked.version_id in made.planned and asked.amount_cents is not None and not asked.sells_all
    ]
    held = Held(made.cash_cents, {key: fund.cents for key, fund in made.funds.items()}, case.held.withheld_cents)

    again = plan(held, executed, case.tradable)

    assert again.orders == ()
    assert again.cash_cents == made.cash_cents


@settings(max_examples=150, deadline=None)
@given(cases(max_versions=1))
def test_one_version_shares_its_fund_out_to_the_cent(case: Case) -> None:
    made = case.plan

    for asked in case.versions:
        if asked.version_id not in made.planned:
            continue
        before, after = case.held.funds.get(asked.collection_id, {}), made.funds[asked.collection_id].cents
        parts = {symbol: Fraction(cents) for symbol, cents in before.items() if symbol in case.tradable and cents}
        wanted = {symbol: Fraction(weight) for symbol, weight in asked.contents.items() if symbol in case.tradable}
        if wanted and (asked.sets_weights or not parts):
            parts = wanted
        whole = sum(after.get(symbol, 0) for symbol in {*before, *after} if symbol in case.tradable)
        for symbol, part in parts.items():
            # Weights have six places, so that a millionth of the fund may lie between.
            slip = 1 + Fraction(whole, 1_000_000)
            assert abs(after.get(symbol, 0) - whole * part / sum(parts.values())) < slip
        assert {symbol for symbol, cents in after.items() if cents and symbol in case.tradable} <= set(parts)


STOLEN: dict[str, Callable[[Plan], Plan]] = {
    "a cent too little in cash": lambda made: replace(made, cash_cents=made.cash_cents - 1),
    "a cent too much in a fund": lambda made: with_fund(made, cents={**made.funds["tech"].cents, "S00": 30_001}),
    "a step too much of cash": lambda made: replace(made, cash_weight=made.cash_weight + Decimal("0.0001")),
    "two steps off in a fund": lambda made: with_fund(
        made, weights={"S00": Decimal("0.5002"), "S01": Decimal("0.4998")}
    ),
    "an order too few": lambda made: replace(made, orders=made.orders[:-1]),
    "purchases first": lambda made: replace(made, orders=made.orders[::-1]),
    "more submitted than done": lambda made: replace(made, outcomes={**made.outcomes, "v1": Outcome(10_001)}),
}


@pytest.mark.parametrize("name", STOLEN)
def test_a_plan_with_a_flaw_is_noticed(name: str) -> None:
    held = Held(40_000, {"mixed": {"S02": 10_000}, "tech": {"S00": 25_000, "S01": 25_000}})
    versions = (version(10_000), version(-3_000, "mixed", version_id="v2"))
    case = Case(held, versions, frozenset(SYMBOLS))
    require_sound(case, case.plan)

    with pytest.raises(AssertionError):
        require_sound(case, STOLEN[name](case.plan))


def with_fund(made: Plan, **changes: Any) -> Plan:
    return replace(made, funds={**made.funds, "tech": replace(made.funds["tech"], **changes)})
