"""GET /api/profile: the state of the caller: identity check, trading, holds."""

from trading.funding.profiles import profile_of
from trading.funding.replies import ProfileReply
from trading.platform.http import Caller, http_api

app = http_api()


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
