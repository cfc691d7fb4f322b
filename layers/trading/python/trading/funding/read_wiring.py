"""Builds what asks no partner, for one invocation: no partner's client is loaded for it."""

from trading.funding.money_flows.ports import FlowStore
from trading.funding.money_flows.store import DynamoFlowStore


def flow_store() -> FlowStore:
    """Return the money flows of everybody, each found by its owner alone."""
    return DynamoFlowStore()
