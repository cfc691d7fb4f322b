"""DriveWealth's words and numbers for where things stand, in ours.

Whatever is not in a table becomes None: the record then stays as it is, and somebody is notified. To
take a strange word for a failure would be to give money back that is still on its way.
"""

import re
from collections.abc import Mapping
from typing import Final

from trading.brokerage.models import AccountStatus, KycStatus, PaymentStatus

_PREFIX: Final = "KYC_"
_BETWEEN_WORDS = re.compile(r"[\s_-]+")

KYC_SENTENCES: Mapping[KycStatus | None, str] = {
    KycStatus.NOT_READY: "Your application is not complete yet.",
    KycStatus.READY: "Your application is ready to be checked.",
    KycStatus.PROCESSING: "Your identity is being checked.",
    KycStatus.APPROVED: "Your identity is confirmed.",
    KycStatus.INFO_REQUIRED: "Some of your details need to be corrected.",
    KycStatus.DOC_REQUIRED: "A picture of an identity document is needed.",
    KycStatus.MANUAL_REVIEW: "Your application is being looked at by a person.",
    KycStatus.DENIED: "Your application was not accepted.",
    None: "Your application is being worked on.",
}
"""What a person reads; None is for a status that is not known to us."""

ACCOUNT_NUMBERS: Mapping[int, AccountStatus] = {
    1: AccountStatus.PENDING,
    2: AccountStatus.OPEN,
    3: AccountStatus.OPEN_NO_NEW_TRADES,
    4: AccountStatus.FROZEN,
    9: AccountStatus.CLOSED,
}

PAYMENT_NUMBERS: Mapping[int, tuple[str, PaymentStatus]] = {
    0: ("Started", PaymentStatus.PENDING),
    1: ("Pending", PaymentStatus.PENDING),
    2: ("Successful", PaymentStatus.SUCCESSFUL),
    3: ("Failed", PaymentStatus.FAILED),
    4: ("Other", PaymentStatus.PENDING),
    5: ("Returned", PaymentStatus.RETURNED),
    11: ("RIA_Pending", PaymentStatus.AWAITING_ADVISOR),
    12: ("RIA_Approved", PaymentStatus.APPROVED),
    13: ("RIA_Rejected", PaymentStatus.FAILED),
    14: ("Approved", PaymentStatus.APPROVED),
    15: ("Rejected", PaymentStatus.FAILED),
    16: ("On Hold", PaymentStatus.PENDING),
    17: ("Processing", PaymentStatus.PENDING),
}


def kyc_status(name: str, *, has_errors: bool) -> KycStatus | None:
    """Return a KYC status; a manual review with errors waits for the person, not for a clerk."""
    word = name.strip().upper().removeprefix(_PREFIX)
    status = KycStatus(word) if word in KycStatus.__members__ else None
    return KycStatus.INFO_REQUIRED if status is KycStatus.MANUAL_REVIEW and has_errors else status


def account_status(value: object) -> AccountStatus | None:
    """Return an account's status from its name or its number."""
    if isinstance(value, str):
        return _ACCOUNT_NAMES.get(_plain(value))
    number = _whole(value)
    return None if number is None else ACCOUNT_NUMBERS.get(number)


def payment_status(name: object, number: object) -> PaymentStatus | None:
    """Return a payment's status from its name, its number, or both where they mean the same."""
    meanings = {_PAYMENT_NAMES.get(_plain(name))} if isinstance(name, str) and name.strip() else set()
    if number is not None:
        meanings.add(_PAYMENT_STATUSES.get(_whole(number)))
    return meanings.pop() if len(meanings) == 1 else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _plain(name: str) -> str:
    """Return a name as all its spellings agree: `On Hold`, `ON_HOLD`, `Returned`, `RETURNED`."""
    return _BETWEEN_WORDS.sub("", name).casefold()


_ACCOUNT_NAMES = {_plain(status.value): status for status in AccountStatus}
_PAYMENT_NAMES = {_plain(name): status for name, status in PAYMENT_NUMBERS.values()}
_PAYMENT_STATUSES: Mapping[int | None, PaymentStatus] = {
    number: status for number, (_, status) in PAYMENT_NUMBERS.items()
}
