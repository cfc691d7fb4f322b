"""Demonstrations: each brings up a sandbox of its own and prints what the API answered."""
