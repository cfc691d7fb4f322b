"""DriveWealth: the brokerage that keeps people's accounts, cash and shares.

client      what Tiller asks of it, in the words of `trading.brokerage`
connection  one call: session, request, one renewal of a dead session, what a refusal means
transport   one request over HTTP, tried again where that is safe
session     the token that all functions share, renewed by one of them at a time
events      what its queue says
"""
