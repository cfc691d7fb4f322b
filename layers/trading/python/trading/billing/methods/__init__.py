"""Cards at Stripe, and the cash at the broker, as ways to pay."""
