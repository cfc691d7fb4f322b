"""POST /api/portfolios/{portfolio_id}/transactions: deposit, withdraw, or record a manual trade."""

from decimal import Decimal
from typing import Literal

from aws_lambda_powertools.event_handler import Response

from trading.automation.portfolios.replies import TransactionReply, portfolio_key
from trading.automation.portfolios.service import CashMovement, ManualTrade
from trading.automation.portfolios.wiring import portfolio_service
from trading.ledger.models import Kind
from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.fields import DollarAmount, Price, Quantity, Request, Symbol
from trading.platform.http import Caller, IdempotencyKey, http_api, replayable
from trading.platform.money import to_cents
from trading.platform.receipts import RequestKey

app = http_api()

CASH_FIELDS = ("amount",)
TRADE_FIELDS = ("symbol", "quantity", "price")


class TransactionRequest(Request):
    """Cash with an `amount`, or a trade with `symbol`, `quantity` and `price`."""

    type: Literal["DEPOSIT", "WITHDRAWAL", "BUY", "SELL"]
    amount: DollarAmount | None = None
    symbol: Symbol | None = None
    quantity: Quantity | None = None
    price: Price | None = None

    def to_command(self) -> CashMovement | ManualTrade:
        """Return the movement that the request asks for.

        Raises:
            InvalidRequest: naming each field that its type needs or does not take.
        """
        kind = Kind(self.type)
        is_cash = kind in {Kind.DEPOSIT, Kind.WITHDRAWAL}
        self._require(*((CASH_FIELDS, TRADE_FIELDS) if is_cash else (TRADE_FIELDS, CASH_FIELDS)))
        if is_cash:
            return CashMovement(kind=kind, cents=to_cents(self.amount or Decimal(0)))
        return ManualTrade(
            kind=kind,
            symbol=self.symbol or "",
            quantity=self.quantity or Decimal(0),
            price=self.price or Decimal(0),
        )

    def _require(self, needed: tuple[str, ...], refused: tuple[str, ...]) -> None:
        problems = [FieldProblem(name, "is required") for name in needed if getattr(self, name) is None]
        problems += [FieldProblem(name, f"does not go with {self.type}") for name in refused if getattr(self, name)]
        if problems:
            raise InvalidRequest(problems=tuple(problems))


@app.post("/api/portfolios/<portfolio_id>/transactions", status_code=201)
def create_transaction(
    portfolio_id: str, request: TransactionRequest, caller: Caller, key: IdempotencyKey
) -> Response[TransactionReply]:
    """Record a movement, once per key."""
    wanted = {"portfolio_id": portfolio_id, **request.model_dump(mode="json")}
    entry, _, replayed = portfolio_service().record(
        portfolio_key(caller, portfolio_id),
        request.to_command(),
        RequestKey.of(caller, "create_transaction", key, wanted),
    )
    return replayable(TransactionReply.of(entry), status=201, replayed=replayed)


lambda_handler = app.lambda_handler
