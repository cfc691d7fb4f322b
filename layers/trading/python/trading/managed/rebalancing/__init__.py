"""From versions to what is held: planned, told to the broker, traded in runs, measured."""
