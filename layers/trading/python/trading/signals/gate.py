"""The gate: whether a strategy may trade, which it may only while its figures prove that it earns its costs.

    out of sample   at least 250 days and 1,000 trades
                    net of the broker's costs t >= 2.33
                    net of one and a half times these > 0
                    the last 252 sessions > 0
                    deflated Sharpe ratio >= 0.95
    live            the last 60 traded sessions t > -1; passes while there are fewer

A figure that is missing proves nothing, and so fails its condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from trading.signals.figures import Figures, LiveFigures

MIN_DAYS = 250
MIN_TRADES = 1_000
MIN_NET_T = 2.33
MIN_DEFLATED_SHARPE = 0.95
LIVE_SESSIONS = 60
LOSING_LIVE_T = -1.0


class Verdict(StrEnum):
    """Whether a strategy has an edge over its costs."""

    PROVEN = "proven"
    NO_EDGE = "no_edge"


class Reason(StrEnum):
    """Why a strategy has no edge, as far as anybody can prove."""

    NEVER_JUDGED = "never_judged"
    NO_DATA = "no_data"
    NOT_PUBLISHED = "not_published"
    PINNED = "pinned"
    TOO_FEW_DAYS = "too_few_days"
    TOO_FEW_TRADES = "too_few_trades"
    NET_NOT_SIGNIFICANT = "net_not_significant"
    NO_GAIN_AT_HIGHER_COSTS = "no_gain_at_higher_costs"
    NO_GAIN_LAST_YEAR = "no_gain_last_year"
    DEFLATED_SHARPE_TOO_LOW = "deflated_sharpe_too_low"
    LOSING_LIVE = "losing_live"


class Edge(StrEnum):
    """What recommendations, and what was bought by them, are marked with; pinned ones bear no mark."""

    PROVEN = "proven"
    UNPROVEN = "unproven"


class Gate(StrEnum):
    """What a verdict does in a stage: it keeps portfolios from trading, or is shown alone."""

    ENFORCED = "enforced"
    ADVISORY = "advisory"

    def is_closed_for(self, edge: Edge | None) -> bool:
        """Say whether nothing may be planned by recommendations that bear this mark."""
        return self is Gate.ENFORCED and edge is Edge.UNPROVEN


@dataclass(frozen=True)
class Because:
    """One condition that does not hold: its code, and a sentence with the figure and the bound."""

    code: Reason
    message: str


@dataclass(frozen=True)
class Judgement:
    """A verdict, and each condition that fails; a proven strategy has none."""

    verdict: Verdict
    because: tuple[Because, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Say whether the strategy may trade."""
        return self.verdict is Verdict.PROVEN

    @property
    def edge(self) -> Edge:
        """Return what recommendations of the strategy are marked with."""
        return Edge.PROVEN if self.is_proven else Edge.UNPROVEN


NEVER_JUDGED = Judgement(
    Verdict.NO_EDGE, (Because(Reason.NEVER_JUDGED, "This strategy has not been judged on days it had not seen."),)
)
NO_DATA = Judgement(
    Verdict.NO_EDGE, (Because(Reason.NO_DATA, "There is no market data to make recommendations of for this exchange."),)
)
NOT_PUBLISHED = Judgement(
    Verdict.NO_EDGE, (Because(Reason.NOT_PUBLISHED, "There were no recommendations for this day."),)
)
PINNED = Judgement(
    Verdict.NO_EDGE,
    (Because(Reason.PINNED, "Somebody pinned these recommendations: nobody judged them, and they pass the gate."),),
)


def judge(figures: Figures | None, live: LiveFigures | None = None) -> Judgement:
    """Return whether figures prove an edge, and if not, each condition that fails."""
    if figures is None:
        return NEVER_JUDGED
    because = (*_failed_out_of_sample(figures), *_failed_live(live or LiveFigures()))
    return Judgement(Verdict.NO_EDGE if because else Verdict.PROVEN, because)


def _failed_out_of_sample(figures: Figures) -> Iterator[Because]:
    if not figures.days >= MIN_DAYS:
        yield Because(Reason.TOO_FEW_DAYS, f"{figures.days} days out of sample; {MIN_DAYS} are asked for.")
    if not figures.trades >= MIN_TRADES:
        yield Because(Reason.TOO_FEW_TRADES, f"{figures.trades} trades out of sample; {MIN_TRADES} are asked for.")
    if not _at_least(figures.net_t, MIN_NET_T):
        yield Because(
            Reason.NET_NOT_SIGNIFICANT,
            f"{_bp(figures.net_bp, figures.net_bp_se)} a trade after costs, t {_text(figures.net_t)}; "
            f"t of at least {MIN_NET_T} is asked for.",
        )
    yield from _failed_robustness(figures)


def _failed_robustness(figures: Figures) -> Iterator[Because]:
    if not _above(figures.net_bp_at_half_more, 0):
        text = f"{_bp(figures.net_bp_at_half_more)} a trade at one and a half times the costs; a gain is asked for."
        yield Because(Reason.NO_GAIN_AT_HIGHER_COSTS, text)
    if not _above(figures.last_year_bp, 0):
        text = f"{_bp(figures.last_year_bp)} a trade in the last 252 sessions; a gain is asked for."
        yield Because(Reason.NO_GAIN_LAST_YEAR, text)
    if not _at_least(figures.dsr, MIN_DEFLATED_SHARPE):
        yield Because(
            Reason.DEFLATED_SHARPE_TOO_LOW,
            f"A deflated Sharpe ratio of {_text(figures.dsr)} after {figures.trials} trials; "
            f"{MIN_DEFLATED_SHARPE} is asked for.",
        )


def _failed_live(live: LiveFigures) -> Iterator[Because]:
    if live.sessions >= LIVE_SESSIONS and not _above(live.net_t, LOSING_LIVE_T):
        yield Because(
            Reason.LOSING_LIVE,
            f"{_bp(live.net_bp, live.net_bp_se)} a trade in the last {live.sessions} sessions traded live, "
            f"t {_text(live.net_t)}; t above {LOSING_LIVE_T:g} is asked for.",
        )


def _at_least(value: float | None, bound: float) -> bool:
    return value is not None and value >= bound


def _above(value: float | None, bound: float) -> bool:
    return value is not None and value > bound


def _text(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _bp(value: float | None, error: float | None = None) -> str:
    if value is None:
        return "An unknown result"
    return f"{value:+.1f} bp" if error is None else f"{value:+.1f} ± {error:.1f} bp"
