"""The market-data simulator over HTTP, with its faults: what Alpaca's clients ask for."""

from collections.abc import Mapping
from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Faults
from sandbox.partners.failing import failing
from sandbox.partners.market_data.corporate_actions import page_of
from sandbox.partners.market_data.simulator import MAX_BARS, MarketSimulator
from sandbox.timekeeper import Timekeeper
from trading.platform.clock import trading_date

MOUNTED_AT = "/sandbox/partners/market-data"
DEFAULT_BARS = 1000
MAX_ACTIONS = 1000


class MarketDataApi:
    """Five calls: symbols' latest quotes, last trades, daily bars and snapshots, and corporate actions."""

    def __init__(self, market: MarketSimulator, keeper: Timekeeper, faults: Faults) -> None:
        self._market, self._keeper, self._faults = market, keeper, faults

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(f"{MOUNTED_AT}/v2/stocks/quotes/latest", self.quotes),
            Route(f"{MOUNTED_AT}/v2/stocks/trades/latest", self.trades),
            Route(f"{MOUNTED_AT}/v2/stocks/bars", self.bars),
            Route(f"{MOUNTED_AT}/v2/stocks/snapshots", self.snapshots),
            Route(f"{MOUNTED_AT}/v1/corporate-actions", self.corporate_actions),
        ]

    async def quotes(self, request: Request) -> Response:
        """Answer with the latest quote of each symbol that has one."""
        answer = self._refused(request) or JSONResponse(
            self._market.latest_quotes(_symbols(request.query_params), self._keeper.now())
        )
        return await failing(answer, self._faults.take("market", "quotes"))

    async def trades(self, request: Request) -> Response:
        """Answer with the last trade of each symbol that has one."""
        answer = self._refused(request) or JSONResponse(
            self._market.latest_trades(_symbols(request.query_params), self._keeper.now())
        )
        return await failing(answer, self._faults.take("market", "trades"))

    async def bars(self, request: Request) -> Response:
        """Answer with a page of daily bars."""
        answer = self._refused(request) or self._bars(request.query_params)
        return await failing(answer, self._faults.take("market", "bars"))

    async def snapshots(self, request: Request) -> Response:
        """Answer with the latest daily bar of each symbol that has one."""
        answer = self._refused(request) or JSONResponse(
            self._market.snapshots(_symbols(request.query_params), self._keeper.now())
        )
        return await failing(answer, self._faults.take("market", "bars"))

    async def corporate_actions(self, request: Request) -> Response:
        """Answer with a page of what companies do to their shares."""
        answer = _unsigned(request) or self._actions(request.query_params)
        return await failing(answer, self._faults.take("market", "corporate_actions"))

    def _actions(self, query: Mapping[str, str]) -> Response:
        try:
            days = (date.fromisoformat(query["start"]), date.fromisoformat(query["end"]))
            return JSONResponse(self._market.actions.answer(days, page_of(query, MAX_ACTIONS)))
        except (KeyError, ValueError) as error:
            return JSONResponse({"message": f"invalid query: {error}"}, 400)

    def _bars(self, query: Mapping[str, str]) -> Response:
        now = self._keeper.now()
        today = trading_date(now).isoformat()
        try:
            days = tuple(date.fromisoformat(query.get(name, today)[:10]) for name in ("start", "end"))
            page = (int(query.get("page_token") or 0), int(query.get("limit") or DEFAULT_BARS))
        except ValueError as error:
            return JSONResponse({"message": f"invalid query: {error}"}, 400)
        if query.get("timeframe") != "1Day" or page[0] < 0 or not 1 <= page[1] <= MAX_BARS:
            return JSONResponse({"message": "invalid timeframe, limit or page_token"}, 400)
        bars = self._market.daily_bars(
            _symbols(query), (days[0], days[1]), now, page=page, is_raw=query.get("adjustment") != "all"
        )
        return JSONResponse(bars)

    def _refused(self, request: Request) -> Response | None:
        unsigned = _unsigned(request)
        if unsigned is not None:
            return unsigned
        if not _symbols(request.query_params):
            return JSONResponse({"message": "symbols is required"}, 400)
        unknown = self._market.unknown(_symbols(request.query_params))
        if unknown:
            return JSONResponse({"message": f"invalid symbol: {unknown[0]}"}, 400)
        return None


def _unsigned(request: Request) -> Response | None:
    if request.headers.get("apca-api-key-id") and request.headers.get("apca-api-secret-key"):
        return None
    return JSONResponse({"message": "forbidden."}, 403)


def _symbols(query: Mapping[str, str]) -> list[str]:
    return [symbol for symbol in query.get("symbols", "").split(",") if symbol]
