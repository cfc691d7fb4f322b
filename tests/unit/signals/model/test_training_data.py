"""Training data: the symbols that trade most, for as long as is asked."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.support.models import SATURDAY
from tests.support.panels import FakePanels, changed, random_panel
from trading.markets.models import Exchange, Instrument
from trading.signals.model.training_data import NothingListed, TrainingData

NASDAQ, UNTIL = Exchange.NASDAQ, SATURDAY.date()
PANEL = random_panel(80, 6, before=UNTIL)


@dataclass
class Listing:
    """The registry of instruments, as far as it is asked."""

    symbols: tuple[str, ...] = field(default=PANEL.symbols)

    def listed(self, exchange: Exchange) -> tuple[Instrument, ...]:
        return tuple(Instrument(symbol, exchange) for symbol in self.symbols)


def data(panels: FakePanels, listing: Listing, max_symbols: int = 800) -> TrainingData:
    return TrainingData(panels, listing, max_symbols=max_symbols)  # type: ignore[arg-type]


def test_few_symbols_are_all_trained_on() -> None:
    panels = FakePanels(panel=PANEL)

    samples = data(panels, Listing()).samples(NASDAQ, UNTIL)

    assert panels.asked == [PANEL.symbols]
    assert len(samples) == (80 - 64) * 6


def test_of_many_symbols_those_that_trade_most() -> None:
    volume = PANEL.volume * np.array([1, 1, 9, 1, 8, 1])
    volume[-1, 0] = 1e12  # one busy day is no habit
    volume[:, 5] = np.nan
    panels = FakePanels(panel=changed(PANEL, volume=volume))

    data(panels, Listing(), max_symbols=2).samples(NASDAQ, UNTIL)

    assert panels.asked == [PANEL.symbols, ("S002", "S004")]


def test_nothing_listed_is_nothing_to_train() -> None:
    with pytest.raises(NothingListed):
        data(FakePanels(), Listing(())).samples(NASDAQ, UNTIL)
