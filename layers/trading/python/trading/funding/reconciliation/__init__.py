"""What the broker says an account holds against what our ledger says, every night."""
