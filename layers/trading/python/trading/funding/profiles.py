"""What a person may do, by their identity check and their account."""

from dataclasses import dataclass

from trading.brokerage.models import AccountStatus, KycStatus
from trading.funding.accounts.models import TradingAccount
from trading.kyc.store import RECORD as KYC_RECORD
from trading.kyc.store import status_in
from trading.platform.documents import load
from trading.platform.people import ACCOUNT, PersonRow, partition


@dataclass(frozen=True)
class Profile:
    """The state of a person. `trading_enabled` says that money and orders may move."""

    owner: str
    kyc_status: KycStatus
    trading_enabled: bool
    trading_paused: bool
    billing_hold: bool


def profile_of(owner: str) -> Profile:
    """Return the state of a person, by one request."""
    pk = partition(owner)
    rows = {str(row.sk): row for row in PersonRow.batch_get([(pk, KYC_RECORD), (pk, ACCOUNT)], consistent_read=True)}
    account = load(TradingAccount, str(rows[ACCOUNT].document)) if ACCOUNT in rows else None
    is_paused = bool(account and account.pauses)
    kyc_status = status_in(rows[KYC_RECORD]) if KYC_RECORD in rows else KycStatus.NOT_READY
    is_open = account is not None and account.opened_at is not None and account.status is AccountStatus.OPEN
    return Profile(
        owner,
        kyc_status,
        trading_enabled=is_open and not is_paused,
        trading_paused=is_paused,
        billing_hold=bool(account and account.billing_hold),
    )
