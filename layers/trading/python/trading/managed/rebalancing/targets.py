"""Submits targets to the broker: funds first, since the portfolio can only refer to what exists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from trading.brokerage.portfolios import FundOrder
from trading.managed.models import Fund, Held, HoldingsSnapshot, ManagedPortfolio
from trading.managed.ports import BrokerIds, PortfolioBroker
from trading.managed.rebalancing.planner import Plan, PlannedFund, plan


@dataclass(frozen=True)
class TargetWriter:
    """Submits portfolios and funds to the broker; done again, it does no more than the first time."""

    broker: PortfolioBroker
    ids: BrokerIds

    def ensure_portfolio(self, portfolio: ManagedPortfolio, account_id: str, *, was_asked: bool) -> str:
        """Return the id of the account's portfolio at the broker, which is made and assigned where it is missing.

        `was_asked` says that it may have been made before without our knowing.
        """
        found = self.broker.find_portfolio(portfolio.account_id) if was_asked else None
        made = found or self.broker.create_portfolio(portfolio.account_id, key=portfolio.portfolio_key)
        self.broker.assign_portfolio(account_id, made)
        return made

    def submit(self, before: ManagedPortfolio, portfolio: ManagedPortfolio, plan: Plan) -> ManagedPortfolio:
        """Submit a plan; return the portfolio with what was made and submitted.

        `before` is the portfolio before the plan was written: a fund that it knows to have been asked
        for may exist already.
        """
        submitted = portfolio
        for collection_id, planned in plan.funds.items():
            fund = submitted.fund(collection_id)
            if fund is not None and planned.weight:
                asked_before = before.fund(collection_id)
                was_asked = asked_before is not None and asked_before.asked_at is not None
                submitted = submitted.with_fund(self._submit_fund(submitted, fund, planned, was_asked=was_asked))
        self.broker.update_portfolio(str(submitted.portfolio_id), plan.cash_weight, dict(_by_fund_id(submitted, plan)))
        return submitted

    def reset_targets_to_actual(self, portfolio: ManagedPortfolio, seen: HoldingsSnapshot) -> ManagedPortfolio:
        """Submit what is held as the targets, so that nothing submitted before is carried out any more.

        Return the portfolio with what was submitted. The record should be `without_submitted` before, lest a
        worker that dies here leave it saying what was submitted last time.
        """
        if portfolio.portfolio_id is None:
            return portfolio
        symbols = frozenset(symbol for cents in seen.cents.values() for symbol in cents)
        return self.submit(
            portfolio, without_submitted(portfolio), plan(Held(seen.cash_cents, seen.cents), (), symbols)
        )

    def _submit_fund(self, portfolio: ManagedPortfolio, fund: Fund, planned: PlannedFund, *, was_asked: bool) -> Fund:
        weights = planned.weights
        if fund.fund_id is not None and fund.submitted == weights:
            return fund
        ids = self._find_ids(tuple(weights))
        fund_id = fund.fund_id
        if fund_id is None and was_asked:
            fund_id = self.broker.find_fund(portfolio.client_fund_id(fund.collection_id))
        if fund_id is None:
            client_id = portfolio.client_fund_id(fund.collection_id)
            order = FundOrder(client_id, f"Fund {client_id}", weights)
            fund_id = self.broker.create_fund(order, ids, key=portfolio.fund_key(fund.collection_id))
            if not was_asked:
                return replace(fund, fund_id=fund_id, submitted=weights)
        self.broker.update_fund(fund_id, weights, ids)
        return replace(fund, fund_id=fund_id, submitted=weights)

    def _find_ids(self, symbols: tuple[str, ...]) -> Mapping[str, str]:
        known = dict(self.ids.broker_ids(symbols))
        for symbol in symbols:
            if symbol not in known:
                known[symbol] = self.broker.instrument_id(symbol)
                self.ids.keep_broker_id(symbol, known[symbol])
        return known


def with_requests(portfolio: ManagedPortfolio, plan: Plan, at: datetime) -> ManagedPortfolio:
    """Return the portfolio with a note of every fund that the plan will have made or changed.

    What was submitted for a fund is forgotten before something else is: if the answer is lost, or the
    worker dies, nobody knows which of the two the broker has.
    """
    for collection_id, planned in plan.funds.items():
        fund = portfolio.fund(collection_id)
        if fund is None or not planned.weight:
            continue
        if fund.fund_id is None:
            portfolio = portfolio.with_fund(replace(fund, asked_at=fund.asked_at or at))
        elif fund.submitted != planned.weights:
            portfolio = portfolio.with_fund(replace(fund, submitted={}))
    return portfolio


def without_submitted(portfolio: ManagedPortfolio) -> ManagedPortfolio:
    """Return the portfolio without what was submitted for its funds, so that each is submitted anew."""
    return replace(portfolio, funds={key: replace(fund, submitted={}) for key, fund in portfolio.funds.items()})


def _by_fund_id(portfolio: ManagedPortfolio, plan: Plan) -> Iterator[tuple[str, Decimal]]:
    for collection_id, planned in plan.funds.items():
        fund = portfolio.fund(collection_id)
        # What is none of ours is under the broker's own id.
        fund_id = fund.fund_id if fund is not None else collection_id
        if fund_id is not None and planned.weight:
            yield fund_id, planned.weight
