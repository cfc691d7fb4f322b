"""Validation: what a strategy would have earned on days that its training had not seen."""
