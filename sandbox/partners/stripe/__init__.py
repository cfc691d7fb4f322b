"""Stripe as the sandbox has it.

The card that completes a checkout session picks how charges of it end:

    ok                        4242  succeed
    decline                   0002  refused, `generic_decline`
    insufficient_funds        9995  refused, `insufficient_funds`
    expired                   0069  refused, `expired_card`
    authentication_required   3155  off session refused until the person confirms; on session `requires_action`
    processing                0077  `processing`, and succeed a day later
    dispute                   0259  succeed, and are disputed two days later

Every card can be set up, also those that are refused later. A refused intent is left in
`requires_payment_method`, as the API has it since version 2019-02-11, and keeps its error; the person
finishes it with its client secret, whose part the control plane plays.

Time is the sandbox's: idempotency keys are forgotten a day after their first use, sessions expire
after a day, search finds only what is a minute old. Webhook signatures count wall time.
"""
