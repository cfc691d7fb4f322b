"""A world in which people hold TTFs: collections, symbols with pinned prices, minutes of market time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sandbox import collections
from sandbox.registry import register
from tests.support.calls import Answer
from tests.support.world import World
from trading.markets.calendar import trading_day
from trading.markets.models import Exchange, Instrument
from trading.platform.clock import trading_date

TECH = {"AAPL": Decimal("0.6"), "MSFT": Decimal("0.4")}
PRICES = {"AAPL": Decimal(100), "MSFT": Decimal(50), "IBM": Decimal(200)}
EACH, SOME = 3, 7
_KEYS = count(1)


@dataclass(frozen=True)
class HoldingsWorld:
    """A world with a catalogue and a market that rests unless it is moved."""

    world: World

    @classmethod
    def of(cls, world: World) -> "HoldingsWorld":
        """Furnish a world."""
        register(Instrument(symbol, Exchange.NASDAQ) for symbol in PRICES)
        world.market.pin(PRICES)
        made = cls(world)
        made.put("tech", TECH)
        made.put("mixed", {"AAPL": Decimal("0.5"), "IBM": Decimal("0.5")})
        return made

    def put(self, collection_id: str, weights: Mapping[str, Decimal]) -> None:
        """Change a collection, from today on."""
        collections.put(collection_id, collection_id, weights, trading_date(self.world.now))

    def funded(self, cents: int = 1_000_000, uid: str = "ada") -> str:
        """Onboard somebody and let a deposit settle; return the funding account."""
        bank = self.world.onboard(uid)
        assert self.world.move("deposit", cents, bank, key=f"the-deposit-of-{uid:>16}", uid=uid).status == 201
        self.world.pass_by(days=3)
        return bank

    def reconfigure(self, collection_id: str = "tech", uid: str = "ada", key: str = "", **body: Any) -> Answer:
        """Ask for a reconfiguration."""
        key = key or f"a-key-of-its-own-{next(_KEYS):08d}"
        return self.world.call("reconfigure_collection", uid, collection_id=collection_id, body=body, key=key)

    def buy(self, cents: int, collection_id: str = "tech", uid: str = "ada") -> dict[str, Any]:
        """Buy, and let the market work until it is done; return the version."""
        return self.done(self.reconfigure(collection_id, uid, absolute_amount_delta_cents=cents), uid)

    def done(self, answer: Answer, uid: str = "ada") -> dict[str, Any]:
        """Let an hour of market time pass; return the version of an answer as it is then."""
        assert answer.status == 202, answer.body
        self.minutes(45)
        return self.version(answer, uid)

    def version(self, answer: Answer, uid: str = "ada") -> dict[str, Any]:
        """Return the version of an answer as it is now."""
        found: dict[str, Any] = self.world.call(
            "get_collection_version", uid, version_id=answer.body["version_id"]
        ).body
        return found

    def minutes(self, number: int) -> None:
        """Let minutes of market time pass, with what is polled: in each of the first ones, then in some."""
        self.world.work_off()
        passed = 0
        while passed < number:
            step = min(1 if passed < EACH else SOME, number - passed)
            self.world.pass_by(minutes=step)
            self.world.fire("poll_autopilot_runs")
            self.world.work_off()
            passed += step

    def open_market(self) -> None:
        """Go to the next open, with the batch of that moment."""
        coming = (
            trading_day(Exchange.NYSE, trading_date(self.world.now) + timedelta(days=ahead)) for ahead in range(7)
        )
        at = next(session.opens_at for session in coming if session is not None and session.opens_at > self.world.now)
        self.world.pass_by(seconds=int((at - self.world.now).total_seconds()))
        self.world.fire("release_versions")
        self.world.work_off()

    def holdings(self, collection_id: str = "tech", uid: str = "ada") -> dict[str, Any]:
        """Return what is held of a collection."""
        found: dict[str, Any] = self.world.call("get_collection_holdings", uid, collection_id=collection_id).body
        return found

    def portfolio(self, uid: str = "ada") -> dict[str, Any]:
        """Return everything that is held."""
        found: dict[str, Any] = self.world.call("get_managed_portfolio", uid).body
        return found
