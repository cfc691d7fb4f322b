"""Plaid as the sandbox has it.

A bank's name picks how it behaves:

    Tartan Locked Bank   wants a new sign-in whenever it is asked for a balance
    Tartan Slow Bank     does not respond when it is asked for a balance
    Tartan Silent Bank   shows no balance
    Tartan Dated Bank    shows a balance only to who says how old it may be

Every other bank, First Platypus Bank among them, takes the ordinary course.
"""
