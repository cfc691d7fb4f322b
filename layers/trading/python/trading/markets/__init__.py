"""Exchanges, their calendars and instruments, and the market-data port."""
