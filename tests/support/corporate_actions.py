"""Corporate actions on an in-process DynamoDB: real services and stores, opening prices that tests set."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from tests.support.trading_day import TradingDayHarness
from trading.automation.corporate_actions.jobs import ActionJob
from trading.automation.corporate_actions.messages import ActionWork
from trading.automation.corporate_actions.models import Applied
from trading.automation.corporate_actions.openings import OpeningState
from trading.automation.corporate_actions.service import ActionService
from trading.automation.corporate_actions.store import DynamoActionStore, DynamoHolders
from trading.automation.day_trading.store import DynamoWorkIndex
from trading.automation.portfolios.models import Portfolio, PortfolioKey
from trading.automation.portfolios.service import ManualTrade
from trading.automation.portfolios.session_store import DynamoSessionStore
from trading.automation.portfolios.store import DynamoPortfolioStore
from trading.ledger.models import Entry, Kind, LedgerAccount
from trading.ledger.service import Opening, follows, totals
from trading.ledger.store import DynamoJournal
from trading.markets.corporate_actions.models import ActionKind, CorporateAction, Terms
from trading.markets.corporate_actions.store import DynamoActionFile
from trading.markets.models import Exchange, Instrument
from trading.markets.store import DynamoInstrumentStore
from trading.platform.clock import FixedClock
from trading.platform.receipts import RequestKey

EX_DATE = date(2013, 2, 19)
DAY_BEFORE = datetime(2013, 2, 18, 15, 0, tzinfo=UTC)
MORNING = datetime(2013, 2, 19, 13, 0, tzinfo=UTC)
OPEN = datetime(2013, 2, 19, 14, 31, tzinfo=UTC)
_keys = count()


@dataclass
class FakeAnnouncements:
    """Announces what tests put there; opening prices are known from the open on."""

    actions: list[CorporateAction] = field(default_factory=list)
    openings: dict[str, Decimal] = field(default_factory=dict)
    fails_with: Exception | None = None
    asked: list[tuple[date, date]] = field(default_factory=list)

    def covers(self, exchange: Exchange) -> bool:
        return exchange is Exchange.NASDAQ

    def corporate_actions(self, exchange: Exchange, since: date, until: date) -> tuple[CorporateAction, ...]:
        assert self.covers(exchange)
        self.asked.append((since, until))
        if self.fails_with is not None:
            raise self.fails_with
        return tuple(action for action in self.actions if since <= action.ex_date <= until)

    def opening_prices(self, exchange: Exchange, symbols: Collection[str], day: date) -> Mapping[str, Decimal]:
        del exchange, day
        return {symbol: self.openings[symbol] for symbol in symbols if symbol in self.openings}


@dataclass
class ActionHarness:
    """Portfolios of one owner, and what companies do to their shares."""

    announced: FakeAnnouncements = field(default_factory=FakeAnnouncements)
    trading: TradingDayHarness = field(default_factory=TradingDayHarness)
    work: list[ActionWork] = field(default_factory=list)

    def service(self, now: datetime = MORNING) -> ActionService:
        """Return the service of actions at a moment."""
        return ActionService(
            DynamoActionStore(),
            DynamoJournal(),
            OpeningState(lambda: self.announced),
            DynamoWorkIndex(),
            FixedClock(now),
        )

    def job(self) -> ActionJob:
        """Return the job, whose work is kept."""

        def send(queue: str, work: Iterable[ActionWork]) -> int:
            assert queue == "corporate-actions"
            self.work = list(work)
            return len(self.work)

        return ActionJob(lambda: self.announced, DynamoActionFile(), DynamoHolders(), DynamoInstrumentStore(), send)

    def run(self, now: datetime = MORNING) -> Mapping[str, object]:
        """Run the job at a moment, and all of its work, as it came over a queue."""
        result, service = self.job().apply(now), self.service(now)
        for sent in self.work:
            work = ActionWork.model_validate_json(sent.model_dump_json())
            _ = service.settle(work.key) if work.action is None else service.apply(work.key, work.action)
        return result

    def holding(self, quantity: str, price: str, symbol: str = "AAPL", at: datetime = DAY_BEFORE) -> PortfolioKey:
        """Return a portfolio that bought shares manually."""
        DynamoInstrumentStore().save(Instrument(symbol, Exchange.NASDAQ))
        key = self.trading.portfolio(is_automated=False).key
        self.trade(key, Kind.BUY, quantity, price, symbol, at)
        return key

    def trade(  # noqa: PLR0917 - one manual trade
        self, key: PortfolioKey, kind: Kind, quantity: str, price: str, symbol: str = "AAPL", at: datetime = DAY_BEFORE
    ) -> None:
        """Record a manual trade."""
        trade = ManualTrade(kind=kind, symbol=symbol, quantity=Decimal(quantity), price=Decimal(price))
        request = RequestKey.of(key.owner, "create_transaction", f"key-{next(_keys)}", {})
        self.trading.portfolios(at).record(key, trade, request)

    def portfolio(self, key: PortfolioKey) -> Portfolio:
        """Return a portfolio."""
        found = DynamoPortfolioStore().find(key)
        assert found is not None
        return found

    def entries(self, key: PortfolioKey, *kinds: Kind) -> list[Entry]:
        """Return the journal entries of kinds, oldest first."""
        return [entry for entry in DynamoJournal().since(key.text, 0) if entry.kind in kinds]

    def applied(self, key: PortfolioKey, action: CorporateAction) -> Applied | None:
        """Return what an action did."""
        return DynamoActionStore().find_applied(key, action.action_id)

    def put(self, kind: ActionKind, terms: Terms, *, symbol: str = "AAPL", ex_date: date = EX_DATE) -> CorporateAction:
        """Announce an action, in the place of the one with its id."""
        action = CorporateAction(kind, Exchange.NASDAQ, symbol, ex_date, terms)
        others = [other for other in self.announced.actions if other.action_id != action.action_id]
        self.announced.actions = [*others, action]
        return action

    def split(self, old: int, new: int, **more: date) -> CorporateAction:
        """Announce a split: new shares for old ones."""
        return self.put(ActionKind.SPLIT, Terms(Decimal(old), Decimal(new)), **more)

    def dividend(self, rate: str, pay_on: date | None = None) -> CorporateAction:
        """Announce a dividend."""
        return self.put(ActionKind.DIVIDEND, Terms(cash_rate=Decimal(rate), pay_on=pay_on))


def assert_equal(key: PortfolioKey) -> None:
    """Hold a portfolio against the whole of its ledger: cash, capital, cost, gains, claims and shares."""
    state = DynamoSessionStore().load(key, EX_DATE)
    assert state is not None
    portfolio, entries = state.portfolio, DynamoJournal().since(key.text, 0)
    sums = totals(entries)
    assert follows(Opening(0, 0), entries, portfolio.cash_cents)
    assert sums[LedgerAccount.CAPITAL] == -portfolio.contributed_cents
    assert sums[LedgerAccount.HOLDINGS] == sum(holding.cost_cents for holding in portfolio.holdings.values())
    assert sums[LedgerAccount.GAINS] + sums[LedgerAccount.COMMISSION] == -portfolio.realised_cents
    assert sums[LedgerAccount.RECEIVABLES] == sum(claim.booked_cents for claim in portfolio.claims.values())
    shares: dict[str, Decimal] = {}
    for entry in entries:
        for symbol, change in entry.share_changes.items():
            shares[symbol] = shares.get(symbol, Decimal(0)) + change
    assert {s: q for s, q in shares.items() if q} == {s: h.quantity for s, h in portfolio.holdings.items()}
    assert portfolio.open_positions == len(state.held)
    for symbol, holding in portfolio.holdings.items():
        assert 0 <= holding.in_positions <= holding.quantity
        assert holding.in_positions == sum((p.shares for p in state.held if p.symbol == symbol), Decimal(0))
