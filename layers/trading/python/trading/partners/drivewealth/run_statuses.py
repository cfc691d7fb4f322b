"""The statuses of an autopilot run, in the order that a run goes through them.

Sales come before purchases, and quantity orders (full exits) before amounts. Whatever is not in the
table is pending: to take a strange word for an end would be to measure too early.
"""

from collections.abc import Mapping

from trading.brokerage.portfolios import RunClass

_TENTHS = tuple(range(10, 100, 10))
_ORDERS = ("ORDERQTY", "AMOUNTCASH")

PENDING = (
    "REBALANCE_NOT_STARTED",
    *(f"REBALANCE_{tenth}" for tenth in _TENTHS),
    "REBALANCE_COMPLETED",
    "AMOUNTCASH_ORDERS_AGGREGATED",
    "ORDERQTY_ORDERS_AGGREGATED",
    "AMOUNTCASH_ORDERS_PREPARED",
    "ORDERQTY_ORDERS_PREPARED",
    *(f"SELL_{order}_ORDERS_{state}" for order in _ORDERS for state in ("SUBMITTED", "COMPLETED")),
    "SUBACCOUNT_ORDERS_ADJUSTED",
    *(f"BUY_{order}_ORDERS_{state}" for order in _ORDERS for state in ("SUBMITTED", "COMPLETED")),
    "ALLOCATION_NOT_STARTED",
    "ALLOCATION_PREPARED",
    "ALLOCATION_SUBMITTED",
    *(f"ALLOCATION_{tenth}" for tenth in _TENTHS),
    "ALLOCATION_COMPLETED",
    "SUBACCOUNT_HOLDINGS_UPDATED",
    "RIA_NEXT_REBALANCE_UPDATED",
    "ORDERS_CLEANEDUP",
)
SUCCEEDED = ("SUCCESS", "REBALANCE_REVIEW_COMPLETED", "REBALANCE_NO_ORDERS_GENERATED")
FAILED = (
    "REBALANCE_FAILED",
    "REBALANCE_ABORTED",
    *(
        f"{side}_{basis}_ORDERS_{end}"
        for side in ("SELL", "BUY")
        for basis in ("AMOUNTCASH", "ORDERQTY")
        for end in ("FAILED", "TIMEDOUT")
    ),
    "ALLOCATION_FAILED",
    "ALLOCATION_TIMEDOUT",
    "SUBACCOUNT_HOLDINGS_UPDATE_FAILED",
)

_CLASSES: Mapping[str, RunClass] = {
    **dict.fromkeys(PENDING, RunClass.PENDING),
    **dict.fromkeys(SUCCEEDED, RunClass.SUCCEEDED),
    **dict.fromkeys(FAILED, RunClass.FAILED),
}
_RANKS: Mapping[str, int] = {
    **{name: rank for rank, name in enumerate(PENDING)},
    **dict.fromkeys((*SUCCEEDED, *FAILED), len(PENDING)),
}


def run_class(name: str) -> RunClass:
    """Return what a status comes to; a strange one is pending."""
    return _CLASSES.get(name, RunClass.PENDING)


def run_rank(name: str) -> int | None:
    """Return a status' place in the order, or None for a strange one."""
    return _RANKS.get(name)
