"""DriveWealth as the sandbox has it: users, identity checks, accounts, bank accounts, payments, and its events.

What a person is called and what they move picks how things go. A last name of
`Denied` is denied (K102), `Review` waits for a person, `Info` must correct something (K101),
`Document` must hand in a document, `Waiting` hears nothing, `Echo` has every event sent twice. A
payment whose cents are .01 fails, .02 is returned five business days after it succeeded, .03 stays
as it is, .04 becomes a status that nobody knows, .05 (deposits) is approved at once. Everything else,
whole-dollar amounts and the name Doe among them, takes the ordinary course: approved within a
minute, deposits successful after 3 business days, redemptions 2 business days after our approval.
"""
