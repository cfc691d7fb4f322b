"""Plaid as the sandbox has it.

A bank's name picks how it behaves: `Tartan Locked Bank` wants a new sign-in whenever it is asked for
a balance, `Tartan Slow Bank` does not respond, `Tartan Silent Bank` tells no balance. Every other
bank, First Platypus Bank among them, takes the ordinary course.
"""
