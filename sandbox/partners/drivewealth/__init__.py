"""DriveWealth as the sandbox has it: people, accounts, payments, managed portfolios, autopilot runs, and its events.

What a person is called and what they move picks how things go.

    last name     what becomes of the application, or of events about the person
    Denied        denied (K102)
    Review        waits for a person
    Info          must correct something (a manual review with K101)
    Document      must hand in a document
    Waiting       hears nothing
    37 letters    must correct something (K110)
    Echo          every event comes twice
    Late          every event comes ten minutes late
    Swap          events come in pairs, the later one first; a single one ten minutes late
    Brief         events of payments leave out amount, note and number

    cents of a payment
    .01           fails
    .02           is returned five business days after it succeeded
    .03           stays as it is
    .04           becomes a status that nobody knows (-1)
    .05           a deposit is approved at once (instant funding), and successful as any other

Everything else, whole-dollar amounts and the name Doe among them, takes the ordinary course: approved
30 seconds after the application, an account open 20 seconds after it was asked for, deposits successful
after 3 business days, redemptions 2 business days after our approval. No fee is taken unless a money
flow is moved with one over the control plane.

An autopilot run begins at once while New York trades, or as it opens, passes through a status every
five minutes of market time and ends after 30: in `REBALANCE_NO_ORDERS_GENERATED` where no account has
anything to trade, in `REBALANCE_REVIEW_COMPLETED` where only a review was asked for, else in `SUCCESS`,
with every order filled at the quotes of that moment, sells first, buys with the cash that there is then.
An order without a quote, or of a symbol that is not active, is rejected; its account counts as failed,
and its other orders go on. Over the control plane a run is moved to any status; to an end, it fills at
once, for a fee, in part, without some symbols or accounts, as asked. It moves positions once.

    people/      users, checks, pictures of documents      checks.py, outcomes.py, requests.py, wire.py
    accounts/    accounts, bank accounts, cash             accounts.py, wire.py
    money/       deposits, redemptions                     payments.py, outcomes.py, requests.py, wire.py
    managed/     funds and portfolios, with targets        funds.py, targets.py, instruments.py
                 quantities, values, statuses              holdings.py, quotes.py, statuses.py, corruptions.py
                 autopilot runs, orders and fills          autopilot.py, rebalancing.py, market_hours.py
                 dividends, spin-offs, mergers             corporate_actions.py
    events.py    envelopes and deliveries

What groups share lies beside them: `api.py`, `control.py` and `calls.py` (the doors), `broker.py` (time and
idempotency keys), `state.py`, `wire.py`, and `lookup.py` (whose account the control plane means).
"""
