"""Building a day's recommendations."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.support.markets import FakeActions, FakeAssessments, FakeInstruments, FakeSignals
from tests.support.panels import FakePanels, changed, random_panel, without_bar
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.models import Exchange, Instrument
from trading.markets.service import Calendar
from trading.platform.errors import Unavailable
from trading.signals.baseline import baseline
from trading.signals.models import Exclusion, Recommendation, SignalSet, Source
from trading.signals.panel import DailyPanel
from trading.signals.service import SignalService, last_session

DAY = date(2013, 2, 19)
LAST = date(2013, 2, 15)
SYMBOLS = ("S000", "S001", "S002")
PINNED = SignalSet(
    Exchange.NASDAQ, DAY, Source.PINNED, "pinned", (Recommendation("FB", Decimal("0.02"), None, None, Decimal(28)),)
)


def panel(symbols: int = 3, sessions: int = 70) -> DailyPanel:
    """Return a panel that ends on the last session before the day, which a holiday parts from it."""
    return random_panel(sessions, symbols, before=LAST + timedelta(days=1))


def service(
    market: FakePanels,
    signals: FakeSignals | None = None,
    *,
    symbols: tuple[str, ...] = SYMBOLS,
    actions: FakeActions | None = None,
) -> SignalService:
    instruments = FakeInstruments()
    for symbol in symbols:
        instruments.save(Instrument(symbol, Exchange.NASDAQ))
    instruments.save(Instrument("GONE", Exchange.NASDAQ, active=False))
    return SignalService(
        market,
        instruments,
        signals or FakeSignals(),
        actions or FakeActions(),
        FakeAssessments(),
        Calendar(FakeInstruments()),
    )


def test_a_day_has_a_recommendation_for_each_listed_symbol_with_bars_or_without() -> None:
    signals, market = FakeSignals(), FakePanels(panel=panel(2))

    built = service(market, signals).build(Exchange.NASDAQ, DAY)

    assert built is not None
    assert built.source is Source.BASELINE
    assert {r.symbol: r.excluded for r in built.recommendations} == {
        "S000": None,
        "S001": None,
        "S002": Exclusion.NO_RECENT_BAR,
    }
    assert signals.read(Exchange.NASDAQ, DAY) == built
    assert market.asked == [SYMBOLS]


def test_figures_leave_as_decimals_of_the_baseline() -> None:
    whole = panel()

    built = service(FakePanels(panel=whole)).build(Exchange.NASDAQ, DAY)

    assert built is not None
    expected, found = baseline(whole), next(r for r in built.recommendations if r.symbol == "S001")
    assert found.predicted_return == Decimal(str(round(expected.expected[1], 8)))
    assert found.volatility == Decimal(str(round(expected.volatility[1], 8)))
    assert found.atr == Decimal(str(round(expected.atr[1], 4)))
    assert found.previous_close == Decimal(str(round(whole.close[-1, 1], 4)))


def test_a_figure_beyond_all_measure_is_that_symbol_s_loss_alone() -> None:
    whole = panel(2)
    odd = whole.close.copy()
    odd[-21, 0] = 1e-30

    market = FakePanels(panel=changed(whole, close=odd))
    built = service(market, symbols=SYMBOLS[:2]).build(Exchange.NASDAQ, DAY)

    assert built is not None
    assert [(r.symbol, r.predicted_return is None, r.excluded) for r in built.recommendations] == [
        ("S001", False, None),
        ("S000", True, Exclusion.BAD_BARS),
    ]


def test_who_is_excluded_is_published_with_the_reason() -> None:
    halted = without_bar(panel(), -1)

    built = service(FakePanels(panel=halted)).build(Exchange.NASDAQ, DAY)

    assert built is not None
    assert {r.symbol: (r.excluded, r.rank is None) for r in built.recommendations} == {
        "S000": (Exclusion.NO_RECENT_BAR, True),
        "S001": (None, False),
        "S002": (None, False),
    }


@pytest.mark.parametrize(("cancelled", "is_quarantined"), [(True, True), (False, False)], ids=["called off", "on file"])
def test_an_action_on_file_explains_a_move(*, cancelled: bool, is_quarantined: bool) -> None:
    whole, actions = panel(1), FakeActions()
    halves = {name: getattr(whole, name).copy() for name in ("open", "high", "low", "close")}
    for prices in halves.values():
        prices[:-3] = whole.close[-4] * 2
        prices[-3:] = whole.close[-4]
    action = CorporateAction(ActionKind.SPLIT, Exchange.NASDAQ, "S000", whole.days[-3].item(), Terms())
    actions.file([action.cancelled if cancelled else action], DAY)
    market = FakePanels(panel=changed(whole, **halves, volume=np.full_like(whole.volume, 1e7)))

    built = service(market, actions=actions).build(Exchange.NASDAQ, DAY)

    assert built is not None
    assert (built.recommendations[0].excluded is Exclusion.UNADJUSTED_SPLIT) == is_quarantined


def test_built_again_of_the_same_bars_a_day_has_the_same_version() -> None:
    built = service(FakePanels(panel=panel()))

    assert built.build(Exchange.NASDAQ, DAY) == built.build(Exchange.NASDAQ, DAY)


def test_an_exchange_without_a_data_source_has_no_signals() -> None:
    market, signals = FakePanels(panel=panel(), covered=frozenset({Exchange.NYSE})), FakeSignals()

    assert service(market, signals).build(Exchange.NASDAQ, DAY) is None
    assert signals.kept == {}
    assert market.asked == []


@pytest.mark.parametrize("symbols", [(), ("S000",)])
def test_an_exchange_without_symbols_or_without_bars_has_no_signals(symbols: tuple[str, ...]) -> None:
    signals = FakeSignals()

    assert service(FakePanels(), signals, symbols=symbols).build(Exchange.NASDAQ, DAY) is None
    assert signals.kept == {}


def test_bars_that_end_before_the_last_session_make_no_signals() -> None:
    signals = FakeSignals()
    stale = random_panel(70, 3, before=LAST)

    assert service(FakePanels(panel=stale), signals).build(Exchange.NASDAQ, DAY) is None
    assert signals.kept == {}


def test_where_much_has_no_bar_of_the_last_session_pages_are_missing() -> None:
    signals, missing = FakeSignals(), without_bar(without_bar(panel(), -1, 0), -1, 1)

    with pytest.raises(Unavailable):
        service(FakePanels(panel=missing), signals).build(Exchange.NASDAQ, DAY)
    assert signals.kept == {}


def test_what_is_pinned_stands_and_the_market_is_not_asked() -> None:
    market, signals = FakePanels(panel=panel()), FakeSignals({(Exchange.NASDAQ, DAY): PINNED})

    assert service(market, signals).build(Exchange.NASDAQ, DAY) == PINNED
    assert signals.read(Exchange.NASDAQ, DAY) == PINNED
    assert market.asked == []


def test_what_is_pinned_while_the_baseline_is_computed_stands() -> None:
    class PinnedMeanwhile(FakeSignals):
        def save(self, signals: SignalSet) -> bool:
            self.kept[Exchange.NASDAQ, DAY] = PINNED
            return super().save(signals)

    assert service(FakePanels(panel=panel()), PinnedMeanwhile()).build(Exchange.NASDAQ, DAY) == PINNED


def test_a_market_that_cannot_be_asked_saves_nothing() -> None:
    signals = FakeSignals()

    with pytest.raises(Unavailable):
        service(FakePanels(fails_with=Unavailable()), signals).build(Exchange.NASDAQ, DAY)
    assert signals.kept == {}


def test_the_last_session_lies_before_weekends_holidays_and_closures() -> None:
    instruments = FakeInstruments()
    instruments.closed.add((Exchange.NASDAQ, LAST))

    assert last_session(Calendar(FakeInstruments()), Exchange.NASDAQ, DAY) == LAST
    assert last_session(Calendar(instruments), Exchange.NASDAQ, DAY) == date(2013, 2, 14)
