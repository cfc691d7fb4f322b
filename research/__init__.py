"""Research: what only developers run. Nothing in `functions/` or `layers/` loads any of it."""
