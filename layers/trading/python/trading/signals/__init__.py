"""What the strategy may buy: instruments, and each day's recommendations per exchange."""
