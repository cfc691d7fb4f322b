"""Portfolios and the strategy that day-trades those whose owners opted in."""
