"""Puts the control plane of one sandbox together, and fills a fresh one."""

from pathlib import Path

from infra.sandbox.control import ControlPlane, utc
from infra.sandbox.faults import Faults
from infra.sandbox.identity import Issuer
from infra.sandbox.partners.market_data import SHIPPED, MarketSimulator
from infra.sandbox.queues import Queues
from infra.sandbox.timekeeper import Timekeeper
from infra.stages import stage_from
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore


def control_plane(folder: Path, url: str, *, start: str) -> ControlPlane:
    """Return the control plane of a folder whose template is deployed."""
    queues = Queues()
    keeper = Timekeeper(queues)
    keeper.begin(utc(start))
    market = MarketSimulator(folder)
    market.load()
    _list_shipped_symbols()
    issuer = Issuer.in_folder(
        folder, url=f"{url}/sandbox/oidc", audience=stage_from({"stage": "local", "sandbox_url": url}).audience
    )
    return ControlPlane(issuer, keeper, queues, market, Faults())


def _list_shipped_symbols() -> None:
    store = DynamoInstrumentStore()
    for symbol in SHIPPED:
        exchange = Exchange.NYSE if symbol == "IBM" else Exchange.NASDAQ
        if store.find(exchange, symbol) is None:
            store.save(Instrument(symbol, exchange))
