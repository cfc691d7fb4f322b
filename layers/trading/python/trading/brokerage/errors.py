"""Why the broker refuses, as codes of ours. `Refused.code` is one of these.

The broker's own codes and texts stay in its adapter: one code may mean different things on
different calls (`K110` is a long name in KYC and a dead processor token in funding).
"""

ACCOUNT_NOT_OPEN = "account_not_open"
ALREADY_MOVED = "already_moved"
BANK_NEEDS_REAUTH = "bank_needs_reauth"
INSUFFICIENT_CASH = "insufficient_funds"
LIMIT_EXCEEDED = "limit_exceeded"
NOT_FOUND = "not_found"
REFUSED = "refused"
