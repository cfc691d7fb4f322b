"""Trading accounts at the broker, deposits and withdrawals, and the proof that both sides agree."""
