"""What the API's description says beside what the handlers do: its introduction, groups and common parameters."""

from collections.abc import Mapping

INTRODUCTION = """\
Everything here acts for the person whose token it is: nobody's id is ever sent, and what belongs to
somebody else looks as if it were absent.

**Signing in.** Send a Firebase ID token: `Authorization: Bearer …`. Moving money out and linking banks
need a sign-in within the last 15 minutes, else the answer is 403 with the code `reauthentication_required`.
In the sandbox `POST /sandbox/tokens` with `{"uid": "ada"}` makes a token, and
`{"uid": "ops", "claims": {"role": "operator"}}` an operator's.

**Money.** Fields that end in `_cents` are whole US cents; those that end in `_cents_exact` are exact
fractions of cents, such as `"200000/61"`. Portfolios that day-trade on paper (*Automated portfolios*) speak of
dollars, as numbers with two decimals. Weights are shares of 1.

**Times** are RFC 3339 in UTC; dates are trading dates in New York.

**Once.** Routes that take an `Idempotency-Key` do what is asked once for each key. The same request
again gets the first answer, with the header `Idempotency-Replayed: true`; another request under
the same key is refused with 422. Send a fresh random key for each thing that is wanted.

**Limits.** Routes that take an `Idempotency-Key` let each caller ask thirty times at once, and five times a second
from then on. What is more is answered with 429 and a `Retry-After`, and nothing was done. Each address has a limit of
its own at the gateway, whose 429 says no more than that.

**Pages.** Lists hold `items` and a `next_cursor`; send it as `cursor` to get the next page, until it is null.

**Errors** are problem documents (RFC 9457). `code` is stable and says what to do about it, `detail` is for people,
`errors` names each wrong field, and `request_id` is what support asks for.
"""

TAGS: Mapping[str, tuple[str, str]] = {
    "kyc": ("Identity", "The identity check that comes before an account: a form, documents, and the decision."),
    "banking": ("Banks", "Linking a bank through Plaid, and the bank accounts that money comes from and goes to."),
    "funding": ("Accounts and money", "Where a person stands, the brokerage account, deposits and withdrawals."),
    "managed": (
        "Themed portfolios",
        "Collections of shares (TTFs) to buy, sell and re-weight, what is held of them, and what it gained. Each "
        "reconfiguration is a *version* that waits for the market, executes, and is complete once it was measured.",
    ),
    "automation": (
        "Automated portfolios",
        "Portfolios of paper cash that day-trade by themselves while `is_automated` is on, or are traded by hand.",
    ),
    "signals": (
        "Signals",
        "Which model recommends what portfolios buy, what it earned on days it had not seen, and whether it may trade.",
    ),
    "backtest": (
        "Back-tests",
        "What a portfolio's days would have been under other settings, and what a strategy would have made of years of "
        "prices. Nothing is traded, and nothing is promised.",
    ),
    "billing": (
        "Commissions",
        "Cards and brokerage cash to pay with, fees as they accrue, monthly invoices, payments.",
    ),
    "notifications": ("Notifications", "What a person was told, on which devices they are reached, and what of."),
    "history": ("History", "One feed of everything that became of a person's money."),
    "operators": (
        "Operators",
        "For operators alone. Whatever changes something asks for a reason, and is written down.",
    ),
}
"""The groups in the order of a person's way, by the area of the functions."""

PARAMETERS: Mapping[str, str] = {
    "limit": "How many items a page has at most.",
    "cursor": "The `next_cursor` of the page before; it is good for the same question alone.",
    "idempotency-key": "A random key of one's own, such as a UUID: what it asks for is done once.",
    "portfolio_id": "As the list of portfolios gives it.",
    "backtest_id": "As the answer to its request gives it.",
    "collection_id": "A TTF, as the list of collections gives it.",
    "version_id": "A reconfiguration, as the answer to it gives it.",
    "money_flow_id": "A deposit or withdrawal, as the answer to it gives it.",
    "funding_account_id": "A bank account, as the list of funding accounts gives it.",
    "invoice_id": "As the list of invoices gives it.",
    "payment_method_id": "As the list of payment methods gives it.",
    "device_id": "A name that the app gives to the device, and keeps.",
    "exchange": "An exchange, by its code or id.",
    "symbol": "A ticker symbol, as we write it.",
    "day": "A trading day of New York.",
    "profile_id": "Whom it is about: the subject of their tokens.",
    "discrepancy_id": "As the list of discrepancies gives it.",
    "unknown_id": "As the list of unknown outcomes gives it.",
    "payout_id": "As the list of payouts gives it.",
    "dispute_id": "As the list of disputes gives it.",
    "status": "Only those with this status.",
    "type": "Only those of this type.",
    "direction": "Only deposits, or only withdrawals.",
    "mode": "Only those that trade by themselves, or only those traded by hand.",
    "date": "Only those of this trading date.",
    "from": "The first day; a year before the last one if it is not named. Five years before it at most.",
    "to": "The last day; today if it is not named.",
    "unread": "Only those that were not read.",
    "refresh": "Ask the banks for balances first; else those of the last look are told.",
}
KEY_EXAMPLE = "0d8f7a52-3f1c-4c7e-9b1a-6a4f7c2d9e10"

ANSWERS: Mapping[str, tuple[str, str, str]] = {
    "400": ("The request is not valid", "invalid_request", "`errors` names each wrong field."),
    "401": (
        "Nobody is signed in; the gateway itself says so",
        "unauthenticated",
        "The token is missing, expired or not ours.",
    ),
    "403": (
        "The caller lacks the role, or signed in too long ago",
        "reauthentication_required",
        "Please sign in again.",
    ),
    "404": ("Absent, or somebody else's", "not_found", "There is no such record."),
    "409": (
        "The state forbids this; `code` says why",
        "conflict",
        "Something changed meanwhile; read again and retry.",
    ),
    "422": ("The idempotency key was used for another request", "idempotency_key_reused", "Use a fresh key."),
    "429": (
        "One caller asks too often; `Retry-After` says how long to wait",
        "too_many_requests",
        "Too many requests; please wait a moment.",
    ),
    "500": ("Something went wrong", "internal", ""),
    "502": ("A partner did not answer as expected", "partner_error", "The partner refused."),
    "503": ("A partner cannot be asked at present; nothing happened", "unavailable", "Please try again later."),
}
"""What each status means, with a code and a detail for its example."""
