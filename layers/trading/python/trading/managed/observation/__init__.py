"""Observing the broker: what an account holds, whether that adds up, and what was traded since."""
