"""The control plane, `/sandbox/*`: tokens, time, queues, the market, partners, faults, effects, the ledger check.

Routes run in threads: they wait for the emulator, whose authorizer in turn asks this very server
for the issuer's keys.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import bodies, collections, ledger_check
from sandbox.action_bodies import CorporateActions
from sandbox.alarms import AlarmBoard
from sandbox.effects import effects
from sandbox.faults import Faults
from sandbox.identity import Issuer
from sandbox.partners.drivewealth.control import DriveWealthControl
from sandbox.partners.firebase.control import FirebaseControl
from sandbox.partners.market_data.pins import Pin, read_key
from sandbox.partners.market_data.simulator import MarketSimulator
from sandbox.partners.plaid.control import PlaidControl
from sandbox.partners.stripe.control import StripeControl
from sandbox.partners.stripe.errors import AlreadyDoneError
from sandbox.queues import NAMES, Queues
from sandbox.registry import register, register_quoted, register_unknown
from sandbox.timekeeper import BackwardsError, Timekeeper, describe
from trading.markets.models import Exchange, Instrument
from trading.markets.prices.store import forget_prices
from trading.platform.clock import trading_date
from trading.signals.models import Recommendation, SignalSet, Source, version_of
from trading.signals.store import DynamoSignalStore

Operation = Callable[[Request, bytes], Any]
MAX_ROUNDS = 20
"""How often what was written to the outbox meanwhile is waited for again."""


class UnknownQueueError(LookupError):
    """Raised when there is no queue of a name."""


@dataclass(frozen=True)
class ControlPlane:
    """Everything that the sandbox's users may do beyond the API."""

    issuer: Issuer
    keeper: Timekeeper
    queues: Queues
    market: MarketSimulator
    faults: Faults
    plaid: PlaidControl
    drivewealth: DriveWealthControl
    stripe: StripeControl
    firebase: FirebaseControl
    alarms: AlarmBoard

    def routes(self) -> list[Route]:
        """Return the routes."""
        table: list[tuple[str, str, Operation]] = [
            ("POST", "/sandbox/tokens", self.token),
            ("GET", "/sandbox/clock", lambda *_: describe(self.keeper, [])),
            ("POST", "/sandbox/clock", self.clock),
            ("POST", "/sandbox/schedules/{name}", self.schedule),
            ("PUT", "/sandbox/schedules/{name}", self.switch_schedule),
            ("POST", "/sandbox/queues/drain", self.drain),
            ("POST", "/sandbox/queues/{name}/messages", self.messages),
            ("PUT", "/sandbox/queues/{name}", self.switch_queue),
            ("GET", "/sandbox/alarms", self.list_alarms),
            ("PUT", "/sandbox/market/quotes", self.quotes),
            ("PUT", "/sandbox/market/bars", self.bars),
            ("PUT", "/sandbox/market/instruments", self.instruments),
            ("PUT", "/sandbox/market/corporate-actions", self.corporate_actions),
            ("PUT", "/sandbox/recommendations", self.recommendations),
            ("PUT", "/sandbox/collections", self.collections),
            ("POST", "/sandbox/faults", self.fault),
            ("GET", "/sandbox/faults", lambda *_: self.faults.waiting()),
            ("DELETE", "/sandbox/faults", lambda *_: self.faults.clear()),
            (
                "GET",
                "/sandbox/effects",
                lambda *_: effects(self.drivewealth.broker, self.stripe.simulator, self.firebase.simulator),
            ),
            *self.plaid.table(),
            *self.firebase.table(),
            *self.drivewealth.table(),
            *self.stripe.table(),
            ("GET", "/sandbox/ledger/check", lambda *_: ledger_check.check()),
            ("GET", "/sandbox/oidc/.well-known/openid-configuration", lambda *_: self.issuer.discovery()),
            ("GET", "/sandbox/oidc/jwks.json", lambda *_: self.issuer.key_set()),
        ]
        return [Route(path, endpoint_of(operation), methods=[method]) for method, path, operation in table]

    def token(self, _: Request, body: bytes) -> Mapping[str, str]:
        """Sign a token that the API accepts."""
        wanted = bodies.read(bodies.TokenRequest, body)
        return {"id_token": self.issuer.token(wanted.uid, wanted.claims, wanted.expires_in)}

    def clock(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Move time, or let it tick."""
        wanted = bodies.read(bodies.ClockRequest, body)
        runs = []
        if wanted.to is not None or wanted.advance_seconds is not None:
            to = wanted.to or self.keeper.now() + timedelta(seconds=wanted.advance_seconds or 0)
            runs = self.keeper.advance(to, lateness=timedelta(seconds=wanted.lateness_seconds))
        if wanted.run is not None:
            self.keeper.run(running=wanted.run)
        return describe(self.keeper, runs)

    def schedule(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Fire one schedule now, again if it already ran."""
        wanted = bodies.read(bodies.ScheduleRequest, body or b"{}")
        run = self.keeper.fire(request.path_params["name"], wanted.scheduled_at)
        self.stripe.deliver()
        return run

    def switch_schedule(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Have a schedule never fire by itself, or fire again."""
        wanted, name = bodies.read(bodies.ScheduleSwitch, body), request.path_params["name"]
        self.keeper.switch(name, enabled=wanted.enabled)
        return {"schedule": name, "enabled": wanted.enabled}

    def switch_queue(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Have a queue's consumer take nothing, or work again."""
        wanted, name = bodies.read(bodies.QueueSwitch, body), _known_queue(request)
        self.queues.pause(name, paused=wanted.paused)
        return {"queue": name, "paused": wanted.paused}

    def list_alarms(self, *_: object) -> Mapping[str, Any]:
        """Return the alarms that went off."""
        self.queues.observe()
        return self.alarms.items()

    def drain(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Wait until queues and outbox are empty, and Stripe has delivered its events."""
        wait_retries = bodies.read(bodies.DrainRequest, body or b"{}").wait_retries
        drained = self.queues.drain(wait_retries=wait_retries)
        for _round in range(MAX_ROUNDS):
            sent = self.keeper.send_outbox()
            if not (self.stripe.deliver() or sent):
                return drained
            drained = self.queues.drain(wait_retries=wait_retries)
        return {**drained, "drained": False}

    def messages(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Put messages on a queue: strings as they are, anything else as JSON."""
        name = _known_queue(request)
        texts = [
            message if isinstance(message, str) else json.dumps(message) for message in _MESSAGES.validate_json(body)
        ]
        if not all(texts):
            raise ValueError("a message has at least one character")
        return {"sent": self.queues.send(name, texts)}

    def quotes(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Pin quotes."""
        wanted = bodies.read(bodies.Quotes, body)
        exchanges = register_quoted({key: read_key(key) for key in wanted})
        pins = {f"{exchanges[key].code}:{read_key(key)[1]}": _pin(value) for key, value in wanted.items()}
        self.market.pin(pins, self.keeper.now())
        forget_prices({(exchanges[key], read_key(key)[1]) for key in wanted})
        return {"pinned": len(pins)}

    def bars(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Load daily bars from a CSV."""
        symbols = self.market.load_csv(body)
        forget_prices({(exchange, symbol) for exchange in Exchange for symbol in symbols})
        register_unknown(symbols, Exchange.NASDAQ)
        return {"symbols": sorted(symbols)}

    def instruments(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Register symbols."""
        wanted = bodies.read(bodies.Instruments, body)
        register(Instrument(instrument.symbol, instrument.exchange, instrument.active) for instrument in wanted)
        return {"instruments": len(wanted)}

    def corporate_actions(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Announce what companies do to their shares."""
        wanted = bodies.read(CorporateActions, body)
        return {"corporate_actions": self.market.actions.put(action.to_action() for action in wanted)}

    def recommendations(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Pin a day's recommendations."""
        wanted = bodies.read(bodies.RecommendationsRequest, body)
        items = tuple(
            Recommendation(item.symbol, item.predicted_return, item.volatility, item.atr, item.previous_close)
            for item in wanted.items
        )
        signals = SignalSet(wanted.exchange, wanted.trade_date, Source.PINNED, version_of(items), items)
        DynamoSignalStore().save(signals)
        register_unknown((item.symbol for item in items), wanted.exchange)
        return {"recommendations": len(items)}

    def collections(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Add or change TTFs; their weights count from today."""
        wanted = bodies.read(bodies.Collections, body)
        for collection in wanted:
            collections.put(
                collection.collection_id, collection.name, collection.weights, trading_date(self.keeper.now())
            )
        return {"collections": len(wanted)}

    def fault(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Have a partner's next calls fail."""
        wanted = bodies.read(bodies.FaultRequest, body)
        self.faults.add(wanted.partner, wanted.operation, wanted.fault, wanted.times)
        return wanted.model_dump(mode="json")


_MESSAGES = TypeAdapter(bodies.Messages)


def _known_queue(request: Request) -> str:
    name = str(request.path_params["name"])
    if name not in NAMES:
        raise UnknownQueueError(f"there is no queue {name}; there are {', '.join(NAMES)}")
    return name


def endpoint_of(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """Return an operation as a route has it: run in a thread, its refusals answered as problems."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return JSONResponse(await run_in_threadpool(operation, request, body))
        except AlreadyDoneError as error:
            return problem(409, "already_done", str(error))
        except BackwardsError as error:
            return problem(409, "clock_backwards", str(error))
        except LookupError as error:
            return problem(404, "not_found", str(error))
        except ValidationError as error:
            return problem(400, "invalid_request", "; ".join(map(_complaint, error.errors())))
        except ValueError as error:
            return problem(400, "invalid_request", str(error))

    return endpoint


def _complaint(error: Mapping[str, Any]) -> str:
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}" if place else str(error["msg"])


def problem(status: int, code: str, detail: str) -> Response:
    """Return a problem as RFC 9457 has it."""
    body = {"type": "about:blank", "title": "The sandbox refused", "status": status, "code": code, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _pin(value: bodies.PinnedQuote | Decimal | None) -> Pin:
    return Pin(value.bid, value.ask, value.at) if isinstance(value, bodies.PinnedQuote) else Pin.plain(value)
