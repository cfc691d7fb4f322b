"""Attempts to collect what is owed."""
