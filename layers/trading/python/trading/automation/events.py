"""Events of the trading day, of its closer, and of what companies do to their shares."""

from datetime import date, datetime

from trading.platform.domain_events import PersonEvent, Subscriber


class PortfolioEvent(PersonEvent):
    """Something that happened to a portfolio."""

    portfolio_id: int


class SessionEvent(PortfolioEvent):
    """Something that happened on a portfolio's trading day."""

    portfolio_name: str
    trade_date: date


class PositionEvent(SessionEvent):
    """Something that happened to a position."""

    symbol: str


class SessionSummary(SessionEvent):
    """How a trading day went."""

    name = "session_summary"
    subscribers = (Subscriber.NOTIFICATIONS,)

    opened: int
    closed: int
    pnl_cents: int


class SessionMissed(SessionEvent):
    """A session's plan or entries came too late, so nothing was bought."""

    name = "session_missed"


class SessionNoSignals(SessionEvent):
    """A portfolio had no candidates to plan with."""

    name = "session_no_signals"


class SessionNoEdge(SessionEvent):
    """A portfolio planned nothing, since nobody proved that the strategy earns its costs."""

    name = "session_no_edge"


class ProofFailed(SessionEvent):
    """After the close a portfolio was not flat, or its ledger not equal to its cash."""

    name = "proof_failed"


class EntriesBlocked(PortfolioEvent):
    """A rail keeps a portfolio from buying, until a moment or until people end it; with what it found and allows."""

    name = "entries_blocked"
    subscribers = (Subscriber.NOTIFICATIONS,)

    portfolio_name: str
    rail: str
    scope: str
    since: datetime
    reason: str
    until: datetime | None = None
    value: str | None = None
    limit: str | None = None


class TargetHit(PositionEvent):
    """A position reached its target and was sold."""

    name = "target_hit"
    subscribers = (Subscriber.NOTIFICATIONS,)


class StopHit(PositionEvent):
    """A position reached its stop and was sold."""

    name = "stop_hit"
    subscribers = (Subscriber.NOTIFICATIONS,)


class CloseDelayed(PositionEvent):
    """A position could not be sold for want of a quote."""

    name = "close_delayed"


class PositionSwept(PortfolioEvent):
    """The independent closer sold what the trading day should have sold."""

    name = "position_swept"

    trade_date: date
    symbol: str


class CorporateActionApplied(PortfolioEvent):
    """What a company did to its shares reached a portfolio, or was corrected there."""

    name = "corporate_action"
    subscribers = (Subscriber.NOTIFICATIONS,)

    portfolio_name: str
    action: str
    symbol: str
    ex_date: date
    detail: str
    amount_cents: int
