"""The append-only double-entry ledger. Every area may call it; it calls none."""
