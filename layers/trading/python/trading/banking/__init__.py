"""Bank links, and the funding accounts behind them that money comes from and goes to."""
