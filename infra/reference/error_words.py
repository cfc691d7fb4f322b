"""What each `code` means and what its caller does about it: the words of `docs/errors.md`."""

from collections.abc import Mapping

HEAD = """\
# Errors

Generated from the code by `make docs`; do not edit.

Every error is a problem document (RFC 9457, `application/problem+json`):

    {"type": "about:blank", "title": "The state forbids this", "status": 409,
     "detail": "There is not enough free cash for this.", "code": "insufficient_funds",
     "errors": [], "request_id": "rauhvr14m48Nm8E="}

`code` is stable and decides what to do; `detail` is a sentence for people and may change; `errors` names each
wrong field of a 400. What the gateway itself answers (401, 413, 429, some 5xx) is `{"message": ...}` without a code.
"""

_LATER = "Ask again later."
_READ = "Read the record again."
_SUPPORT = "Contact support."

WORDS: Mapping[str, tuple[str, str]] = {
    "invalid_request": (
        "The request itself is wrong, whatever the state.",
        "Correct the fields that `errors` names.",
    ),
    "unauthenticated": ("There is no valid token.", "Sign in and send a fresh ID token."),
    "forbidden": ("The caller lacks the role that the route asks for.", "Use an operator's token."),
    "reauthentication_required": (
        "Withdrawals and linking banks need a recent sign-in.",
        "Have the person sign in again.",
    ),
    "not_found": ("The record is absent, or somebody else's: the two look alike.", "Check the id."),
    "account_not_open": ("The brokerage account is not open, or not open yet.", "Wait until its status is OPEN."),
    "already_connected": ("The bank or account is linked already.", "Use the link that is there."),
    "already_paid": ("The payout was paid before.", _READ),
    "already_resolved": ("Somebody resolved it before.", _READ),
    "amount_too_small": ("The amount is below the minimum, or changes nothing.", "Ask for more."),
    "balance_unavailable": ("The balance cannot be read at present.", _LATER),
    "backtest_running": ("Another back-test of the person is not finished.", "Wait for it, or cancel it."),
    "bank_link_failed": ("The bank could not be linked.", "Start the link again."),
    "bank_link_pending": ("An earlier step of the link is not finished.", "Ask again in a few minutes."),
    "bank_needs_reauth": ("The bank wants its customer to sign in again.", "Relink the bank (`bank_link_id`)."),
    "billing_hold": ("An invoice is overdue, so purchases wait.", "Pay the invoice; sales go on meanwhile."),
    "charge_in_progress": ("A charge is being made at this moment.", "Ask again in a minute."),
    "conflict": ("The record changed between reading and writing.", "Read it again and retry."),
    "credit_too_large": ("More than the invoice, less earlier credits, cannot be credited.", "Credit less."),
    "exchange_locked": (
        "The exchange of a portfolio with money, holdings or a session cannot change.",
        "Open another portfolio.",
    ),
    "exchange_not_covered": ("There is no market data of the exchange.", "See `covered` in `GET /api/exchanges`."),
    "funding_account_on_hold": (
        "Withdrawals to a new bank account wait until a deposit from it settled.",
        _LATER,
    ),
    "holdings_left": ("The portfolio still holds shares.", "Sell them first."),
    "holdings_unavailable": ("What is held cannot be read at the broker at present.", _LATER),
    "idempotency_in_progress": (
        "The first request under this key is still being worked on.",
        "Send the same request again in a while.",
    ),
    "insufficient_funds": ("There is not enough free cash or bank balance.", "Ask for less, or deposit first."),
    "insufficient_holdings": ("Less is held than is to be sold.", "Sell at most what is held."),
    "kyc_locked": ("The application is approved and cannot change.", "Nothing; the account is opened by itself."),
    "kyc_not_submitted": ("Documents come after the form.", "Submit the form first."),
    "kyc_processing": ("The form is being submitted to the broker.", "Ask again in a minute."),
    "limit_exceeded": (
        "A limit is reached: on amounts of a day, on what is in flight, or on accounts of one bank.",
        "Ask again tomorrow.",
    ),
    "look_again_only": (
        "The partner cannot be asked about it, so nothing can be decided.",
        "Resolve with `look_again`.",
    ),
    "money_in_flight": ("Money is on its way to or from the bank account.", "Wait until it arrived."),
    "name_taken": ("Another portfolio of the person has this name.", "Choose another name."),
    "no_history": ("None of the days to replay has recommendations.", "Choose days on which the exchange had some."),
    "no_payment_method": ("No payment method is active.", "Activate one first."),
    "no_tradable_symbols": ("None of the collection's shares can be traded at present.", _LATER),
    "not_a_trading_day": ("The exchange does not trade on that day.", "Choose a trading day."),
    "not_at_partner": ("The partner has nothing under the reference.", "Check the reference, or use `never_arrived`."),
    "not_cancellable": ("It is not waiting any more: it may be executed.", _READ),
    "not_creditable": ("A void invoice cannot be credited.", "Nothing is owed on it."),
    "not_payable": ("The invoice is paid, void or not owed.", _READ),
    "not_removable": ("Brokerage cash stays a payment method while the account is open.", "Activate another one."),
    "not_tradable": ("The share is not traded at present.", "Choose another one."),
    "not_voidable": ("The invoice is paid, being charged, or partly credited.", "Credit it instead."),
    "open_positions": (
        "Positions of today's session are open.",
        "Ask again after the session; they are sold before the close.",
    ),
    "other_institution": ("The sign-in of a relink was at another bank.", "Relink at the same bank."),
    "owner_stop": ("You stopped the portfolio from buying.", "Lift the stop first; sales go on meanwhile."),
    "partner_knows_it": ("The partner has the request, so it did arrive.", "Resolve with `look_again` or `arrived`."),
    "payment_method_unusable": ("The payment method cannot be charged.", "Add or choose another one."),
    "session_over": ("The trading session is over.", "Choose a later day."),
    "setup_not_complete": ("The person did not finish entering the card.", "Finish the checkout, or begin a new one."),
    "symbol_taken": ("Another instrument goes by that symbol.", "Choose another symbol, or deactivate that one."),
    "too_many_attempts": ("The invoice was tried too often today.", "Ask again tomorrow."),
    "too_many_collections": (
        "The account holds, or had, as many collections as it may.",
        "Sell one, or use one it has.",
    ),
    "too_many_holdings": ("The portfolio holds as many symbols as it may.", "Sell one first."),
    "too_many_uploads": ("Too many documents were uploaded.", _SUPPORT),
    "trading_paused": ("Trading is restricted for the person, or halted for everybody.", _SUPPORT),
    "upload_missing": ("The document was registered before it was uploaded.", "Upload it to the given URL first."),
    "idempotency_key_reused": ("The key came with another request before.", "Use a fresh key for each request."),
    "too_many_requests": ("The caller asks too often.", "Wait for `Retry-After` seconds."),
    "internal": ("Something went wrong on our side.", "Retry with the same key; report the `request_id`."),
    "outcome_unknown": (
        "A partner may have acted, and its answer was lost.",
        "Read the record before asking again; the same key is safe.",
    ),
    "partner_error": ("A partner did not answer as expected.", _LATER),
    "refused": ("A partner refused; nothing happened.", "Asking again does not help; contact support."),
    "partner_keys_unusable": (
        "A partner cannot be asked, since our keys of it are not in order; nothing happened.",
        "Retry later with the same key.",
    ),
    "unavailable": ("A partner cannot be asked at present; nothing happened.", "Retry later with the same key."),
}
