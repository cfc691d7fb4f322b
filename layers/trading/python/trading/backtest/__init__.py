"""Back-tests: what a strategy would have done, by the live functions of day trading."""
