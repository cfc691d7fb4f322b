"""A portfolio that the jobs of the day trade over routes and queues, for tests of rails."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.support.world import World
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import PortfolioState
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.store import DynamoSignalStore

DAY, TOMORROW, AFTER = date(2013, 2, 20), date(2013, 2, 21), date(2013, 2, 22)
SYMBOLS = ("AAA", "BBB", "CCC", "DDD")


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@dataclass
class Trader:
    """One person's portfolio, traded by the jobs of the day."""

    world: World
    portfolio_id: str

    def signals(self, day: date, *symbols: str) -> None:
        items = tuple(
            Recommendation(symbol, Decimal("0.02"), Decimal("0.02"), Decimal("1.5"), Decimal(100))
            for symbol in symbols or SYMBOLS
        )
        DynamoSignalStore().save(SignalSet(Exchange.NASDAQ, day, Source.PINNED, f"pinned {day}", items))
        self.price(100, *symbols)

    def price(self, price: Decimal | int | str | None, *symbols: str) -> None:
        self.world.market.pin(dict.fromkeys(symbols or SYMBOLS, None if price is None else Decimal(price)))

    def run(self, job: str, moment: datetime) -> None:
        self.world.pass_to(moment)
        self.world.fire(job)
        self.world.work_off()

    def enter(self, day: date = DAY) -> None:
        self.signals(day)
        self.run("plan_sessions", at(day, 14, 15))
        self.run("open_sessions", at(day, 14, 31))

    def monitor(self, day: date = DAY, hour: int = 15, minute: int = 0) -> None:
        self.run("monitor_positions", at(day, hour, minute))

    def get(self, name: str = "get_portfolio", **query: str) -> Any:
        return self.world.call(name, portfolio_id=self.portfolio_id, query=query).body

    def set_rails(self, **rails: object) -> None:
        answer = self.world.call("update_portfolio", portfolio_id=self.portfolio_id, body={"rails": rails})
        assert answer.status == 200, answer.body

    def rails(self) -> list[str]:
        return [block["rail"] for block in self.get()["blocks"]]

    def session(self, day: date = DAY) -> dict[str, Any]:
        (found,) = self.get("list_sessions", date=day.isoformat())["items"]
        return dict(found)

    def exits(self, day: date = DAY) -> set[str | None]:
        return {item["exit_reason"] for item in self.get("list_positions", date=day.isoformat())["items"]}

    def state(self, day: date = DAY) -> PortfolioState:
        state = DynamoSessionStore().load(PortfolioKey("ada", int(self.portfolio_id)), day)
        assert state is not None
        return state


def new_trader(world: World, name: str = "day", uid: str = "ada") -> Trader:
    """Open an automated portfolio and register what it trades."""
    for symbol in SYMBOLS:
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
    made = world.call("create_portfolio", uid, body={"name": name, "exchange": 2, "is_automated": True})
    assert made.status == 201, made.body
    return Trader(world, str(made.body["id"]))
