"""What the portfolio routes take and answer, where several routes share it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from trading.automation.portfolios.blocks import ShownBlocks
from trading.automation.portfolios.models import DayTradingSettings, Portfolio, PortfolioKey
from trading.automation.portfolios.service import PortfolioEdit
from trading.automation.portfolios.sessions import Skipped
from trading.automation.rails.replies import BlockReply
from trading.automation.rails.setting_fields import RAIL_RANGES, RailRanges, RailsReply
from trading.ledger.models import Entry, LedgerAccount
from trading.markets.models import Exchange
from trading.platform.errors import NotFound
from trading.platform.fields import Dollars, FixedScale, Moment, Number, OneLine, Reply, Request, bounded
from trading.platform.ids import PORTFOLIO_ID_LIMIT
from trading.platform.money import percent, to_dollars

_MAX_ID = 16


def _exchange(raw: Any) -> Exchange:  # noqa: ANN401 - it judges whatever comes
    if isinstance(raw, int) and not isinstance(raw, bool) and raw in {exchange.value for exchange in Exchange}:
        return Exchange(raw)
    if isinstance(raw, str) and raw in Exchange.__members__:
        return Exchange[raw]
    raise ValueError("must be 1 (TSE), 2 (NASDAQ) or 3 (NYSE), or one of these codes")


_NUMBER = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_EXCHANGE = {"anyOf": [{"type": "integer", "enum": [1, 2, 3]}, {"type": "string", "enum": ["TSE", "NASDAQ", "NYSE"]}]}

ExchangeField = Annotated[Exchange, BeforeValidator(_exchange), WithJsonSchema(_EXCHANGE, mode="validation")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), OneLine]
Description = Annotated[str, StringConstraints(max_length=1000)]
PositionPercent = Annotated[Decimal, bounded(2, "0.05", "0.50"), WithJsonSchema(_NUMBER, mode="validation")]
RiskFraction = Annotated[Decimal, bounded(3, "0.005", "0.050"), WithJsonSchema(_NUMBER, mode="validation")]
Recommendations = Annotated[int, Field(ge=1, le=100)]


class AutomationFields(Request):
    """The five automation fields, each optional; one that is not given keeps what is stored."""

    is_automated: bool = False
    dt_max_position_percent: PositionPercent = Decimal("0.25")
    dt_per_trade_risk_fraction: RiskFraction = Decimal("0.020")
    dt_max_recommendations: Recommendations = 50
    dt_allow_fractional_shares: bool = False

    def given(self, name: str) -> Any:  # noqa: ANN401 - a field's value
        """Return a field's value if the request gave it, else None."""
        return getattr(self, name) if name in self.model_fields_set else None

    def edit(self) -> PortfolioEdit:
        """Return the change that the request asks for."""
        return PortfolioEdit(
            name=self.given("name"),
            exchange=self.given("exchange"),
            description=self.given("description"),
            sets_description="description" in self.model_fields_set,
            is_automated=self.given("is_automated"),
            max_position_percent=self.given("dt_max_position_percent"),
            per_trade_risk_fraction=self.given("dt_per_trade_risk_fraction"),
            max_recommendations=self.given("dt_max_recommendations"),
            allow_fractional_shares=self.given("dt_allow_fractional_shares"),
        )

    def settings(self) -> DayTradingSettings:
        """Return the settings of a new portfolio."""
        return DayTradingSettings(
            self.dt_max_position_percent,
            self.dt_per_trade_risk_fraction,
            self.dt_max_recommendations,
            self.dt_allow_fractional_shares,
        )


class PortfolioReply(Reply):
    """A portfolio at the latest prices. Dollars are those of `currency`.

    `total_invested` is the net contributed capital; `price_at` the moment of the oldest price in the value.
    `rails` are its rails, `limits` what each may be set to;
    `blocks` is what keeps it from buying now, in the order in which it is asked: rails, its owner, operators;
    `ended_blocks` are at most five that ended last, the latest first, `until` when they did.
    """

    id: int
    name: str
    description: str | None
    exchange: int
    currency: str
    is_active: bool
    is_automated: bool
    dt_max_position_percent: FixedScale
    dt_per_trade_risk_fraction: FixedScale
    dt_max_recommendations: int
    dt_allow_fractional_shares: bool
    cash_balance: Dollars
    holdings_value: Dollars
    current_value: Dollars
    price_at: Moment | None
    total_invested: Dollars
    total_gain_loss: Dollars
    total_gain_loss_percent: Number
    realised_gain_loss: Dollars
    holdings_count: int
    active_holdings_count: int
    open_positions_count: int
    rails: RailsReply
    limits: RailRanges
    blocks: list[BlockReply]
    ended_blocks: list[BlockReply]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, portfolio: Portfolio, blocks: ShownBlocks) -> Self:
        """Return the reply that shows a portfolio and what keeps it from buying."""
        held = len(portfolio.holdings)
        return cls(
            id=portfolio.key.portfolio_id,
            name=portfolio.name,
            description=portfolio.description,
            exchange=portfolio.exchange.value,
            currency=portfolio.exchange.currency,
            is_active=portfolio.deleted_at is None,
            is_automated=portfolio.is_automated,
            dt_max_position_percent=portfolio.settings.max_position_percent,
            dt_per_trade_risk_fraction=portfolio.settings.per_trade_risk_fraction,
            dt_max_recommendations=portfolio.settings.max_recommendations,
            dt_allow_fractional_shares=portfolio.settings.allow_fractional_shares,
            cash_balance=to_dollars(portfolio.cash_cents),
            holdings_value=to_dollars(portfolio.holdings_value_cents),
            current_value=to_dollars(portfolio.value_cents),
            price_at=portfolio.price_at,
            total_invested=to_dollars(portfolio.contributed_cents),
            total_gain_loss=to_dollars(portfolio.gain_cents),
            total_gain_loss_percent=percent(portfolio.gain_cents, portfolio.contributed_cents),
            realised_gain_loss=to_dollars(portfolio.realised_cents),
            holdings_count=held,
            active_holdings_count=held,
            open_positions_count=portfolio.open_positions,
            rails=RailsReply.of(portfolio.rails),
            limits=RAIL_RANGES,
            blocks=[BlockReply.of(block) for block in blocks.holding],
            ended_blocks=[BlockReply.of(block) for block in blocks.ended],
            created_at=portfolio.created_at,
            updated_at=portfolio.updated_at,
        )


class TransactionReply(Reply):
    """A movement of a portfolio's money, as the ledger has it. `amount` is without commission.

    `price_at` and `price_from` say what decided a trade: the moment of that price, and whether it was a
    `quote`, the last `trade` in its place, or given by `hand`.
    """

    id: str
    type: str
    amount: Dollars
    symbol: str | None = None
    quantity: Number | None = None
    price: Number | None = None
    price_at: Moment | None = None
    price_from: str | None = None
    commission: Dollars
    cash_balance: Dollars
    trade_date: date | None = None
    at: Moment

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the reply that shows a journal entry."""
        trade = entry.trade
        cents = trade.amount_cents if trade else abs(entry.on(LedgerAccount.CASH))
        return cls(
            id=entry.entry_id,
            type=entry.kind.value,
            amount=to_dollars(cents),
            symbol=trade.symbol if trade else None,
            quantity=trade.quantity if trade else None,
            price=trade.price if trade else None,
            price_at=trade.price_at if trade else None,
            price_from=trade.price_from if trade else None,
            commission=to_dollars(entry.on(LedgerAccount.COMMISSION)),
            cash_balance=to_dollars(entry.balance_cents),
            trade_date=trade.trade_date if trade else None,
            at=entry.at,
        )


class SkippedCandidate(Reply):
    """A candidate that was not bought, and why."""

    symbol: str
    reason: str

    @classmethod
    def of(cls, skip: Skipped) -> Self:
        """Return the reply that shows a reason."""
        return cls(symbol=skip.symbol, reason=skip.reason.value)


def trade_date_of(text: str) -> date:
    """Return the day that a path names.

    Raises:
        NotFound: if it is no day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound("There is no such session.") from None
    if day.isoformat() != text:
        raise NotFound("There is no such session.")
    return day


def portfolio_key(owner: str, portfolio_id: str) -> PortfolioKey:
    """Return the key for an id as a path gives it.

    Raises:
        NotFound: if no portfolio could have this id, whatever its form.
    """
    if not (portfolio_id.isascii() and portfolio_id.isdecimal() and len(portfolio_id) <= _MAX_ID):
        raise NotFound("There is no such portfolio.")
    number = int(portfolio_id)
    if not 1 <= number < PORTFOLIO_ID_LIMIT or str(number) != portfolio_id:
        raise NotFound("There is no such portfolio.")
    return PortfolioKey(owner, number)


class PortfolioList(Reply):
    """A page of portfolios."""

    items: list[PortfolioReply]
    next_cursor: str | None


class PresetReply(Reply):
    """Named settings."""

    name: str
    dt_max_position_percent: FixedScale
    dt_per_trade_risk_fraction: FixedScale
    dt_max_recommendations: int
    dt_allow_fractional_shares: bool
    rails: RailsReply


class PresetList(Reply):
    """All presets."""

    items: list[PresetReply]
    next_cursor: None = None


class TransactionList(Reply):
    """A page of transactions."""

    items: list[TransactionReply]
    next_cursor: str | None
