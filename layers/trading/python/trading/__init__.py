"""Tiller's own code: one layer, mounted where every function finds it."""
