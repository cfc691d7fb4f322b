"""Rebalancing: from versions and what is held to targets that are submitted to the broker."""
