"""Daily returns of the indexes that portfolios are compared with."""
