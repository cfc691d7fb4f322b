"""Accounts at the broker, the bank accounts behind them, and their cash."""
