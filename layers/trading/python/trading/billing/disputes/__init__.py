"""What banks take back, or ask about."""
