"""The managed portfolio: what an account holds of collections, and what is being done about it.

One record a person. Its stage says what is being done about it:

    idle ──> submitting ──> ready ──> running ──> idle
                └─────────────────────────────────> (a rebalance that died is done anew)

`submitting` holds a lease: whoever planned has until then to submit. `ready` waits for the next
run of its session, `running` for that run's end. Every write is conditioned on the record's version,
so a rebalance whose lease was taken over can write nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from trading.managed.flows import FlowLog
from trading.platform.ids import derived_id

MAX_ACTIONS = 30
MIN_ORDER_CENTS = 100
WEIGHT_STEPS = 10_000


class RebalanceStage(StrEnum):
    """What is being done about a portfolio."""

    IDLE = "idle"
    SUBMITTING = "submitting"
    READY = "ready"
    RUNNING = "running"


@dataclass(frozen=True)
class Fund:
    """A collection in a portfolio. `fund_id` is the broker's, None until it was made there.

    `contents` are the weights of its last version, `follows` the day of the collection's weights that
    they are, None for the person's own. `submitted` is what the broker was last given. `flow` is what went into
    it less what came out since it was last empty; `net_cents` is that since ever, so that a day on which it
    was empty in between still adds up.
    """

    collection_id: str
    contents: Mapping[str, Decimal]
    follows: date | None = None
    fund_id: str | None = None
    asked_at: datetime | None = None
    submitted: Mapping[str, Decimal] = field(default_factory=dict)
    flow: FlowLog = field(default_factory=FlowLog)
    net_cents: int = 0
    rebalanced_at: datetime | None = None

    def with_flow(self, cents: int, day: date, *, is_empty: bool = False) -> "Fund":
        """Return the fund after money went in (or out); one that is empty then begins anew."""
        flow = self.flow.emptied() if is_empty else self.flow.added(cents, day)
        return replace(self, net_cents=self.net_cents + cents, flow=flow)


@dataclass(frozen=True)
class HoldingsSnapshot:
    """The last status of the broker that made sense: cash, and cents and shares by collection and symbol."""

    at: datetime
    cash_cents: int
    cents: Mapping[str, Mapping[str, int]]
    quantities: Mapping[str, Mapping[str, Decimal]]

    @property
    def holdings_cents(self) -> int:
        """Return what is held besides cash."""
        return sum(sum(cents.values()) for cents in self.cents.values())

    @property
    def equity_cents(self) -> int:
        """Return what is held in all."""
        return self.cash_cents + self.holdings_cents

    def fund_cents(self, collection_id: str) -> int:
        """Return what a fund is worth."""
        return sum(self.cents.get(collection_id, {}).values())


@dataclass(frozen=True)
class Held:
    """What an account holds in cents: cash, and by collection and symbol. `withheld_cents` is promised to others."""

    cash_cents: int
    funds: Mapping[str, Mapping[str, int]]
    withheld_cents: int = 0

    @property
    def equity_cents(self) -> int:
        """Return the whole."""
        return self.cash_cents + sum(sum(fund.values()) for fund in self.funds.values())

    @property
    def min_cents(self) -> int:
        """Return the smallest amount that can be traded: a dollar, or one step of the weights at the broker."""
        return max(MIN_ORDER_CENTS, -(-max(self.equity_cents, 0) // WEIGHT_STEPS))


@dataclass(frozen=True)
class DayMark:
    """A portfolio at the end of a day: worth and net flow so far, of the whole and by collection."""

    day: date
    equity_cents: int
    contributed_cents: int
    funds: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class CorporateAction:
    """A dividend, split, spin-off or merger, as people are shown it."""

    action_id: str
    kind: str
    symbol: str
    cents: int
    quantity: Decimal
    new_symbol: str | None
    at: datetime


@dataclass(frozen=True)
class ManagedPortfolio:
    """What one account holds. `open_versions` are the ids of its versions that have not ended, oldest first.

    `broker_account_id` and `in_run` are what a run takes with it: whose account, and which versions were
    submitted, the smallest of them for `min_order_cents`; `submissions` counts how often that was done without a run,
    `sells_only` says that nothing but sales comes of it.
    `owes_targets` says that cash moved since, so that what is held is to be submitted as targets.
    `marks` are the last two days' ends, `contributions` what came into the account by the last of them.
    `lease_until` is a moment of the wall clock; `submitted_on` is the session that a plan is good for; `due_at`
    is when a rebalance is next wanted.
    """

    owner: str
    account_id: str
    portfolio_id: str | None = None
    asked_at: datetime | None = None
    funds: Mapping[str, Fund] = field(default_factory=dict)
    open_versions: tuple[str, ...] = ()
    seen: HoldingsSnapshot | None = None
    marks: tuple[DayMark, ...] = ()
    contributions: FlowLog = field(default_factory=FlowLog)
    actions: tuple[CorporateAction, ...] = ()
    stage: RebalanceStage = RebalanceStage.IDLE
    lease_until: datetime | None = None
    submitted_on: date | None = None
    run_id: str | None = None
    broker_account_id: str | None = None
    in_run: tuple[str, ...] = ()
    last_run_at: datetime | None = None
    unexplained_since: datetime | None = None
    due_at: datetime | None = None
    owes_targets: bool = False
    min_order_cents: int | None = None
    submissions: int = 0
    sells_only: bool = False
    version: int = 0

    @classmethod
    def new(cls, owner: str, account_id: str) -> "ManagedPortfolio":
        """Return the portfolio of somebody who holds nothing yet."""
        return cls(owner, account_id)

    @property
    def is_of_use(self) -> bool:
        """Say whether it has to be rebalanced at times: it holds something, or something was asked for."""
        return bool(self.funds or self.open_versions or self.portfolio_id)

    def fund(self, collection_id: str) -> Fund | None:
        """Return what is known of a collection in it."""
        return self.funds.get(collection_id)

    def with_fund(self, fund: Fund) -> "ManagedPortfolio":
        """Return the portfolio with a fund added or changed."""
        return replace(self, funds={**self.funds, fund.collection_id: fund})

    def owing_targets(self, at: datetime) -> "ManagedPortfolio":
        """Return the portfolio after cash moved: what it really holds is owed to the broker as its targets.

        What was submitted before is not carried out any more, but for a run that is on its way.
        """
        if self.stage is RebalanceStage.RUNNING:
            return replace(self, owes_targets=True)
        stage = RebalanceStage.IDLE if self.stage is RebalanceStage.READY else self.stage
        return replace(self, stage=stage, owes_targets=True, due_at=min(self.due_at or at, at))

    def client_fund_id(self, collection_id: str) -> str:
        """Return the id that the broker knows a fund by, besides its own."""
        return f"{self.account_id}_{collection_id}"

    def collection_of(self, fund_id: str) -> str | None:
        """Return the collection that a fund of the broker is the image of, if it is one of ours."""
        return next((fund.collection_id for fund in self.funds.values() if fund.fund_id == fund_id), None)

    def fund_key(self, collection_id: str) -> str:
        """Return the key under which a fund is asked for, however often."""
        return derived_id("fund", self.owner, collection_id)

    @property
    def portfolio_key(self) -> str:
        """Return the key under which the broker's portfolio is asked for, however often."""
        return derived_id("managed-portfolio", self.owner)
