"""The statuses of autopilot runs, all of them, as the broker names them."""

import pytest

from trading.brokerage.portfolios import RunClass
from trading.partners.drivewealth.run_statuses import run_class, run_rank


def names(text: str) -> list[str]:
    return text.split()


STEPS = names("""
REBALANCE_NOT_STARTED
REBALANCE_10 REBALANCE_20 REBALANCE_30 REBALANCE_40 REBALANCE_50 REBALANCE_60 REBALANCE_70 REBALANCE_80 REBALANCE_90
REBALANCE_COMPLETED
AMOUNTCASH_ORDERS_AGGREGATED ORDERQTY_ORDERS_AGGREGATED
AMOUNTCASH_ORDERS_PREPARED ORDERQTY_ORDERS_PREPARED
SELL_ORDERQTY_ORDERS_SUBMITTED SELL_ORDERQTY_ORDERS_COMPLETED
SELL_AMOUNTCASH_ORDERS_SUBMITTED SELL_AMOUNTCASH_ORDERS_COMPLETED
SUBACCOUNT_ORDERS_ADJUSTED
BUY_ORDERQTY_ORDERS_SUBMITTED BUY_ORDERQTY_ORDERS_COMPLETED
BUY_AMOUNTCASH_ORDERS_SUBMITTED BUY_AMOUNTCASH_ORDERS_COMPLETED
ALLOCATION_NOT_STARTED ALLOCATION_PREPARED ALLOCATION_SUBMITTED
ALLOCATION_10 ALLOCATION_20 ALLOCATION_30 ALLOCATION_40 ALLOCATION_50 ALLOCATION_60 ALLOCATION_70 ALLOCATION_80
ALLOCATION_90 ALLOCATION_COMPLETED
SUBACCOUNT_HOLDINGS_UPDATED
RIA_NEXT_REBALANCE_UPDATED
ORDERS_CLEANEDUP
""")
SUCCEEDED = ["SUCCESS", "REBALANCE_REVIEW_COMPLETED", "REBALANCE_NO_ORDERS_GENERATED"]
FAILED = names("""
REBALANCE_FAILED REBALANCE_ABORTED
SELL_AMOUNTCASH_ORDERS_FAILED SELL_AMOUNTCASH_ORDERS_TIMEDOUT SELL_ORDERQTY_ORDERS_FAILED SELL_ORDERQTY_ORDERS_TIMEDOUT
BUY_AMOUNTCASH_ORDERS_FAILED BUY_AMOUNTCASH_ORDERS_TIMEDOUT BUY_ORDERQTY_ORDERS_FAILED BUY_ORDERQTY_ORDERS_TIMEDOUT
ALLOCATION_FAILED ALLOCATION_TIMEDOUT
SUBACCOUNT_HOLDINGS_UPDATE_FAILED
""")
STRANGE = ["", "success", "DONE", "REBALANCE", "REBALANCE_15", "ALLOCATION_FAILED_2", "ORDERS_FAILED", "SUCCESS "]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_pending(name: str) -> None:
    assert run_class(name) is RunClass.PENDING
    assert not run_class(name).is_terminal


@pytest.mark.parametrize("name", SUCCEEDED)
def test_a_run_that_is_done_or_had_nothing_to_do_has_succeeded(name: str) -> None:
    assert run_class(name) is RunClass.SUCCEEDED
    assert run_class(name).is_terminal


@pytest.mark.parametrize("name", FAILED)
def test_whatever_failed_timed_out_or_was_aborted_has_failed(name: str) -> None:
    assert run_class(name) is RunClass.FAILED
    assert name.endswith(("FAILED", "TIMEDOUT", "ABORTED"))


def test_steps_are_ranked_in_the_order_of_a_run_and_its_ends_come_last() -> None:
    ranks = [run_rank(name) or 0 for name in STEPS]

    assert ranks == sorted(set(ranks))
    assert {run_rank(name) for name in (*SUCCEEDED, *FAILED)} == {ranks[-1] + 1}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_status_is_pending_and_has_no_rank(name: str) -> None:
    assert run_class(name) is RunClass.PENDING
    assert run_rank(name) is None
