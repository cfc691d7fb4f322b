"""Versions that nobody asked for."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.unit.managed.catalogues import SINCE, TECH, catalogue, weight_set
from tests.unit.managed.makers import HALVES, NOW, portfolio, seen, version
from trading.managed.models import ManagedPortfolio
from trading.managed.rebalancing.auto_rebalance import COOL_DOWN, MAX_AUTOMATIC, automatic_versions
from trading.managed.versions.models import Source, Version

CHANGED = date(2026, 3, 2)
NEW = {"AAPL": Decimal("0.25"), "IBM": Decimal("0.75")}
ON_TARGET = seen(0, tech={"AAPL": (500, "5"), "MSFT": (500, "5")})
ADRIFT = seen(0, tech={"AAPL": (601, "5"), "MSFT": (399, "5")})


def following(since: date | None = SINCE) -> ManagedPortfolio:
    made = portfolio(tech="f")
    return made.with_fund(replace(made.funds["tech"], follows=since))


def made(
    who: ManagedPortfolio, snapshot: object = ON_TARGET, *, changed: bool = False, active: str = ""
) -> list[Version]:
    change = replace(TECH, sets=(*TECH.sets, weight_set(CHANGED, AAPL="0.25", IBM="0.75")))
    market = catalogue(change if changed else TECH, active=active or "AAPL MSFT IBM")
    return list(automatic_versions(who, [], snapshot, market, NOW))  # type: ignore[arg-type]


def test_a_fund_follows_its_collection() -> None:
    (only,) = made(following(), changed=True)

    assert (only.source, only.contents, only.sets_weights, only.follows) == (Source.AUTOMATIC, NEW, True, CHANGED)
    assert (only.amount_cents, only.sells_all, only.reserved_cents) == (None, False, 0)


def test_the_same_change_makes_the_same_version() -> None:
    assert made(following(), changed=True) == made(following(), changed=True)


def test_own_weights_follow_nothing() -> None:
    assert made(following(None), changed=True) == []


def test_what_follows_already_stays() -> None:
    assert made(following()) == []


def test_a_fund_beyond_a_tenth_of_drift_is_led_back_to_its_own_weights() -> None:
    (only,) = made(following(None), ADRIFT)

    assert (only.contents, only.follows) == (HALVES, None)
    assert made(following(None), seen(0, tech={"AAPL": (60, "5"), "MSFT": (40, "5")})) == []


def test_a_deposit_makes_none() -> None:
    assert made(following(), replace(ON_TARGET, cash_cents=10**9)) == []


def test_a_fund_rests_for_a_day() -> None:
    who = following()
    just = who.with_fund(replace(who.funds["tech"], rebalanced_at=NOW - COOL_DOWN + timedelta(seconds=1)))
    rested = who.with_fund(replace(who.funds["tech"], rebalanced_at=NOW - COOL_DOWN))

    assert made(just, ADRIFT) == []
    assert len(made(rested, ADRIFT)) == 1


def test_the_persons_own_version_comes_first() -> None:
    found = automatic_versions(following(), [version(100)], ADRIFT, catalogue(), NOW)

    assert list(found) == []
    assert len(list(automatic_versions(following(), [version(100, "other")], ADRIFT, catalogue(), NOW))) == 1


def test_what_is_not_held_is_left_alone() -> None:
    assert made(following(), seen(5), changed=True) == []


def test_without_a_symbol_to_trade_nothing_is_sold() -> None:
    assert made(following(), ADRIFT, changed=True, active="GOOG") == []
    assert made(following(None), ADRIFT, active="GOOG") == []


def test_a_symbol_that_cannot_be_traded_any_more_is_no_drift() -> None:
    assert made(following(None), ADRIFT, active="AAPL") == []


def test_no_more_are_open_at_once_than_a_transaction_holds() -> None:
    names = [f"collection{number}" for number in range(40)]
    snapshot = seen(0, **{name: {"AAPL": (601, "5"), "MSFT": (399, "5")} for name in names})
    who = portfolio(**dict.fromkeys(names, "f"))

    first = list(automatic_versions(who, [], snapshot, catalogue(), NOW))
    own = [version(100, "tech")]
    more = list(automatic_versions(who, [*own, *first[:3]], snapshot, catalogue(), NOW))

    assert len(first) == MAX_AUTOMATIC
    assert len(more) == MAX_AUTOMATIC - 3
    assert {auto.collection_id for auto in more}.isdisjoint(auto.collection_id for auto in first[:3])
