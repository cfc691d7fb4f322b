"""A fake broker of portfolios: it keeps portfolios, funds and runs, and fills towards its targets."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from tests.support.funding import NOW, Fault
from trading.brokerage.portfolios import BrokerRun, FundOrder, HeldFund, HeldSymbol, PortfolioStatus
from trading.partners.drivewealth.run_statuses import run_class, run_rank
from trading.platform.errors import Refused

PRICES = {"AAPL": 100, "MSFT": 50, "IBM": 200}

T = TypeVar("T")
Holdings = dict[str, dict[str, Decimal]]
Orders = dict[tuple[str, str], int | None]


@dataclass
class AtBroker:
    """An account at the broker: cash, and shares by fund and symbol."""

    cash_cents: int
    portfolio_id: str | None = None
    shares: Holdings = field(default_factory=dict)


@dataclass
class FakeRun:
    """A run at the broker. `share` is how much of what it should trade it trades."""

    accounts: tuple[str, ...]
    status: str = "REBALANCE_NOT_STARTED"
    share: Decimal = Decimal(1)
    failing: frozenset[str] = frozenset()
    is_filled: bool = False
    orders: dict[str, Orders] = field(default_factory=dict)


@dataclass
class PortfolioBroker:
    """A broker that remembers keys and finds by our ids; `before`, `after` and `visit` as in that of money flows.

    `ends_as` is the status that a run has when it is first read: None leaves runs as they are.
    `spoil` changes the statuses that it answers, by account.
    """

    portfolios: dict[str, str] = field(default_factory=dict)
    funds: dict[str, FundOrder] = field(default_factory=dict)
    targets: dict[str, tuple[Decimal, Mapping[str, Decimal]]] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=lambda: dict(PRICES))
    accounts: dict[str, AtBroker] = field(default_factory=dict)
    runs: dict[str, FakeRun] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    before: dict[str, Fault] = field(default_factory=dict)
    after: dict[str, Fault] = field(default_factory=dict)
    visit: Fault = field(default=lambda: None)
    spoil: dict[str, Callable[[PortfolioStatus], PortfolioStatus]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    ends_as: str | None = "SUCCESS"
    share: Decimal = Decimal(1)
    failing: frozenset[str] = frozenset()

    def create_portfolio(self, client_id: str, *, key: str) -> str:
        """Make a portfolio, once a key."""
        return self._act("create_portfolio", lambda: self._once(key, "portfolio", self.portfolios, client_id))

    def find_portfolio(self, client_id: str) -> str | None:
        """Find a portfolio by our id."""
        return self._act(
            "find", lambda: next((own for own, ours in self.portfolios.items() if ours == client_id), None)
        )

    def assign_portfolio(self, account_id: str, portfolio_id: str) -> None:
        """Have an account follow a portfolio."""
        self._act("assign", lambda: setattr(self.accounts[account_id], "portfolio_id", portfolio_id))

    def update_portfolio(self, portfolio_id: str, cash: Decimal, funds: Mapping[str, Decimal]) -> None:
        """Take new targets; funds that do not exist are refused, and so are sums other than 1."""

        def act() -> None:
            if not funds.keys() <= self.funds.keys() or cash + sum(funds.values()) != 1:
                raise Refused("These are no targets.")
            self.targets[portfolio_id] = (cash, dict(funds))

        self._act("update_portfolio", act)

    def create_fund(self, order: FundOrder, instrument_ids: Mapping[str, str], *, key: str) -> str:
        """Make a fund, once a key."""
        assert set(order.weights) <= set(instrument_ids)
        return self._act("create_fund", lambda: self._once(key, "fund", self.funds, order))

    def find_fund(self, client_id: str) -> str | None:
        """Find a fund by our id."""
        return self._act("find", lambda: next((own for own in self.funds if self._client_id(own) == client_id), None))

    def update_fund(self, fund_id: str, weights: Mapping[str, Decimal], instrument_ids: Mapping[str, str]) -> None:
        """Take a fund's new weights."""
        assert set(weights) <= set(instrument_ids)
        order = FundOrder(self._client_id(fund_id), "", dict(weights))
        self._act("update_fund", lambda: self.funds.update({fund_id: order}))

    def instrument_id(self, symbol: str) -> str:
        """Return an id."""
        return self._act("instrument", lambda: f"id-of-{symbol}")

    def portfolio_status(self, account_id: str) -> PortfolioStatus:
        """Return what an account holds, spoilt where the test wants it so."""

        def act() -> PortfolioStatus:
            status = self._status(account_id)
            return self.spoil.get(account_id, lambda right: right)(status)

        return self._act("status", act)

    def start_run(self, account_ids: tuple[str, ...], *, key: str) -> BrokerRun:
        """Start a run, once a key; one with an account that is refused is refused."""

        def act() -> BrokerRun:
            if self.refused & set(account_ids):
                raise Refused("An account is not open.")
            orders = {account_id: self._orders(self.accounts[account_id]) for account_id in account_ids}
            run = FakeRun(account_ids, share=self.share, failing=self.failing, orders=orders)
            return self._run(self._once(key, "run", self.runs, run))

        return self._act("start_run", act)

    def run(self, run_id: str) -> BrokerRun:
        """Return a run, which ends when it is first read."""

        def act() -> BrokerRun:
            if self.ends_as is not None and not run_class(self.runs[run_id].status).is_terminal:
                self.end(run_id, self.ends_as)
            return self._run(run_id)

        return self._act("run", act)

    def failed_accounts(self, run: BrokerRun) -> frozenset[str]:
        """Return whom a run failed for."""
        return self._act("outcome", lambda: self.runs[run.run_id].failing)

    def end(self, run_id: str, status: str) -> None:
        """Give a run a status, and fill what it trades."""
        run = self.runs[run_id]
        run.status = status
        if not run.is_filled:
            run.is_filled = True
            for account_id in set(run.accounts) - run.failing:
                self._fill(self.accounts[account_id], run.orders[account_id], run.share)

    def held(self, account_id: str) -> dict[str, int]:
        """Return what an account holds in cents by our ids of its funds."""
        shares = self.accounts[account_id].shares
        worth = {
            self._client_id(fund_id): sum(map(self._cents, held, held.values())) for fund_id, held in shares.items()
        }
        return {key: cents for key, cents in worth.items() if cents}

    def _orders(self, account: AtBroker) -> Orders:
        """Return what would bring an account to its targets now, in cents by fund and symbol; None sells all of it."""
        targets = self.targets.get(str(account.portfolio_id))
        places = {(fund_id, symbol) for fund_id, shares in account.shares.items() for symbol in shares}
        if targets is None:
            return {}
        places |= {(fund_id, symbol) for fund_id in targets[1] for symbol in self.funds[fund_id].weights}
        equity = account.cash_cents + sum(
            sum(map(self._cents, share, share.values())) for share in account.shares.values()
        )
        found: Orders = {}
        for fund_id, symbol in places:
            weight = targets[1].get(fund_id, Decimal(0)) * self.funds[fund_id].weights.get(symbol, Decimal(0))
            held = self._cents(symbol, account.shares.get(fund_id, {}).get(symbol, Decimal(0)))
            found[fund_id, symbol] = int(equity * weight) - held if weight else None
        return found

    def _fill(self, account: AtBroker, orders: Orders, share: Decimal) -> None:
        for (fund_id, symbol), wanted in orders.items():
            shares = account.shares.setdefault(fund_id, {})
            owned = shares.get(symbol, Decimal(0))
            cents = -self._cents(symbol, owned) if wanted is None else wanted
            traded = max(int(cents * share), -self._cents(symbol, owned))
            shares[symbol] = owned + Decimal(traded) / 100 / self.prices[symbol]
            account.cash_cents -= traded

    def _status(self, account_id: str) -> PortfolioStatus:
        account = self.accounts[account_id]
        if account.portfolio_id is None:
            raise Refused("No portfolio.", code="not_found")
        cash_target, targets = self.targets.get(account.portfolio_id, (Decimal(1), {}))
        worth = {fund: sum(map(self._cents, held, held.values())) for fund, held in account.shares.items()}
        equity = account.cash_cents + sum(worth.values())
        funds = tuple(
            HeldFund(
                fund, worth[fund], targets.get(fund, Decimal(0)), _ratio(worth[fund], equity), self._symbols(fund, held)
            )
            for fund, held in account.shares.items()
        )
        cash = account.cash_cents
        return PortfolioStatus(account.portfolio_id, equity, cash, cash_target, _ratio(cash, equity), funds)

    def _symbols(self, fund_id: str, held: Mapping[str, Decimal]) -> tuple[HeldSymbol, ...]:
        whole, weights = sum(map(self._cents, held, held.values())), self.funds[fund_id].weights
        return tuple(
            HeldSymbol(
                symbol,
                self._cents(symbol, n),
                n,
                weights.get(symbol, Decimal(0)),
                _ratio(self._cents(symbol, n), whole),
            )
            for symbol, n in held.items()
            if n
        )

    def _run(self, run_id: str) -> BrokerRun:
        run = self.runs[run_id]
        return BrokerRun(run_id, run.status, run_class(run.status), run_rank(run.status), NOW, len(run.failing), "url")

    def _cents(self, symbol: str, shares: Decimal) -> int:
        return int(shares * self.prices[symbol] * 100)

    def _client_id(self, fund_id: str) -> str:
        return self.funds[fund_id].client_fund_id

    def _once(self, key: str, kind: str, kept: dict[str, Any], made: object) -> str:
        if key not in self.by_key:
            self.by_key[key] = f"{kind}-{len(kept) + 1}"
            kept[self.by_key[key]] = made
        return self.by_key[key]

    def _act(self, name: str, act: Callable[[], T]) -> T:
        self.calls[name] += 1
        self.visit()
        self.before.get(name, lambda: None)()
        result = act()
        self.after.get(name, lambda: None)()
        self.visit()
        return result


def _ratio(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.000001")) if whole else Decimal(0)
