"""What DriveWealth's refusals mean, call by call, and how it is put to a person.

One code of theirs may mean different things on different calls, so each call has a table of its
own. Their sentences are never passed on.
"""

import re
from collections.abc import Mapping

from trading.brokerage import errors
from trading.partners.drivewealth import wire
from trading.partners.drivewealth.transport import NOT_REACHED, Answer, Call, lost
from trading.platform.errors import PartnerError, Refused, Unavailable

Refusals = Mapping[str, str]

GENERAL: Refusals = {}
BANK_ACCOUNTS: Refusals = {"K110": errors.BANK_NEEDS_REAUTH}
ACCOUNTS: Refusals = {"E030": errors.ACCOUNT_NOT_OPEN}
INSTRUMENTS: Refusals = {"I050": errors.NOT_FOUND}
APPROVALS: Refusals = {"E032": errors.ALREADY_MOVED}
FUNDING: Refusals = {
    "K110": errors.BANK_NEEDS_REAUTH,
    "E030": errors.ACCOUNT_NOT_OPEN,
    "E032": errors.ALREADY_MOVED,
    "Y075": errors.INSUFFICIENT_CASH,
}

_CODE = re.compile(r"[A-Z][0-9]{3}")
_DAILY_LIMIT = "maximum daily ach"
_NOT_FOUND, _CONFLICT = 404, 409
_SENTENCES: Mapping[str, str] = {
    errors.ACCOUNT_NOT_OPEN: "The trading account is not open.",
    errors.ALREADY_MOVED: "The transfer has moved on meanwhile.",
    errors.BANK_NEEDS_REAUTH: "The bank account needs to be connected again.",
    errors.INSUFFICIENT_CASH: "There is not enough cash in the trading account.",
    errors.LIMIT_EXCEEDED: "The broker's daily limit for transfers is reached; please try again tomorrow.",
    errors.NOT_FOUND: "The broker does not know this.",
    errors.REFUSED: "The broker did not accept the request.",
}


def refusal(call: Call, answer: Answer, table: Refusals) -> PartnerError:
    """Return the error that a 4xx of a call means.

    A write is refused by an explicit word alone: what an intermediary answers in the broker's place,
    or a conflict without a code, leaves the outcome unknown. A read that is refused is `Unavailable`.
    """
    code = _meaning(answer, table)
    if code is not None:
        return Refused(_SENTENCES[code], code=code)
    if call.only_reads:
        return Unavailable(NOT_REACHED)
    if not isinstance(answer.body, dict) or (answer.status == _CONFLICT and not error_code(answer)):
        return lost(call)
    return Refused(_SENTENCES[errors.REFUSED], code=errors.REFUSED)


def error_code(answer: Answer) -> str:
    """Return the broker's own code, or an empty text where it does not look like one."""
    code = wire.text_in(answer.body, "errorCode")
    return code if _CODE.fullmatch(code) else ""


def _meaning(answer: Answer, table: Refusals) -> str | None:
    known = table.get(error_code(answer))
    if known is not None:
        return known
    if table is FUNDING and _DAILY_LIMIT in wire.text_in(answer.body, "message").casefold():
        return errors.LIMIT_EXCEEDED
    return errors.NOT_FOUND if answer.status == _NOT_FOUND else None
