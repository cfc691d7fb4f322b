"""Clients of the companies Tiller depends on, one module or package each."""
