"""Replies that show who speaks for an exchange, and how well."""

from dataclasses import asdict
from datetime import date

from trading.platform.fields import Moment, Reply
from trading.signals.figures import Figures, LiveFigures
from trading.signals.gate import Because, Gate, Reason, Verdict
from trading.signals.models import Assessment
from trading.signals.status import SignalStatus


class BecauseReply(Reply):
    """A condition of the gate that does not hold."""

    code: Reason
    message: str

    @classmethod
    def of(cls, because: Because) -> "BecauseReply":
        """Return the reply that shows a condition."""
        return cls(code=because.code, message=because.message)


class LiveFiguresReply(Reply):
    """What published recommendations came to in the last 60 sessions with a trade, traded or not.

    `net_bp` is after the broker's costs, a trade, in hundredths of a percent; `promised_bp` is what was expected
    of the same trades and `gross_bp` what came before costs. `slope` says how much of a difference in
    promises came: 1 is all of it. Fields in `_se` are standard errors. `feature_drift` is the share of features
    outside the bounds of training. These two and `rank_ic` are of the last 60 sessions published, traded or not.
    """

    sessions: int
    trades: int
    since: date | None
    until: date | None
    net_bp: float | None
    net_bp_se: float | None
    net_t: float | None
    hit_rate: float | None
    promised_bp: float | None
    gross_bp: float | None
    slope: float | None
    slope_se: float | None
    rank_ic: float | None
    rank_ic_se: float | None
    feature_drift: float | None

    @classmethod
    def of(cls, live: LiveFigures) -> "LiveFiguresReply":
        """Return the reply that shows live figures."""
        return cls(**asdict(live))


class FiguresReply(Reply):
    """What the model earned on days that it had not seen, by walk-forward validation; null is unknown.

    Figures in `_bp` are hundredths of a percent a trade: `net_bp` after the broker's costs, `net_bp_at_half_more` at
    one and a half times these. Fields in `_se` are standard errors, `net_t` is `net_bp` over its own. `dsr` is
    the deflated Sharpe ratio after all `trials` ever made. `live` is what came since.
    """

    days: int
    trades: int
    since: date | None
    until: date | None
    rank_ic: float | None
    rank_ic_se: float | None
    rank_ic_t: float | None
    r2: float | None
    gross_bp: float | None
    net_bp: float | None
    net_bp_se: float | None
    net_t: float | None
    net_bp_at_half_more: float | None
    net_bp_seed_costs: float | None
    net_bp_seed_costs_se: float | None
    last_year_bp: float | None
    last_year_bp_se: float | None
    sharpe: float | None
    psr: float | None
    dsr: float | None
    trials: int
    live: LiveFiguresReply | None

    @classmethod
    def of(cls, assessment: Assessment | None) -> "FiguresReply | None":
        """Return the reply that shows the figures behind a verdict, or None if there are none."""
        if assessment is None or (assessment.figures is None and assessment.live is None):
            return None
        live = LiveFiguresReply.of(assessment.live) if assessment.live else None
        return cls(**asdict(assessment.figures or Figures()), live=live)


class SignalsReply(Reply):
    """Who speaks for an exchange, and how well that is known.

    Portfolios trade by what is `proven`; where `gate` is `advisory` they trade by the rest, too, and what they
    plan is marked. `because` names each condition that does not hold. `as_of` is when that was judged.
    With `date` it is what was published for that day.
    """

    exchange: int
    trade_date: date | None
    strategy: str
    model: str | None
    verdict: Verdict
    because: list[BecauseReply]
    gate: Gate
    figures: FiguresReply | None
    as_of: Moment | None
    next_training: Moment

    @classmethod
    def of(cls, status: SignalStatus) -> "SignalsReply":
        """Return the reply that shows the status of an exchange's signals."""
        known = status.assessment
        return cls(
            exchange=status.exchange.value,
            trade_date=status.trade_date,
            strategy=status.strategy.value,
            model=known.model if known else None,
            verdict=status.judgement.verdict,
            because=[BecauseReply.of(because) for because in status.judgement.because],
            gate=status.gate,
            figures=FiguresReply.of(known),
            as_of=known.judged_at if known else None,
            next_training=status.next_training,
        )
