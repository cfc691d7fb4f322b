"""What the broker says an account holds against what our books say, every night."""
