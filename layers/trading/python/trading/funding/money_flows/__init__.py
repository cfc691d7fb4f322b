"""Deposits and withdrawals: intent, attempt, outcome, and whatever the broker says later."""
