"""Back-tests that people ask for: accepted at once, run by a worker, kept for thirty days."""
