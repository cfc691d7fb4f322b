"""Trading accounts: opened once, their status, their cash, and what pauses them."""
