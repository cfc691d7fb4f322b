"""GET /api/profile: the state of the caller: identity check, trading, holds."""

from trading.brokerage.models import KycStatus
from trading.funding.profiles import profile_of
from trading.platform.fields import Reply
from trading.platform.http import Caller, http_api

app = http_api()


class ProfileReply(Reply):
    """The state of a person."""

    profile_id: str
    kyc_status: KycStatus
    trading_enabled: bool
    trading_paused: bool
    billing_hold: bool


@app.get("/api/profile")
def get_profile(caller: Caller) -> ProfileReply:
    """Show the state of the caller."""
    profile = profile_of(caller)
    return ProfileReply(
        profile_id=profile.owner,
        kyc_status=profile.kyc_status,
        trading_enabled=profile.trading_enabled,
        trading_paused=profile.trading_paused,
        billing_hold=profile.billing_hold,
    )


lambda_handler = app.lambda_handler
