"""Market data: daily bars and latest quotes, over Alpaca's market data API v2."""
