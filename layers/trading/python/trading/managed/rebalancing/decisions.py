"""What a plan means for versions and for the portfolio, before it is submitted. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from trading.funding.accounts.models import LETS_OUT, Pause, TradingAccount
from trading.managed.models import Fund, HoldingsSnapshot, ManagedPortfolio
from trading.managed.rebalancing.planner import Outcome, Plan
from trading.managed.versions import reasons
from trading.managed.versions.models import Reason, Version, VersionStatus


def may_trade(account: TradingAccount) -> bool:
    """Say whether orders of any kind may go out for an account: what operators pause may sell."""
    is_open = account.status in LETS_OUT and account.broker_account_id is not None
    return is_open and Pause.BROKER not in account.pauses


def reason_to_sell_only(account: TradingAccount, *, is_halted: bool) -> Reason | None:
    """Return why nothing may be bought in an account, neither with cash nor with what it sells; None if it may."""
    if is_halted:
        return reasons.TRADING_STOPPED
    return reasons.TRADING_PAUSED if Pause.OPERATOR in account.pauses else None


def is_sale(version: Version) -> bool:
    """Say whether nothing but sales comes of a version. One that sets weights too may buy some of its symbols."""
    return (version.amount_cents or 0) < 0 and not version.sets_weights


def may_be_sale(version: Version) -> bool:
    """Say whether a version is a sale, or may become one where a target is aimed at."""
    return version.is_open and (is_sale(version) or (version.target_cents is not None and not version.sets_weights))


def cancelled_if_restricted(version: Version, account: TradingAccount, at: datetime) -> Version:
    """Return a buy that certainly was not submitted yet as cancelled, where the account may not buy."""
    is_buy = (version.amount_cents or 0) > 0
    if account.restriction is not None and is_buy and version.status is VersionStatus.PENDING:
        return version.moved(VersionStatus.CANCELLED, at, reasons.OF_RESTRICTION[account.restriction])
    return version


def sold_already(version: Version, seen: HoldingsSnapshot) -> Version:
    """Return a sale of everything as complete, where a run of which we heard no more has sold it."""
    is_sold = version.sells_all and version.executed_cents < 0 and not seen.fund_cents(version.collection_id)
    if version.status is VersionStatus.EXECUTING and is_sold:
        return version.moved(VersionStatus.COMPLETE, seen.at)
    return version


def decided(version: Version, outcome: Outcome | None, at: datetime, held_back: Reason | None = None) -> Version:
    """Return a version as a plan leaves it: executing, failed, or waiting; `held_back` is why, if it is not in it."""
    if version.is_open and outcome is None and held_back is not None:
        return replace(version, reason=held_back)
    if outcome is None or not version.is_open:
        return version
    if outcome.fails is not None:
        return version.moved(VersionStatus.FAILED, at, outcome.fails)
    if outcome.waits is not None:
        attempts = version.attempts + (version.status is VersionStatus.EXECUTING)
        return replace(version, reason=outcome.waits, attempts=attempts)
    if version.status is VersionStatus.PENDING:
        version = version.moved(VersionStatus.EXECUTING, at)
    planned = replace(version, reason=None, updated_at=at)
    if outcome.sells_all:
        return replace(planned, sells_all=True, amount_cents=planned.executed_cents + outcome.cents)
    return planned


def min_order_cents(made: Plan) -> int | None:
    """Return the smallest amount that a plan buys or sells; None where it only re-weights."""
    return min(
        (abs(outcome.cents) for outcome in made.outcomes.values() if outcome.is_planned and outcome.cents), default=None
    )


def with_contents(
    portfolio: ManagedPortfolio, versions: Sequence[Version], made: Plan, at: datetime
) -> ManagedPortfolio:
    """Return the portfolio with the weights that planned versions give their funds."""
    for version in versions:
        if version.version_id not in made.planned:
            continue
        fund = portfolio.fund(version.collection_id)
        if fund is None:
            fund = Fund(version.collection_id, version.contents, version.follows)
        elif version.sets_weights:
            fund = replace(fund, contents=version.contents, follows=version.follows)
        rebalanced_at = at if version.amount_cents is None else fund.rebalanced_at
        portfolio = portfolio.with_fund(replace(fund, rebalanced_at=rebalanced_at))
    return portfolio
