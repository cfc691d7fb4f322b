"""Commissions: accrued by the day, invoiced by the month, charged to a card or taken from brokerage cash.

accrual/     what each day costs, exactly
invoices/    what is owed for a month
payment_methods/  cards at Stripe, and the cash at the broker
charging/    attempts, their outcomes, and when the next one is due
"""
