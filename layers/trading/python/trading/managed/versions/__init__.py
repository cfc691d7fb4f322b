"""Versions: what people ask of their holdings, one collection at a time."""
