"""The independent closer: sells what the trading day left open, on a path of its own, and proves that nothing is."""
