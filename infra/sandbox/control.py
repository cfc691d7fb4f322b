"""The control plane, `/sandbox/*`: tokens, time, queues, the market, faults, the ledger check.

Routes run in threads: they wait for the emulator, whose authorizer in turn asks this very server
for the issuer's keys.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox import ledger_check
from infra.sandbox.faults import OPERATIONS, Fault, Faults
from infra.sandbox.identity import DEFAULT_LIFE_SECONDS, Issuer
from infra.sandbox.partners.market_data import MarketSimulator
from infra.sandbox.queues import NAMES, Queues
from infra.sandbox.timekeeper import BackwardsError, Timekeeper, describe
from trading.automation.portfolios.replies import ExchangeField
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.http import read_json
from trading.signals.models import Recommendation, SignalSet, Source
from trading.signals.service import version_of
from trading.signals.store import DynamoSignalStore

T = TypeVar("T")
Operation = Callable[[Request, bytes], Any]


class Body(BaseModel):
    """A request to the control plane."""

    model_config = ConfigDict(extra="forbid")


class TokenRequest(Body):
    """Whose token, what it shall say beyond the usual, and how long it lives."""

    uid: str = Field(min_length=1, max_length=128)
    claims: dict[str, Any] = Field(default_factory=dict)
    expires_in: int = DEFAULT_LIFE_SECONDS


class ClockRequest(Body):
    """Where time shall go, or whether it shall tick."""

    to: AwareDatetime | None = None
    advance_seconds: int | None = Field(default=None, ge=0, le=400 * 86_400)
    run: bool | None = None


class ScheduleRequest(Body):
    """The moment that a run is for."""

    scheduled_at: AwareDatetime | None = None


class DrainRequest(Body):
    """Whether to wait for retries as well."""

    wait_retries: bool = False


class InstrumentRequest(Body):
    """A symbol to register."""

    symbol: str
    exchange: ExchangeField
    active: bool = True


class FaultRequest(Body):
    """Which calls shall fail, how, and how often."""

    partner: str
    operation: str = "*"
    fault: Fault
    times: int = Field(default=1, ge=1)


def _loose(raw: Any) -> Decimal | None:  # noqa: ANN401 - any JSON value
    try:
        return None if raw is None else Decimal(str(raw))
    except ArithmeticError:
        raise ValueError("must be a number or null") from None


Figure = Annotated[Decimal | None, BeforeValidator(_loose)]
Quotes = TypeAdapter(dict[str, Annotated[Decimal | None, Field(gt=0), BeforeValidator(_loose)]])
Instruments = TypeAdapter(list[InstrumentRequest])
Messages = TypeAdapter(list[Any])


class RecommendationItem(Body):
    """One symbol's signal; a missing figure is null."""

    symbol: str
    predicted_return: Figure = None
    volatility: Figure = None
    atr: Figure = None
    previous_close: Figure = None


class RecommendationsRequest(Body):
    """An exchange's pinned recommendations for a day."""

    exchange: ExchangeField
    trade_date: date
    items: list[RecommendationItem]


@dataclass(frozen=True)
class ControlPlane:
    """Everything that the sandbox's users may do beyond the API."""

    issuer: Issuer
    keeper: Timekeeper
    queues: Queues
    market: MarketSimulator
    faults: Faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        table: list[tuple[str, str, Operation]] = [
            ("POST", "/sandbox/tokens", self.token),
            ("GET", "/sandbox/clock", lambda *_: describe(self.keeper, [])),
            ("POST", "/sandbox/clock", self.clock),
            ("POST", "/sandbox/schedules/{name}", self.schedule),
            ("POST", "/sandbox/queues/drain", self.drain),
            ("POST", "/sandbox/queues/{name}/messages", self.messages),
            ("PUT", "/sandbox/market/quotes", self.quotes),
            ("PUT", "/sandbox/market/bars", self.bars),
            ("PUT", "/sandbox/market/instruments", self.instruments),
            ("PUT", "/sandbox/recommendations", self.recommendations),
            ("POST", "/sandbox/faults", self.fault),
            ("DELETE", "/sandbox/faults", lambda *_: self.faults.clear()),
            ("GET", "/sandbox/ledger/check", lambda *_: ledger_check.check()),
            ("GET", "/sandbox/oidc/.well-known/openid-configuration", lambda *_: self.issuer.discovery()),
            ("GET", "/sandbox/oidc/jwks.json", lambda *_: self.issuer.key_set()),
        ]
        return [Route(path, _endpoint(operation), methods=[method]) for method, path, operation in table]

    def token(self, _: Request, body: bytes) -> Mapping[str, str]:
        """Sign a token that the API accepts."""
        wanted = _read(TokenRequest, body)
        return {"id_token": self.issuer.token(wanted.uid, wanted.claims, wanted.expires_in)}

    def clock(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Move time, or let it tick."""
        wanted = _read(ClockRequest, body)
        runs = []
        if wanted.to is not None or wanted.advance_seconds is not None:
            to = wanted.to or self.keeper.now() + timedelta(seconds=wanted.advance_seconds or 0)
            runs = self.keeper.advance(to.astimezone(UTC))
        if wanted.run is not None:
            self.keeper.run(running=wanted.run)
        return describe(self.keeper, runs)

    def schedule(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Fire one schedule now, again if it already ran."""
        moment = _read(ScheduleRequest, body or b"{}").scheduled_at
        return self.keeper.fire(request.path_params["name"], moment.astimezone(UTC) if moment else None)

    def drain(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Wait until the queues are empty."""
        return self.queues.drain(wait_retries=_read(DrainRequest, body or b"{}").wait_retries)

    def messages(self, request: Request, body: bytes) -> Mapping[str, Any]:
        """Put messages on a queue: strings as they are, anything else as JSON."""
        name = request.path_params["name"]
        if name not in NAMES:
            raise KeyError(name)
        texts = (each if isinstance(each, str) else json.dumps(each) for each in Messages.validate_json(body))
        return {"sent": self.queues.send(name, texts)}

    def quotes(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Pin quotes."""
        prices = Quotes.validate_python(read_json(body.decode()))
        self.market.pin(prices)
        self._register(prices, Exchange.NASDAQ)
        return {"pinned": len(prices)}

    def bars(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Load daily bars from a CSV."""
        symbols = self.market.load_csv(body.decode())
        self._register(symbols, Exchange.NASDAQ)
        return {"symbols": sorted(symbols)}

    def instruments(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Register symbols."""
        wanted = Instruments.validate_json(body)
        for each in wanted:
            DynamoInstrumentStore().save(Instrument(each.symbol, each.exchange, each.active))
        return {"instruments": len(wanted)}

    def recommendations(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Pin a day's recommendations."""
        wanted = RecommendationsRequest.model_validate(read_json(body.decode()))
        items = tuple(
            Recommendation(each.symbol, each.predicted_return, each.volatility, each.atr, each.previous_close)
            for each in wanted.items
        )
        signals = SignalSet(wanted.exchange, wanted.trade_date, Source.PINNED, version_of(items), items)
        DynamoSignalStore().save(signals)
        self._register((each.symbol for each in items), wanted.exchange)
        return {"recommendations": len(items)}

    def fault(self, _: Request, body: bytes) -> Mapping[str, Any]:
        """Have a partner's next calls fail."""
        wanted = _read(FaultRequest, body)
        if wanted.operation not in {"*", *OPERATIONS.get(wanted.partner, ())}:
            raise ValueError(f"there is no operation {wanted.partner} {wanted.operation}")
        self.faults.add(wanted.partner, wanted.operation, wanted.fault, wanted.times)
        return wanted.model_dump(mode="json")

    def _register(self, symbols: Any, exchange: Exchange) -> None:  # noqa: ANN401 - any iterable of symbols
        store = DynamoInstrumentStore()
        for symbol in symbols:
            if not any(store.find(each, symbol) for each in Exchange):
                store.save(Instrument(symbol, exchange))


def _read(model: type[T], body: bytes) -> T:
    return TypeAdapter(model).validate_json(body)


def _endpoint(operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            return JSONResponse(await run_in_threadpool(operation, request, body))
        except BackwardsError as error:
            return _problem(409, "clock_backwards", str(error))
        except KeyError as error:
            return _problem(404, "not_found", f"there is no {error.args[0]}")
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            return _problem(400, "invalid_request", told)
        except ValueError as error:
            return _problem(400, "invalid_request", str(error))

    return endpoint


def _problem(status: int, code: str, detail: str) -> Response:
    body = {"type": "about:blank", "title": "The sandbox refused", "status": status, "code": code, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def utc(text: str) -> datetime:
    """Read an RFC 3339 time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
