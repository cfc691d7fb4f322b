"""Managed money at the simulated broker: funds, portfolios, targets, autopilot runs, corporate actions."""
