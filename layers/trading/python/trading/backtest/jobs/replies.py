"""What the routes of back-tests take and answer."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, WithJsonSchema

from trading.automation.portfolios.presets import PRESETS
from trading.automation.portfolios.replies import AutomationFields, ExchangeField
from trading.automation.rails.setting_fields import RailChanges, RailsReply
from trading.backtest.jobs.bucket import DAYS, EVERYTHING, TRADES
from trading.backtest.jobs.models import MEANINGS, Backtest, BacktestStatus, Failure
from trading.backtest.replies import CostsReply
from trading.backtest.specification import BacktestPath, BacktestSpecification, StrategyName
from trading.markets.costs import (
    BACKTEST_SLIPPAGE_BPS,
    BACKTEST_TRANSACTION_COST_BPS,
    DEFAULT_BANKROLL,
    PAPER_COSTS,
    TradingCosts,
    costs_in_bp,
)
from trading.platform.errors import FieldProblem, InvalidRequest
from trading.platform.fields import Changes, Day, Dollars, FixedScale, Moment, Reply, Symbol, bounded
from trading.platform.money import to_cents, to_dollars

FIRST_DAY = date(1990, 1, 1)
MAX_SYMBOLS = 100

_NUMBER = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}, mode="validation")
Bankroll = Annotated[Decimal, bounded(2, "100"), _NUMBER]
BasisPoints = Annotated[Decimal, bounded(2, "0", "100"), _NUMBER]
_NO_CHANGES = AutomationFields()
_PRESETS = {preset.name: preset for preset in PRESETS}


class CostsInBasisPoints(Changes):
    """What each side of a trade costs, in basis points of its amount."""

    transaction_cost_bps: BasisPoints = Decimal(BACKTEST_TRANSACTION_COST_BPS)
    slippage_bps: BasisPoints = Decimal(BACKTEST_SLIPPAGE_BPS)

    def costs(self) -> TradingCosts:
        """Return the costs."""
        return costs_in_bp(self.transaction_cost_bps, self.slippage_bps)


SEED = CostsInBasisPoints()


class BacktestRequest(Changes):
    """A back-test of at most a hundred symbols, from one day to another, both included.

    Without more it is the baseline's, with $10,000, the preset `balanced`, five basis points of slippage and five of
    commission a side, and the worse order of each day.

    Settings and rails are the preset's, with what `settings` and `rails` give put in their place; a rail that is
    null is off. `costs` are basis points of a trade's amount, or `paper`, as the paper broker takes them.
    """

    exchange: ExchangeField
    symbols: Annotated[list[Symbol], Field(min_length=1, max_length=MAX_SYMBOLS)]
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    preset: Literal["conservative", "balanced", "aggressive"] = "balanced"
    settings: AutomationFields = _NO_CHANGES
    rails: RailChanges = RailChanges.model_construct()
    bankroll: Bankroll = Decimal(DEFAULT_BANKROLL)
    costs: CostsInBasisPoints | Literal["paper"] = SEED
    path: BacktestPath = Field(default=BacktestPath.WORSE_ORDER, strict=False)
    strategy: StrategyName = Field(default=StrategyName.BASELINE, strict=False)

    def to_specification(self) -> BacktestSpecification:
        """Return the back-test that is asked for.

        Raises:
            InvalidRequest: if it begins before there are prices.
        """
        if self.first < FIRST_DAY:
            raise InvalidRequest(problems=(FieldProblem("from", f"must be {FIRST_DAY} or later"),))
        preset = _PRESETS[self.preset]
        return BacktestSpecification(
            exchange=self.exchange,
            symbols=tuple(sorted(set(self.symbols))),
            since=self.first,
            until=self.last,
            settings=self.settings.edit().settings(preset.settings),
            rails=preset.rails.with_changes(self.rails.changes()),
            bankroll_cents=to_cents(self.bankroll),
            costs=PAPER_COSTS if self.costs == "paper" else self.costs.costs(),
            path=self.path,
            strategy=self.strategy,
        )


class ProgressReply(Reply):
    """How many days are traded, of how many."""

    done: int
    of: int


class FailureReply(Reply):
    """Why a back-test failed."""

    code: Failure
    message: str

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """Return the reply that shows a failure."""
        return cls(code=failure, message=MEANINGS[failure])


class BacktestSettingsReply(Reply):
    """The settings that a back-test trades by."""

    dt_max_position_percent: FixedScale
    dt_per_trade_risk_fraction: FixedScale
    dt_max_recommendations: int
    dt_allow_fractional_shares: bool


class BacktestInputs(Reply):
    """What was asked for. `from` and `to` are both included."""

    exchange: int
    symbols: list[str]
    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]
    settings: BacktestSettingsReply
    rails: RailsReply
    bankroll: Dollars
    costs: CostsReply
    path: BacktestPath
    strategy: StrategyName

    @classmethod
    def of(cls, wanted: BacktestSpecification) -> Self:
        """Return the reply that shows what was asked for."""
        return cls(
            exchange=wanted.exchange.value,
            symbols=list(wanted.symbols),
            first=wanted.since,
            last=wanted.until,
            settings=BacktestSettingsReply(
                dt_max_position_percent=wanted.settings.max_position_percent,
                dt_per_trade_risk_fraction=wanted.settings.per_trade_risk_fraction,
                dt_max_recommendations=wanted.settings.max_recommendations,
                dt_allow_fractional_shares=wanted.settings.allow_fractional_shares,
            ),
            rails=RailsReply.of(wanted.rails),
            bankroll=to_dollars(wanted.bankroll_cents),
            costs=CostsReply.of(wanted.costs),
            path=wanted.path,
            strategy=wanted.strategy,
        )


class IntervalsReply(Reply):
    """Where figures lie with 95 % certainty, from and to; null where there are too few days."""

    daily_bp: list[float] | None
    sharpe: list[float] | None


class BacktestSummary(Reply):
    """What all days came to. Returns are shares of 1, `net_bp` is basis points of what was paid, after costs.

    A figure that is not defined is null, one for a year is under 252 sessions. `skipped` counts candidates by reason,
    `blocks` the days on which rails kept from buying, `exits` trades by why they were sold. `buy_all_total` is what
    buying every share at each open would have brought after costs, `index_total` holding all of them.
    """

    days: int
    trades: int
    final_cents: int
    total: float | None
    annual: float | None
    volatility: float | None
    sharpe: float | None
    downside: float | None
    sortino: float | None
    max_drawdown: float | None
    calmar: float | None
    win_rate: float | None
    profit_factor: float | None
    net_bp: float | None
    exposure: float | None
    turnover: float | None
    buy_all_total: float | None
    index_total: float | None
    intervals: IntervalsReply
    skipped: Mapping[str, int]
    blocks: Mapping[str, int]
    exits: Mapping[str, int]


class BacktestReply(Reply):
    """A back-test. `summary`, `hash` and the URLs are null until it is done, `error` unless it failed.

    The URLs are good for a quarter of an hour; ask again for fresh ones. `curve_url` is a CSV of all days,
    `trades_url` one of all trades, `document_url` the whole as JSON. The same inputs on the same prices have the same
    `hash`. `in_sample` says that the model was trained on days that it traded, which flatters. `absent_symbols` had no
    price. After `expires_at` all of it is gone.
    """

    backtest_id: str
    status: BacktestStatus
    progress: ProgressReply
    inputs: BacktestInputs
    summary: BacktestSummary | None
    error: FailureReply | None
    hash: str | None
    in_sample: bool | None
    absent_symbols: list[str]
    curve_url: str | None
    trades_url: str | None
    document_url: str | None
    created_at: Moment
    finished_at: Moment | None
    expires_at: Moment

    @classmethod
    def of(cls, backtest: Backtest, links: Mapping[str, str]) -> Self:
        """Return the reply that shows a back-test, with the URLs of its documents."""
        findings = backtest.findings
        return cls(
            backtest_id=backtest.backtest_id,
            status=backtest.status,
            progress=ProgressReply(done=backtest.done, of=backtest.total),
            inputs=BacktestInputs.of(backtest.specification),
            summary=BacktestSummary.model_validate(findings.summary) if findings else None,
            error=FailureReply.of(backtest.failure) if backtest.failure else None,
            hash=findings.hashed if findings else None,
            in_sample=findings.was_in_sample if findings else None,
            absent_symbols=list(findings.absent) if findings else [],
            curve_url=links.get(DAYS),
            trades_url=links.get(TRADES),
            document_url=links.get(EVERYTHING),
            created_at=backtest.created_at,
            finished_at=backtest.finished_at,
            expires_at=datetime.fromtimestamp(backtest.expires_at, UTC),
        )


class BacktestList(Reply):
    """A page of back-tests, newest first."""

    items: list[BacktestReply]
    next_cursor: str | None
