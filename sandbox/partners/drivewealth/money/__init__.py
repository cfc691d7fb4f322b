"""Deposits and redemptions at the broker."""
