"""What the broker's formats share."""

from datetime import UTC, datetime

LIVE = {"name": "LIVE", "description": "Live Account"}
RIA_MANAGED = {"name": "RIA_MANAGED", "description": "Robo Advisor Managed Account"}


def when(moment: datetime) -> str:
    """Return a moment as REST shows it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def nanoseconds(moment: datetime, more: int) -> str:
    """Return a moment as events show it: with nanoseconds, by which alone two events may differ."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}{more % 1000:03d}Z"


def parent(user_id: str) -> dict[str, str]:
    """Return the advisor above a user or an account."""
    return {"id": user_id, "name": "Example Advisor"}
