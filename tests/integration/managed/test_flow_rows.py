"""Flows by day, each in a row of its own."""

from datetime import date, timedelta

import pytest

from trading.managed.flows import FlowLog
from trading.managed.models import Fund, ManagedPortfolio
from trading.managed.ports import ManagedChange
from trading.managed.store import DynamoManagedStore

pytestmark = pytest.mark.usefixtures("aws")

DAY = date(2026, 1, 2)
LATER = DAY + timedelta(days=1)


def committed(portfolio: ManagedPortfolio, fund: Fund) -> ManagedPortfolio:
    written = DynamoManagedStore().commit(ManagedChange(portfolio=portfolio.with_fund(fund))).portfolio
    assert written is not None
    return written


def test_a_day_has_one_flow_and_a_fund_that_was_empty_begins_anew() -> None:
    store, fund = DynamoManagedStore(), Fund("tech", {})
    portfolio = committed(ManagedPortfolio.new("ada", "account"), fund.with_flow(100, DAY).with_flow(50, DAY))
    portfolio = committed(portfolio, portfolio.funds["tech"].with_flow(-30, LATER))
    assert store.flows(portfolio) == {"tech": ((DAY, 150), (LATER, -30))}

    portfolio = committed(portfolio, portfolio.funds["tech"].with_flow(-125, LATER, is_empty=True))
    assert store.flows(portfolio) == {}
    portfolio = committed(portfolio, portfolio.funds["tech"].with_flow(70, LATER))

    assert store.flows(portfolio) == {"tech": ((LATER, 70),)}
    assert (portfolio.funds["tech"].flow.cents, portfolio.funds["tech"].net_cents) == (70, 65)


def test_what_was_written_is_not_written_again() -> None:
    portfolio = committed(ManagedPortfolio.new("ada", "account"), Fund("tech", {}).with_flow(100, DAY))

    assert portfolio.funds["tech"].flow == FlowLog(100, 0, (DAY, 100), is_new=False)
    state = DynamoManagedStore().load("ada").portfolio
    assert state is not None
    assert state.funds["tech"].flow == portfolio.funds["tech"].flow


def test_a_flow_that_comes_late_counts_on_the_last_day_that_is_known() -> None:
    log = FlowLog().added(100, LATER).added(7, DAY)

    assert (log.cents, log.last) == (107, (LATER, 107))
