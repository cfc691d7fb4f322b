"""Autopilot runs: the broker trades for all accounts whose targets are submitted, and each end is applied."""
