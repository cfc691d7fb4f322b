"""A harness for TTF holdings: real records in an in-process DynamoDB, a fake broker and a fake catalogue.

`minute` does what queues and schedules do: polls, runs, due rebalances, events; what fails comes again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from tests.support.funding import FundingHarness, assert_ledger_agrees
from tests.support.managed_broker import AtBroker, PortfolioBroker
from trading.brokerage.models import PaymentStatus
from trading.brokerage.portfolios import FundOrder
from trading.funding.accounts.models import TradingAccount, account_id_of
from trading.funding.accounts.ports import AccountChange
from trading.funding.money_flows.models import MoneyFlow
from trading.ledger.models import LedgerAccount
from trading.managed.collections.models import Collection as Ttf
from trading.managed.collections.models import WeightSet
from trading.managed.collections.service import Catalogue
from trading.managed.holdings.service import HoldingsService
from trading.managed.market_hours import MarketHours
from trading.managed.messages import AccountFinished, AutopilotEvent, RebalanceWork
from trading.managed.models import ManagedPortfolio
from trading.managed.observation.reader import AccountReader
from trading.managed.rebalancing.cash import CashService
from trading.managed.rebalancing.models import RebalanceResult
from trading.managed.rebalancing.service import Rebalancer
from trading.managed.rebalancing.targets import TargetWriter
from trading.managed.runs.completion import CompletionService
from trading.managed.runs.moves import MoveCheck
from trading.managed.runs.service import RunService
from trading.managed.runs.store import DynamoRunStore
from trading.managed.store import DynamoManagedStore
from trading.managed.versions.cancellation import CancellationService
from trading.managed.versions.models import Version, VersionStatus
from trading.managed.versions.rules import Reconfiguration
from trading.managed.versions.service import VersionService
from trading.managed.weights import broker_weights
from trading.markets.models import Exchange, TradingDay
from trading.platform.audit import Audit
from trading.platform.errors import PartnerError, StaleRecord
from trading.platform.receipts import RequestKey

COLLECTIONS: Mapping[str, Mapping[str, Decimal]] = {
    "tech": {"AAPL": Decimal("0.6"), "MSFT": Decimal("0.4")},
    "mixed": {"AAPL": Decimal("0.5"), "IBM": Decimal("0.5")},
}
HALVES = {"AAPL": Decimal("0.5"), "MSFT": Decimal("0.5")}
CASH = 1_000_000
_KEYS = count(1)

Weights = Mapping[str, Decimal] | None


@dataclass
class FakeCatalogue:
    """Collections, instruments and the broker's names of them. `inactive` symbols cannot be traded."""

    inactive: set[str] = field(default_factory=set)
    ids: dict[str, str] = field(default_factory=dict)

    def find(self, collection_id: str) -> Ttf | None:
        """Return a collection."""
        weights = COLLECTIONS.get(collection_id)
        return Ttf(collection_id, "", "", (WeightSet(date(2013, 1, 1), weights),)) if weights else None

    def list_all(self) -> tuple[Ttf, ...]:
        """Return nothing; nobody lists here."""
        return ()

    def save(self, collection: Ttf, audit: Audit | None) -> Ttf:
        """Change nothing."""
        return collection

    def active_among(self, symbols: Collection[str]) -> frozenset[str]:
        """Return what can be traded."""
        return frozenset(symbols) - self.inactive

    def known_among(self, symbols: Collection[str]) -> frozenset[str]:
        """Return all."""
        return frozenset(symbols)

    def broker_ids(self, symbols: tuple[str, ...]) -> Mapping[str, str]:
        """Return the ids that were kept."""
        return {symbol: self.ids[symbol] for symbol in symbols if symbol in self.ids}

    def keep_broker_id(self, symbol: str, instrument_id: str) -> None:
        """Keep an id."""
        self.ids[symbol] = instrument_id


class Weekdays:
    """Sessions from Monday to Friday, in winter."""

    def trading_day(self, exchange: Exchange, day: date) -> TradingDay | None:
        """Return the session of a day."""
        if day.isoweekday() in {6, 7}:
            return None
        opens, closes = (datetime.combine(day, moment, tzinfo=UTC) for moment in (time(14, 30), time(21, 0)))
        return TradingDay(exchange, day, opens, closes)


class ManagedHarness:
    """People with open accounts and cash, and everything that works on what they hold."""

    a_minute = timedelta(minutes=1)

    def __init__(self) -> None:
        self.is_halted = False
        self.funding = FundingHarness()
        self.clock, self.wall = self.funding.clock, self.funding.wall
        self.broker, self.shelf = PortfolioBroker(), FakeCatalogue()
        self.store, self.run_store = DynamoManagedStore(), DynamoRunStore()
        self.hours = MarketHours(Weekdays(), self.clock)
        self.account_reader, self.target_writer = (
            AccountReader(self.broker, self.clock),
            TargetWriter(self.broker, self.shelf),
        )
        self.holdings = HoldingsService(self.store, self.account_reader, self.hours, self.clock)
        self.events: list[AutopilotEvent] = []
        self.sent: list[RebalanceWork] = []
        self.delivered: list[AutopilotEvent] = []

    @property
    def versions(self) -> VersionService:
        """Return the version service, as one invocation builds it."""
        return VersionService(
            self.store, self.account_reader, self._catalogue, self.hours, self.clock, self.sent.extend
        )

    @property
    def cancellations(self) -> CancellationService:
        """Return the cancellation service, as one invocation builds it."""
        return CancellationService(self.store, self.clock)

    @property
    def rebalancer(self) -> Rebalancer:
        """Return the rebalancer, as one invocation builds it."""
        return Rebalancer(
            self.store,
            self.account_reader,
            self.target_writer,
            self._catalogue,
            self.hours,
            self.clock,
            self.wall,
            lambda: self.is_halted,
        )

    @property
    def cash(self) -> CashService:
        """Return the follower of deposits and withdrawals."""
        return CashService(self.store, self.clock)

    @property
    def runs(self) -> RunService:
        """Return the run service."""
        is_current = MoveCheck(self.account_reader, self.clock).is_current
        return RunService(
            self.run_store, self.broker, self.clock, self.events.extend, lambda: self.is_halted, is_current
        )

    @property
    def finish(self) -> CompletionService:
        """Return the completion service."""
        return CompletionService(
            self.store, self.run_store, self.account_reader, self.target_writer, self.hours, self.clock
        )

    def person(self, cash_cents: int = CASH) -> str:
        """Return a new person with an open account and cash."""
        owner = self.funding.person(cash_cents=cash_cents)
        self.broker.accounts[self.at(owner)] = AtBroker(cash_cents)
        return owner

    def holders(self, number: int, cents: int = 400_000) -> list[str]:
        """Return so many people who hold the collection `tech`."""
        owners = [self.person() for _ in range(number)]
        for owner in owners:
            self.buy(owner, cents)
        self.minutes(3)
        assert all(self.held(owner) == {"tech": cents} for owner in owners)
        return owners

    def buy(
        self, owner: str, cents: int | None, collection_id: str = "tech", *, key: str = "", weights: Weights = None
    ) -> Version:
        """Ask for a purchase (below 0: a sale; None: new weights only)."""
        asked = {"cents": cents, "collection_id": collection_id}
        guard = RequestKey.of(owner, "reconfigure_collection", key or f"a-key-of-its-own-{next(_KEYS)}", asked)
        request = Reconfiguration(owner, collection_id, weights, cents, None, None, guard)
        return self.versions.reconfigure(request)[0]

    def aim(self, owner: str, cents: int, collection_id: str = "tech", *, weights: Weights = None) -> Version:
        """Ask for a holding that is worth so much."""
        guard = RequestKey.of(owner, "reconfigure_collection", f"a-key-of-its-own-{next(_KEYS)}", {"target": cents})
        request = Reconfiguration(owner, collection_id, weights, None, None, None, guard, target_cents=cents)
        return self.versions.reconfigure(request)[0]

    def ready(self, cents: int = 400_000) -> tuple[str, Version]:
        """Return a new person whose purchase was submitted to the broker and waits for a run."""
        owner = self.person()
        version = self.buy(owner, cents)
        assert self.rebalancer.run(owner) is RebalanceResult.SUBMITTED
        self.sent.clear()
        return owner, version

    def minute(self) -> None:
        """Let a minute pass with everything that happens in it."""
        self.clock.pass_by(timedelta(minutes=1))
        self.wall.pass_by(timedelta(minutes=1))
        if self.hours.current() is None:
            return
        now = self.clock.now()
        self.runs.poll()
        self.runs.start(now)
        self.work_off({*self.run_store.due(now), *(work.owner for work in self.sent)})

    def work_off(self, owners: Iterable[str] = ()) -> None:
        """Rebalance, and apply what is in the queue until only what fails is left."""
        self.sent.clear()
        for owner in owners:
            self.rebalancer.run(owner)
        failed: list[AutopilotEvent] = []
        while self.events:
            event = self.events.pop(0)
            failed += [] if self.deliver(event) else [event]
        self.events.extend(failed)

    def deliver(self, event: AutopilotEvent) -> bool:
        """Apply an event; return whether it was applied."""
        try:
            if isinstance(event.payload, AccountFinished):
                self.finish.apply(event.payload)
            else:
                self.runs.apply(event.payload)
        except (PartnerError, StaleRecord):
            return False
        self.delivered.append(event)
        return True

    def minutes(self, number: int) -> None:
        """Let minutes pass."""
        for _ in range(number):
            self.minute()

    def next_open(self) -> None:
        """Go to the next open, with the rebalances of that moment."""
        span = self.hours.next_at(timedelta(hours=7)) - self.clock.now()
        self.clock.pass_by(span)
        self.wall.pass_by(span)
        self.work_off(self.run_store.everybody())

    def at(self, owner: str) -> str:
        """Return a person's account at the broker."""
        return str(self.account(owner).broker_account_id)

    def account(self, owner: str) -> TradingAccount:
        """Return a person's account."""
        return self.funding.account(owner)

    def change(self, account: TradingAccount) -> None:
        """Write an account that something else changed."""
        self.funding.accounts.commit(AccountChange(account, self.clock.now()))

    def deposit(self, owner: str, cents: int) -> MoneyFlow:
        """Let a deposit arrive at the broker; our ledger hears of it only by `settle`."""
        self.broker.accounts[self.at(owner)].cash_cents += cents
        return self.funding.deposit(owner, cents, key=f"a-key-of-its-own-{next(_KEYS)}")

    def settle(self, flow: MoneyFlow) -> None:
        """Have our ledger hear of a deposit that arrived."""
        self.funding.report(flow, PaymentStatus.SUCCESSFUL)

    def give_back(self, flow: MoneyFlow) -> None:
        """Let a deposit be returned, here and there."""
        self.broker.accounts[self.at(flow.owner)].cash_cents -= flow.cents
        self.funding.report(flow, PaymentStatus.RETURNED)

    def portfolio(self, owner: str) -> ManagedPortfolio:
        """Return a person's portfolio."""
        portfolio = self.store.load(owner).portfolio
        assert portfolio is not None
        return portfolio

    def now(self, version: Version) -> Version:
        """Return a version as it is now."""
        found = self.store.version(version.owner, version.version_id)
        assert found is not None
        return found

    def held(self, owner: str) -> dict[str, int]:
        """Return what is held at the broker, in cents by collection."""
        prefix = f"{account_id_of(owner)}_"
        return {key.removeprefix(prefix): cents for key, cents in self.broker.held(self.at(owner)).items()}

    def fund(self, owner: str, collection_id: str = "tech") -> FundOrder:
        """Return a person's fund as the broker has it."""
        return self.broker.funds[str(self.portfolio(owner).funds[collection_id].fund_id)]

    def targets(self, owner: str) -> dict[str, Decimal]:
        """Return what was last submitted of a person's funds, by collection."""
        funds = self.broker.targets[str(self.portfolio(owner).portfolio_id)][1]
        return {str(self.portfolio(owner).collection_of(fund_id)): weight for fund_id, weight in funds.items()}

    def weights_held(self, owner: str) -> dict[str, Decimal]:
        """Return what is held, as the weights of funds that would be submitted."""
        cash = self.broker.accounts[self.at(owner)].cash_cents
        weights = broker_weights({"": cash, **self.held(owner)})
        return {key: weight for key, weight in weights.items() if key}

    @property
    def _catalogue(self) -> Catalogue:
        return Catalogue(self.shelf, self.shelf, self.clock)


def assert_carried_out(harness: ManagedHarness, owner: str, held: Mapping[str, int]) -> None:
    """Hold a person against what should be: one of everything at the broker, versions complete, the ledger right."""
    account_id = account_id_of(owner)
    versions = harness.store.versions(owner, collection_id=None, status=None, after=None, limit=50).versions
    funds = [
        fund.client_fund_id for fund in harness.broker.funds.values() if fund.client_fund_id.startswith(account_id)
    ]
    assert [version.status for version in versions] == [VersionStatus.COMPLETE] * len(versions)
    assert all(version.executed_cents == (version.amount_cents or 0) for version in versions)
    assert list(harness.broker.portfolios.values()).count(account_id) == 1
    assert len(funds) == len(set(funds))
    assert harness.held(owner) == dict(held)
    assert_settled(harness, owner)


def assert_settled(harness: ManagedHarness, owner: str) -> None:
    """Hold the ledger: nothing reserved, nothing open, cash as at the broker, what was bought invested."""
    assert_ledger_agrees(harness.funding, owner)
    account, portfolio = harness.account(owner), harness.portfolio(owner)
    assert account.balance(LedgerAccount.BUYS_RESERVED) == 0
    assert account.balance(LedgerAccount.INVESTED) == sum(harness.held(owner).values())
    assert account.broker_cash_cents == harness.broker.accounts[harness.at(owner)].cash_cents
    assert (portfolio.open_versions, portfolio.run_id, account.trades_since) == ((), None, None)
