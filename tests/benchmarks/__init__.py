"""Benchmarks: counts of requests, times, imports. Nothing here is a test; `make bench` prints it."""
