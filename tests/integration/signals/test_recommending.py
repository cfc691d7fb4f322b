"""A morning's recommendations over the sandbox's market data: the jobs as they are deployed, with their rights."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.support.panels import random_panel
from tests.support.world import World
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.settings import settings
from trading.signals.models import Exclusion, Recommendation, SignalSet, Source
from trading.signals.panel import DailyPanel
from trading.signals.store import DynamoSignalStore

MORNING = datetime(2013, 2, 20, 13, 30, tzinfo=UTC)
DAY = date(2013, 2, 20)
SHIPPED = ("AAPL", "GOOG", "MSFT")


def load(world: World, symbol: str, panel: DailyPanel, *, price: float = 1, millions: float = 1) -> None:
    """Load bars on the sessions of the shipped history, up to the day before; after a reverse split a tenth trades."""
    days = sorted(day for day in world.market._days["AAPL"] if day < DAY)[-len(panel) :]
    text = io.StringIO("symbol,date,open,high,low,close,volume\n")
    text.seek(0, io.SEEK_END)
    for row, day in enumerate(days):
        prices = (float(getattr(panel, name)[row, 0]) * price for name in ("open", "high", "low", "close"))
        shares = int(millions * 1e6 / (10 if panel.close[row, 0] > 5 * panel.close[0, 0] else 1))
        text.write(",".join((symbol, str(day), *(f"{value:.4f}" for value in prices), str(shares))) + "\n")
    world.market.load_csv(text.getvalue())
    DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))


def published(world: World) -> dict[str, Recommendation]:
    world.pass_to(MORNING)
    assert world.fire("build_signals")["status"] == "done"
    found = DynamoSignalStore().read(Exchange.NASDAQ, DAY)
    return {r.symbol: r for r in found.recommendations} if found else {}


@pytest.fixture
def market(world: World) -> World:
    for symbol in SHIPPED:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    return world


def test_what_is_shipped_may_be_bought_and_what_is_odd_has_its_reason(market: World) -> None:
    walk, bills = random_panel(70), random_panel(70, seed=8)
    calm = {name: getattr(bills, name) for name in ("open", "high", "low", "close")}
    for prices in calm.values():
        prices[:] = 100 + np.arange(70)[:, np.newaxis] * 0.000016
    load(market, "PENNY", walk, price=0.05)
    load(market, "THIN", walk, millions=0.05)
    load(market, "SMALL", walk, millions=0.11, price=0.5)
    load(market, "YOUNG", walk.last(40))
    load(market, "BILLS", bills)

    found = published(market)

    assert {symbol: r.excluded for symbol, r in found.items() if r.excluded is not None} == {
        "PENNY": Exclusion.PRICE_TOO_LOW,
        "THIN": Exclusion.VOLUME_TOO_LOW,
        "SMALL": Exclusion.ILLIQUID,
        "YOUNG": Exclusion.TOO_FEW_BARS,
        "BILLS": Exclusion.TOO_CALM,
    }
    assert sorted(found[symbol].rank or 0 for symbol in SHIPPED) == [1, 2, 3]
    assert all(found[symbol].confidence is not None and found[symbol].stop_price for symbol in SHIPPED)


@pytest.mark.parametrize("on_file", [True, False])
def test_a_reverse_split_is_quarantined_unless_it_was_announced(market: World, *, on_file: bool) -> None:
    walk = random_panel(70)
    for name in ("open", "high", "low", "close"):
        getattr(walk, name)[-3:] *= 10
    walk.open[-3] = walk.close[-3] = walk.high[-3] = walk.low[-3] = walk.close[-4] * 10
    load(market, "REV", walk, millions=20)
    days = sorted(day for day in market.market._days["AAPL"] if day < DAY)
    action = CorporateAction(
        ActionKind.SPLIT, Exchange.NASDAQ, "REV", days[-3], Terms(old_rate=Decimal(10), new_rate=Decimal(1))
    )
    if on_file:
        market.market.actions.put([action])
        DynamoActionFile().file([action], days[-3])

    found = published(market)["REV"]

    assert (found.excluded is None) == on_file
    assert found.excluded in {None, Exclusion.UNADJUSTED_SPLIT}
    if on_file:
        assert abs(found.predicted_return or 0) < Decimal("0.05"), "the provider's adjusted bars know of the split"


def test_a_planned_day_says_why_each_of_the_universe_was_left_out(market: World) -> None:
    load(market, "PENNY", random_panel(70), price=0.05)
    body = {"name": "d", "exchange": 2, "is_automated": True}
    portfolio = market.call("create_portfolio", body=body).body["id"]
    published(market)
    market.pass_to(datetime(2013, 2, 20, 14, 15, tzinfo=UTC))
    market.fire("plan_sessions")
    market.work_off()

    found: Any = market.call("list_recommendations", portfolio_id=portfolio, query={"date": DAY.isoformat()}).body

    reasons = {one["symbol"]: one["reason"] for one in found["not_taken"]}
    assert reasons["PENNY"] == "price_too_low"
    assert reasons.keys() >= {*SHIPPED, "PENNY"}
    assert settings().signal_gate == "enforced"
    assert {reasons[symbol] for symbol in SHIPPED} == {"no_edge"}


def test_pinned_recommendations_pass_the_universe(market: World) -> None:
    pinned = Recommendation("PENNY", Decimal("0.02"), Decimal("0.02"), Decimal("0.03"), Decimal(2))
    DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, DAY, Source.PINNED, "pinned", (pinned,)))
    load(market, "PENNY", random_panel(70), price=0.05)

    assert published(market) == {"PENNY": pinned}


def test_bars_that_end_before_the_last_session_make_no_signals(market: World) -> None:
    market.pass_to(datetime(2013, 3, 6, 13, 30, tzinfo=UTC))

    assert market.fire("build_signals")["built"]["NASDAQ"] == 0
    assert DynamoSignalStore().read(Exchange.NASDAQ, date(2013, 3, 6)) is None
