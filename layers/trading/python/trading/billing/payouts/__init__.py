"""Credits of people whose account is closed: no invoice will ever be lowered by them."""
