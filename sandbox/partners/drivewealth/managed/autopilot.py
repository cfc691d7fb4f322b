"""Autopilot runs at the simulated broker: how they go on in market time, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.partners.drivewealth.managed.holdings import Values
from sandbox.partners.drivewealth.managed.market_hours import begins_at, market_time_after
from sandbox.partners.drivewealth.managed.rebalancing import Execution, orders
from sandbox.partners.drivewealth.managed.state import Run, Trade
from sandbox.partners.drivewealth.managed.targets import invalid
from sandbox.partners.drivewealth.state import Account, BrokerError, State

SUCCESS, NO_ORDERS = "SUCCESS", "REBALANCE_NO_ORDERS_GENERATED"
REVIEWED, NOT_STARTED = "REBALANCE_REVIEW_COMPLETED", "REBALANCE_NOT_STARTED"
STEP_TAKES = timedelta(minutes=5)
TRADES = frozenset({"OPEN", "OPEN_NO_NEW_TRADES"})
"""The statuses of accounts that runs trade for; what they may buy is the advisor's business here."""

COURSE = (
    "REBALANCE_50",
    "SELL_AMOUNTCASH_ORDERS_SUBMITTED",
    "SELL_AMOUNTCASH_ORDERS_COMPLETED",
    "BUY_AMOUNTCASH_ORDERS_SUBMITTED",
    "ALLOCATION_50",
)
"""What a run passes through, five minutes of market time apart, before it ends."""

_TENS = range(10, 100, 10)
_KINDS = ("AMOUNTCASH", "ORDERQTY")
_SIDES = [f"{side}_{kind}_ORDERS" for side in ("SELL", "BUY") for kind in _KINDS]
FAILED = frozenset(
    {
        *(f"{side}_{end}" for side in (*_SIDES, "ALLOCATION") for end in ("FAILED", "TIMEDOUT")),
        *("REBALANCE_FAILED", "REBALANCE_ABORTED", "SUBACCOUNT_HOLDINGS_UPDATE_FAILED"),
    }
)
ENDS = FAILED | {SUCCESS, NO_ORDERS, REVIEWED}
STATUSES = ENDS | {
    *(f"{side}_{end}" for side in _SIDES for end in ("SUBMITTED", "COMPLETED")),
    *(f"{kind}_ORDERS_{end}" for kind in _KINDS for end in ("AGGREGATED", "PREPARED")),
    *(f"{phase}_{tens}" for phase in ("REBALANCE", "ALLOCATION") for tens in _TENS),
    *(f"ALLOCATION_{end}" for end in ("NOT_STARTED", "PREPARED", "SUBMITTED", "COMPLETED")),
    *(NOT_STARTED, "REBALANCE_COMPLETED", "SUBACCOUNT_ORDERS_ADJUSTED", "SUBACCOUNT_HOLDINGS_UPDATED"),
    *("RIA_NEXT_REBALANCE_UPDATED", "ORDERS_CLEANEDUP"),
}


@dataclass(frozen=True)
class Autopilot:
    """The runs of a state, as of one moment; `symbols` says which may be traded."""

    state: State
    now: datetime
    values: Values
    symbols: Mapping[str, bool]

    def order(self, ria_id: str, body: Mapping[str, Any]) -> Run:
        """Take a run over some accounts; it begins at once, or as the market opens.

        Raises:
            BrokerError: 404 for an account that is not there, `E030` for one that is not open, `E032`.
        """
        wanted = body.get("subAccounts")
        if not (isinstance(wanted, list) and wanted and all(isinstance(account_id, str) for account_id in wanted)):
            raise invalid("subAccounts are missing")
        for account in wanted:
            if self.state.account(account).status not in TRADES:
                raise BrokerError(400, "E030", "sub-account is not open")
        begins = begins_at(self.now)
        run = Run(
            run_id=f"ria_rebalance_{uuid4()}",
            ria_id=ria_id,
            accounts=list(dict.fromkeys(wanted)),
            created=self.now,
            updated=self.now,
            status=NOT_STARTED,
            is_review=body.get("reviewOnly") is True,
            begins=begins,
            due=market_time_after(begins, STEP_TAKES),
        )
        self.state.runs[run.run_id] = run
        if begins <= self.now:
            self._begin(run)
        return run

    def go_on(self, run: Run) -> None:
        """Take a run one step further; the last one ends it."""
        self._begin(run)
        if run.step == len(COURSE):
            self.move(run, self._natural_end(run))
            return
        run.status, run.updated = COURSE[run.step], self.now
        run.step += 1
        run.due = market_time_after(run.begins, STEP_TAKES * (run.step + 1))

    def move(self, run: Run, status: str) -> None:
        """Change a run's status; the first end that it comes to is the one that moves positions.

        A run moved to anything else ends at its time, without passing through more.
        """
        self._begin(run)
        run.status, run.updated, run.step = status, self.now, len(COURSE)
        if run.is_over:
            return
        if status not in ENDS:
            run.due = market_time_after(run.begins, STEP_TAKES * (len(COURSE) + 1))
            return
        run.is_over, run.due = True, None
        for account in run.accounts:
            self._end(run, self.state.account(account))

    def _begin(self, run: Run) -> None:
        """Make a run's orders, once: what it trades is decided when it begins, whatever targets are set afterwards."""
        if run.orders is None:
            run.orders = {account: self._orders(self.state.account(account)) for account in run.accounts}

    def _natural_end(self, run: Run) -> str:
        if run.is_review:
            return REVIEWED
        return SUCCESS if any((run.orders or {}).values()) else NO_ORDERS

    def _end(self, run: Run, account: Account) -> None:
        """Do with one account what the run came to."""
        error = self._hindrance(run, account)
        if error is None and run.status in FAILED | {SUCCESS} and not run.is_review:
            error = self._trade(run, account)
        if error is not None:
            run.errors[account.account_id] = error
        if error is None or account.account_id in {trade.account_id for trade in run.trades}:
            account.rebalanced = self.now

    def _hindrance(self, run: Run, account: Account) -> str | None:
        is_failing = account.account_id in run.requested_changes.failing
        if is_failing or (run.status in FAILED and not run.requested_changes.failing):
            return f"Rebalance of the sub-account failed ({run.status})"
        if account.portfolio_id is None:
            return "sub-account has no portfolio"
        return None if account.status in TRADES else "sub-account is not open"

    def _trade(self, run: Run, account: Account) -> str | None:
        """Fill an account's orders; return what went wrong, if anything did."""
        execution = Execution(account, self.values, self.symbols, run.requested_changes)
        trades, fee = execution.fill((run.orders or {}).get(account.account_id, []))
        run.trades += trades
        run.fees |= {account.account_id: fee} if fee else {}
        for trade in trades:
            if trade.quantity and (price := self.values.price(trade.symbol)):
                self.state.prices[trade.symbol] = price
        refused = sorted({f"{trade.symbol}: {trade.rejection}" for trade in trades if trade.rejection})
        return "; ".join(refused) or None

    def _orders(self, account: Account) -> list[Trade]:
        if account.portfolio_id is None:
            return []
        return orders(account, self.state.portfolio(account.portfolio_id), self.state.funds, self.values)
