"""Prices that everybody shares: one row per instrument, refreshed by whoever needs it first."""
