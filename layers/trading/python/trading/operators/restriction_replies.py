"""What the route of restrictions answers."""

from typing import Self

from trading.brokerage.halts import HaltStrength
from trading.operators.restrictions import Cause, Level, Restricted
from trading.platform.fields import Moment, Reply


class CauseReply(Reply):
    """One thing that restricts.

    `kind` is `kill_switch`, `money_halt`, another pause (`returned_deposit`, `broker`), `billing_hold`,
    `no_new_trades` or the name of a rail. `until` is null where only people end it. `set_by` is the operator, `owner`
    for what a portfolio's owner stopped, and null for rails and what happened by itself.
    """

    kind: str
    strength: HaltStrength | None
    since: Moment | None
    until: Moment | None
    reason: str
    set_by: str | None

    @classmethod
    def of(cls, cause: Cause) -> Self:
        """Return a cause as answers show it."""
        return cls(
            kind=cause.kind,
            strength=cause.strength,
            since=cause.since,
            until=cause.until,
            reason=cause.reason,
            set_by=cause.set_by,
        )


class RestrictedReply(Reply):
    """Who or what is restricted: everybody, a person, or a portfolio, and by what."""

    scope: Level
    profile_id: str | None
    portfolio_id: int | None
    portfolio_name: str | None
    causes: list[CauseReply]

    @classmethod
    def of(cls, item: Restricted) -> Self:
        """Return what is restricted as answers show it."""
        return cls(
            scope=item.level,
            profile_id=item.profile_id,
            portfolio_id=item.portfolio_id,
            portfolio_name=item.name,
            causes=[CauseReply.of(cause) for cause in item.causes],
        )


class RestrictionList(Reply):
    """A page of what is restricted."""

    items: list[RestrictedReply]
    next_cursor: str | None
