"""Portfolios: settings, cash, holdings, transactions and what they are worth."""
