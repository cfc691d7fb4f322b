"""What is owed for a month."""
