"""Who may ask for what, and what it comes to in cents."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.managed.catalogues import SINCE, TECH, catalogue
from tests.unit.managed.makers import EXECUTING, HALVES, NOW, fund, held, portfolio, seen, version
from trading.brokerage.models import AccountStatus
from trading.funding.accounts.models import Pause, TradingAccount, account_id_of
from trading.ledger.models import LedgerAccount
from trading.managed.models import Held
from trading.managed.versions import rules
from trading.managed.versions.models import VersionStatus
from trading.managed.versions.rules import Amount, Contents, Reconfiguration
from trading.platform.errors import Conflict, InvalidRequest, NotFound

HELD = held(400_000, tech=fund(600_000))
OPEN = replace(
    TradingAccount.shell("ada", NOW),
    status=AccountStatus.OPEN,
    opened_at=NOW,
    broker_account_id="broker-1",
    balances={LedgerAccount.CASH: 400_000},
)


def asked(**more: Any) -> Reconfiguration:
    made = Reconfiguration("ada", "tech", weights=None, amount_cents=None, percent=None, account_id=None, key=None)
    return replace(made, **more)


def buy(cents: int) -> Reconfiguration:
    return asked(amount_cents=cents)


def percent(share: str) -> Reconfiguration:
    return asked(percent=Decimal(share))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as caught:
        call()
    return caught.value.code


def messages_of(*weights: tuple[str, str]) -> list[str]:
    with pytest.raises(InvalidRequest) as caught:
        rules.checked_weights([(symbol, Decimal(weight)) for symbol, weight in weights])
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "must name at least one symbol and at most 50"),
        ([("A", "0.5"), ("A", "0.5")], "must name each symbol once"),
        ([("A", "1"), ("B", "0")], "must be above 0"),
        ([("A", "1.5"), ("B", "-0.5")], "must be above 0"),
        ([("A", "0.5"), ("B", "0.499998")], "must sum to 1"),
        ([("A", "0.5"), ("B", "0.500002")], "must sum to 1"),
        ([(f"S{number}", "0.02") for number in range(51)], "must name at least one symbol and at most 50"),
    ],
)
def test_weights_that_are_none_are_refused(weights: list[tuple[str, str]], message: str) -> None:
    assert message in messages_of(*weights)


@pytest.mark.parametrize("last", ["0.499999", "0.5", "0.500001"])
def test_weights_within_a_millionth_are_made_to_sum_to_1(last: str) -> None:
    made = rules.checked_weights([("A", Decimal("0.5")), ("B", Decimal(last))])

    assert sum(made.values()) == 1
    assert set(made) == {"A", "B"}


def test_fifty_symbols_are_not_too_many() -> None:
    assert len(rules.checked_weights([(f"S{number}", Decimal("0.02")) for number in range(50)])) == 50


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=50))
def test_accepted_weights_sum_to_exactly_1(parts: list[int]) -> None:
    given_ = [(f"S{at}", Decimal(part) / sum(parts)) for at, part in enumerate(parts)]

    made = rules.checked_weights(given_)

    assert sum(made.values()) == 1
    assert all(
        weight > 0 and abs(weight - dict(given_)[symbol]) < Decimal("0.000002") for symbol, weight in made.items()
    )


def test_symbols_that_cannot_be_traded_are_named() -> None:
    with pytest.raises(InvalidRequest) as caught:
        rules.require_tradable({**HALVES, "GONE": Decimal(0)}, frozenset(HALVES))

    assert [problem.message for problem in caught.value.problems] == ["GONE cannot be traded"]
    rules.require_tradable(HALVES, frozenset(HALVES))


def test_anothers_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        rules.require_account(OPEN, asked(account_id=account_id_of("eve")))

    assert rules.require_account(OPEN, asked(account_id=account_id_of("ada"))) is OPEN


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (None, "account_not_open"),
        (TradingAccount.shell("ada", NOW), "account_not_open"),
        (replace(OPEN, status=AccountStatus.CLOSED), "account_not_open"),
        (replace(OPEN, status=AccountStatus.FROZEN), "account_not_open"),
        (replace(OPEN, pauses=frozenset({Pause.BROKER})), "trading_paused"),
    ],
)
def test_an_account_that_may_not_trade_is_refused(account: TradingAccount | None, code: str) -> None:
    assert code_of(lambda: rules.require_account(account, buy(-100))) == code


def test_an_account_without_new_trades_sells_and_does_not_buy() -> None:
    account = replace(OPEN, status=AccountStatus.OPEN_NO_NEW_TRADES)

    assert rules.require_account(account, buy(-100)) is account
    assert rules.require_account(account, percent("-10")) is account
    for request in (buy(100), percent("10"), asked(weights=HALVES)):
        assert code_of(lambda request=request: rules.require_account(account, request)) == "account_not_open"  # type: ignore[misc]


@pytest.mark.parametrize("pause", [Pause.RETURNED_DEPOSIT, Pause.OPERATOR])
def test_of_whom_we_pause_only_sales_go_on(pause: Pause) -> None:
    owing = replace(OPEN, pauses=frozenset({pause}))

    assert rules.require_account(owing, buy(-100)) is owing
    assert rules.require_account(owing, percent("-10")) is owing
    for request in (buy(100), percent("10"), asked(weights=HALVES)):
        assert code_of(lambda request=request: rules.require_account(owing, request)) == "trading_paused"  # type: ignore[misc]


def test_twenty_versions_may_be_open() -> None:
    rules.require_room(replace(portfolio(), open_versions=("v",) * 19))

    assert code_of(lambda: rules.require_room(replace(portfolio(), open_versions=("v",) * 20))) == "limit_exceeded"


def holding_collections(count: int) -> Held:
    return held(400_000, **{f"c{number}": fund(100) for number in range(count)})


@pytest.mark.parametrize("count", [rules.MAX_COLLECTIONS - 1, rules.MAX_COLLECTIONS])
def test_one_collection_more_than_an_account_may_hold_is_refused(count: int) -> None:
    holds, empty = holding_collections(count), portfolio()
    others = [version(100, "c0"), version(100, "c-old", status=VersionStatus.COMPLETE)]

    rules.require_few_collections(asked(collection_id="c1", amount_cents=-100), empty, holds, others)
    if count < rules.MAX_COLLECTIONS:
        rules.require_few_collections(buy(100), empty, holds, others)
        return
    refused = code_of(lambda: rules.require_few_collections(buy(100), empty, holds, others))

    assert refused == "too_many_collections"


def test_collections_that_wait_count_as_held() -> None:
    holds, waits = holding_collections(rules.MAX_COLLECTIONS - 1), version(100, "waits", status=EXECUTING)

    assert (
        code_of(lambda: rules.require_few_collections(buy(100), portfolio(), holds, [waits])) == "too_many_collections"
    )
    rules.require_few_collections(buy(100), portfolio(), holds, [replace(waits, collection_id="tech")])


def test_an_account_has_eighty_collections_in_its_life() -> None:
    full = portfolio(**{f"old{number}": "fund" for number in range(rules.MAX_COLLECTIONS_EVER)})

    rules.require_few_collections(asked(collection_id="old7", amount_cents=100), full, held(400_000), [])
    assert code_of(lambda: rules.require_few_collections(buy(100), full, held(400_000), [])) == "too_many_collections"


def test_a_buy_may_take_all_free_cash_and_no_cent_more() -> None:
    assert rules.amount_of(buy(400_000), HELD, 400_000, []) == Amount(400_000)
    assert code_of(lambda: rules.amount_of(buy(400_001), HELD, 400_000, [])) == "insufficient_funds"
    assert code_of(lambda: rules.amount_of(buy(100), HELD, 0, [])) == "insufficient_funds"
    assert code_of(lambda: rules.amount_of(percent("50"), HELD, 0, [])) == "insufficient_funds"


@pytest.mark.parametrize(
    ("share", "cents"), [("100", 300_001), ("50", 150_000), ("33.333", 99_999), ("0.5", 1_500), ("99.9999", 300_000)]
)
def test_a_percent_of_a_buy_is_of_free_cash_and_never_more(share: str, cents: int) -> None:
    assert rules.amount_of(percent(share), HELD, 300_001, []) == Amount(cents)


@pytest.mark.parametrize(
    ("share", "expected"),
    [("-25", Amount(-150_000)), ("-100", Amount(-600_000, sells_all=True)), ("-99.9999", Amount(-599_999))],
)
def test_a_percent_of_a_sale_is_of_the_fund(share: str, expected: Amount) -> None:
    assert rules.amount_of(percent(share), HELD, 0, []) == expected


def test_a_sale_of_more_than_is_held_is_one_of_all() -> None:
    assert rules.amount_of(buy(-599_999), HELD, 0, []) == Amount(-599_999)
    assert rules.amount_of(buy(-600_000), HELD, 0, []) == Amount(-600_000, sells_all=True)
    assert rules.amount_of(buy(-(10**12)), HELD, 0, []) == Amount(-600_000, sells_all=True)


def test_what_other_sales_want_is_not_sold_twice() -> None:
    others = [
        version(-300_000),
        version(-200_000, executed_cents=-100_000, status=EXECUTING),
        version(500_000),
        version(-500_000, "other"),
        version(),
    ]

    assert rules.amount_of(buy(-199_999), HELD, 0, others) == Amount(-199_999)
    assert rules.amount_of(buy(-200_000), HELD, 0, others) == Amount(-200_000, sells_all=True)
    assert rules.amount_of(percent("-50"), HELD, 0, others) == Amount(-200_000, sells_all=True)


def test_while_all_is_being_sold_nothing_is_left_to_sell() -> None:
    others = [version(-1, sells_all=True)]

    assert code_of(lambda: rules.amount_of(buy(-100), HELD, 0, others)) == "insufficient_holdings"
    assert code_of(lambda: rules.amount_of(buy(-100), HELD, 0, [version(-600_000)])) == "insufficient_holdings"


@pytest.mark.parametrize("request_", [buy(-100), percent("-100"), asked(), asked(weights=HALVES)])
def test_where_nothing_is_held_nothing_is_sold_or_re_weighted(request_: Reconfiguration) -> None:
    assert code_of(lambda: rules.amount_of(request_, Held(400_000, {}), 400_000, [])) == "insufficient_holdings"


def test_a_version_without_an_amount_only_re_weights() -> None:
    assert rules.amount_of(asked(weights=HALVES), HELD, 0, []) == Amount(None)


@pytest.mark.parametrize(
    ("equity", "least"), [(0, 100), (1_000_000, 100), (1_000_001, 101), (2_000_000, 200), (2_000_001, 201)]
)
def test_the_least_amount_is_a_dollar_or_a_step_of_the_equity(equity: int, least: int) -> None:
    whole = held(equity - equity // 2, tech=fund(equity // 2))

    assert rules.amount_of(buy(least), whole, least, []) == Amount(least)
    assert code_of(lambda: rules.amount_of(buy(least - 1), whole, least, [])) == "amount_too_small"
    if equity:
        assert rules.amount_of(buy(-least), whole, 0, []) == Amount(-least)
        assert code_of(lambda: rules.amount_of(buy(1 - least), whole, 0, [])) == "amount_too_small"


def test_less_than_the_least_amount_may_be_sold_if_it_is_all() -> None:
    assert rules.amount_of(buy(-7), held(10**9, tech=fund(7)), 0, []) == Amount(-7, sells_all=True)


def test_free_cash_is_no_more_than_the_broker_has() -> None:
    reserved = {
        LedgerAccount.CASH: 300_000,
        LedgerAccount.BUYS_RESERVED: 80_000,
        LedgerAccount.WITHDRAWALS_RESERVED: 20_000,
    }
    account = replace(OPEN, balances=reserved)

    assert rules.free_cents(account, None) == 300_000
    assert rules.free_cents(account, seen(400_000)) == 300_000
    assert rules.free_cents(account, seen(390_000)) == 290_000
    assert rules.free_cents(account, seen(500_000)) == 300_000
    assert rules.free_cents(account, seen(50_000)) == 0
    assert rules.free_cents(replace(account, trades_since=NOW), seen(50_000)) == 300_000


def test_given_weights_are_taken_as_they_are() -> None:
    own = {"IBM": Decimal(1)}

    made = rules.contents_of(asked(weights=own, amount_cents=100), portfolio(tech="f"), HELD, catalogue())

    assert made == Contents(own, sets_weights=True, follows=None)


def test_money_for_a_fund_that_is_held_keeps_its_weights() -> None:
    for request in (buy(100), buy(-100), percent("5")):
        made = rules.contents_of(request, portfolio(tech="f"), HELD, catalogue())
        assert made == Contents(HALVES, sets_weights=False, follows=None)


def test_a_first_buy_and_a_bare_request_take_what_the_collection_recommends() -> None:
    first = rules.contents_of(buy(100), portfolio(), Held(100, {}), catalogue(active="AAPL"))
    bare = rules.contents_of(asked(), portfolio(tech="f"), HELD, catalogue())

    assert first == Contents({"AAPL": Decimal(1)}, sets_weights=True, follows=SINCE)
    assert bare == Contents(HALVES, sets_weights=True, follows=SINCE)


def test_a_collection_without_a_symbol_to_trade_is_refused() -> None:
    nothing = catalogue(TECH, active="IBM")

    code = code_of(lambda: rules.contents_of(buy(100), portfolio(), Held(100, {}), nothing))

    assert code == "no_tradable_symbols"
