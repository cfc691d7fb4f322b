"""How a portfolio or a strategy did: figures of returns and of trades."""
