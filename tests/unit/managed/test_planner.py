"""The planner on worked examples: amounts in cents decide, weights are what is submitted."""

from datetime import timedelta
from decimal import Decimal

from tests.unit.managed.makers import EXECUTING, NOW, fund, held, version
from trading.managed.models import Held
from trading.managed.rebalancing.planner import Outcome, Plan, plan

TRADABLE = frozenset({"AAPL", "MSFT", "IBM"})
TEN_THOUSAND = held(400_000, tech=fund(600_000))


def weights(made: Plan) -> dict[str, str]:
    submitted = {"cash": made.cash_weight, **{key: fund.weight for key, fund in made.funds.items()}}
    return {key: str(weight.normalize()) for key, weight in submitted.items()}


def test_a_buy_moves_its_amount_over_equity_and_not_over_cash() -> None:
    made = plan(TEN_THOUSAND, [version(100_000)], TRADABLE)

    assert weights(made) == {"cash": "0.3", "tech": "0.7"}
    assert made.outcomes == {"v1": Outcome(100_000)}


def test_a_quarter_of_a_fund_is_sold_as_cents() -> None:
    made = plan(TEN_THOUSAND, [version(-150_000)], TRADABLE)

    assert weights(made) == {"cash": "0.55", "tech": "0.45"}


def test_the_first_buy_of_all_makes_a_fund_from_its_contents() -> None:
    made = plan(Held(400_001, {}), [version(400_001)], TRADABLE)

    assert made.funds["tech"].cents == {"AAPL": 200_001, "MSFT": 200_000}
    assert weights(made) == {"cash": "0", "tech": "1"}
    assert made.cash_cents == 0


def test_a_sale_where_nothing_is_held_fails() -> None:
    made = plan(Held(100, {}), [version(-150_000)], TRADABLE)

    assert dict(made.reasons)["v1"].code == "insufficient_holdings"
    assert weights(made) == {"cash": "1"}


def test_an_account_without_a_cent_is_all_cash() -> None:
    assert weights(plan(Held(0, {}), [], TRADABLE)) == {"cash": "1"}


def test_a_buy_and_a_sale_of_everything_in_other_funds_stack_in_one_plan() -> None:
    whole = held(1_210_502, one=fund(3_301_369), two=fund(6_492_691))
    sale = version(-3_301_469, "one", version_id="v2")

    made = plan(whole, [version(10_000, "two"), sale], TRADABLE)

    assert made.outcomes == {"v2": Outcome(-3_301_369, sells_all=True), "v1": Outcome(10_000)}
    assert made.cash_cents == 1_210_502 + 3_301_369 - 10_000
    assert made.funds["one"].weight == 0
    assert sum([made.cash_weight, *(fund.weight for fund in made.funds.values())]) == 1


def test_a_buy_of_a_hundred_from_110045_dollars_is_told_in_steps() -> None:
    whole = held(1_210_502, one=fund(3_301_369), two=fund(6_492_691))

    made = plan(whole, [version(10_000, "one")], TRADABLE)

    assert weights(made) == {"cash": "0.1091", "one": "0.3009", "two": "0.59"}


def test_three_funds_that_would_round_up_leave_cash_at_zero() -> None:
    made = plan(held(0, one=fund(33_335), two=fund(33_335), three=fund(33_335)), [], TRADABLE)

    assert sorted(weights(made).values()) == ["0", "0.3333", "0.3333", "0.3334"]


def test_cash_and_funds_that_do_not_sum_to_1_are_normalised() -> None:
    made = plan(held(1_000, one=fund(2_000), two=fund(3_000)), [], TRADABLE)

    assert weights(made) == {"cash": "0.1667", "one": "0.3333", "two": "0.5"}


def test_all_cash_is_spent_to_the_cent() -> None:
    made = plan(held(123_457, tech=fund(1)), [version(123_457)], TRADABLE)

    assert made.cash_cents == 0
    assert made.planned == {"v1"}


def test_a_cent_more_than_the_cash_waits_untouched() -> None:
    made = plan(TEN_THOUSAND, [version(400_001)], TRADABLE)

    assert dict(made.reasons)["v1"].code == "insufficient_funds"
    assert made.orders == ()


def test_withheld_cash_is_not_spent() -> None:
    whole = held(400_000, 100_000, tech=fund(600_000))

    assert plan(whole, [version(300_000)], TRADABLE).planned == {"v1"}
    assert plan(whole, [version(300_001)], TRADABLE).planned == frozenset()


def test_a_sale_pays_for_a_buy_in_the_same_plan() -> None:
    whole = held(0, one=fund(600_000), two=fund(400_000))

    made = plan(whole, [version(250_000, "two"), version(-250_000, "one", version_id="v2")], TRADABLE)

    assert made.planned == {"v1", "v2"}
    assert [order.cents < 0 for order in made.orders] == [True, True, False, False]


def test_of_two_buys_the_older_one_gets_the_cash() -> None:
    late = version(300_000, version_id="late", created_at=NOW + timedelta(microseconds=1))
    early = version(300_000, version_id="early")

    made = plan(TEN_THOUSAND, [late, early], TRADABLE)

    assert made.planned == {"early"}


def test_two_versions_of_one_fund_stack() -> None:
    made = plan(TEN_THOUSAND, [version(100_000), version(200_000, version_id="v2")], TRADABLE)

    assert weights(made) == {"cash": "0.1", "tech": "0.9"}


def test_a_sale_of_the_rest_leaves_other_sales_theirs() -> None:
    rest = version(-400_000, version_id="rest", sells_all=True)

    made = plan(TEN_THOUSAND, [rest, version(-200_000, version_id="part")], TRADABLE)

    assert made.outcomes == {"part": Outcome(-200_000), "rest": Outcome(-400_000, sells_all=True)}


def test_a_buy_of_what_is_sold_altogether_waits_for_the_sale() -> None:
    sale = version(-600_000, version_id="sale", sells_all=True)

    made = plan(TEN_THOUSAND, [version(50_000), sale], TRADABLE)

    assert made.planned == {"sale"}
    assert dict(made.reasons)["v1"].code == "sold_first"


def test_a_sale_that_would_leave_dust_sells_all() -> None:
    made = plan(TEN_THOUSAND, [version(-599_901)], TRADABLE)

    assert made.outcomes["v1"] == Outcome(-600_000, sells_all=True)
    assert plan(TEN_THOUSAND, [version(-599_900)], TRADABLE).outcomes["v1"] == Outcome(-599_900)


def test_what_was_executed_counts_once() -> None:
    begun = version(-300_000, executed_cents=-200_000, status=EXECUTING)

    assert plan(TEN_THOUSAND, [begun], TRADABLE).outcomes["v1"] == Outcome(-100_000)


def test_own_weights_replace_the_old_ones_of_a_fund() -> None:
    change = version(100_000, contents={"IBM": Decimal(1)}, sets_weights=True)

    made = plan(TEN_THOUSAND, [change], TRADABLE)

    assert {key: cents for key, cents in made.funds["tech"].cents.items() if cents} == {"IBM": 700_000}


def test_money_for_a_fund_that_is_held_leaves_its_weights_alone() -> None:
    whole = held(400_000, tech={"AAPL": 450_000, "MSFT": 150_000})

    made = plan(whole, [version(100_000)], TRADABLE)

    assert made.funds["tech"].weights == {"AAPL": Decimal("0.75"), "MSFT": Decimal("0.25")}


def test_a_symbol_that_cannot_be_traded_keeps_what_it_has_and_gets_nothing() -> None:
    made = plan(TEN_THOUSAND, [version(100_000, sets_weights=True)], frozenset({"AAPL"}))

    assert made.funds["tech"].cents == {"MSFT": 300_000, "AAPL": 400_000}


def test_without_a_symbol_to_trade_nothing_is_moved() -> None:
    versions = [version(1_000), version(-1_000, version_id="v2"), version(version_id="v3")]

    made = plan(TEN_THOUSAND, versions, frozenset())

    assert {reason.code for _, reason in made.reasons} == {"no_tradable_symbols"}
    assert len(made.reasons) == 3
    assert made.orders == ()


def test_below_zero_only_sales_that_make_up_for_it_are_planned() -> None:
    debt = held(-50_000, tech=fund(600_000))

    assert plan(debt, [version(-50_000)], TRADABLE).planned == {"v1"}
    for asked in (version(-49_999), version(100), version()):
        made = plan(debt, [asked], TRADABLE)
        assert dict(made.reasons)["v1"].code == "cash_below_zero"
        assert made.orders == ()


def test_a_deposit_alone_trades_nothing() -> None:
    made = plan(held(1_400_000, tech={"AAPL": 599_999, "MSFT": 1}), [], TRADABLE)

    assert made.orders == ()


def test_the_least_amount_is_a_dollar_or_a_step_of_the_equity() -> None:
    assert held(0).min_cents == 100
    assert held(-5).min_cents == 100
    assert held(1_000_000).min_cents == 100
    assert held(1_000_001).min_cents == 101
    assert held(100_000_000, tech=fund(100)).min_cents == 10_001
