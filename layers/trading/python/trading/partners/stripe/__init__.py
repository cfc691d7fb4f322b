"""Stripe: cards, charges, disputes and refunds, and its webhooks."""
