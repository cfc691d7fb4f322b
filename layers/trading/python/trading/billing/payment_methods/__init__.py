"""Cards at Stripe, and the cash at the broker, as payment methods."""
