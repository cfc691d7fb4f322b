"""Plaid: bank data, and its webhooks."""
