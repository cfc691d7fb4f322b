"""The planner: settings, cash and candidates in, orders and reasons out. No I/O, no clock.

Symbols: E previous close, y predicted return, s volatility, ATR 14-day average true range, B cash,
p position limit, r risk per trade, K most positions, n candidates left after the filters.

    confidence, stop distance d_s and target distance d_t: `trading.signals.scores`; from d_s = 50 % no order
    allocation       min(p B, B / min(K, n))
    shares           min(allocation / E, r B / (E d_s)), floored

Never bought, whatever the settings: what is excluded or absurd (|y| above 0.5, E outside 0.01 to
1,000,000, s under 0.0005), what has no room for stop < entry < target at 4 places, and what costs more
than a quarter of its stop distance to trade. A signal that cannot be computed is skipped alone.

What depends on the candidate alone is ranked once per exchange and day and shared by portfolios.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from hashlib import sha256

from trading.automation.portfolios.models import DayTradingSettings
from trading.automation.portfolios.positions import Order
from trading.automation.portfolios.sessions import Skip, Skipped
from trading.automation.rails.limits import max_order_dollars
from trading.markets.costs import PAPER_COSTS, TradingCosts
from trading.platform.money import floor_quantity, round_price, to_dollars
from trading.signals.gate import Edge
from trading.signals.models import Recommendation, SignalSet, Source, Weight
from trading.signals.scores import CONFIDENCE_STEP, MIN_CONFIDENCE, MIN_VOLATILITY, confidence, distances

MAX_STOP_DISTANCE = Decimal("0.5")
SMALLEST_ORDER = Decimal(1)
MAX_RETURN = Decimal("0.5")
MIN_PRICE, MAX_PRICE = Decimal("0.01"), Decimal(1_000_000)


@dataclass(frozen=True)
class Plan:
    """What the planner decided: orders by rank, and a reason for each of the `chosen` candidates without one.

    All that is ranked behind the chosen ones is left out for its rank.
    """

    orders: tuple[Order, ...]
    skipped: tuple[Skipped, ...]
    chosen: int = 0


@dataclass(frozen=True)
class Candidate:
    """A recommendation that passed every filter which does not depend on the portfolio."""

    symbol: str
    confidence: Decimal
    predicted_return: Decimal
    reference_price: Decimal
    stop_distance: Decimal
    target_distance: Decimal
    risk_per_share: Decimal
    weights: tuple[Weight, ...] = ()
    dollars_20: Decimal | None = None


@dataclass(frozen=True)
class Ranking:
    """A day's candidates, best first, a reason for each recommendation that is none, and the mark of all."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    edge: Edge | None = None

    @cached_property
    def reasons(self) -> tuple[Skipped, ...]:
        """Return why each recommendation is not bought by whoever does not choose it, in the order of the ranking."""
        return (*(Skipped(candidate.symbol, Skip.RANKED_OUT) for candidate in self.candidates), *self.skipped)

    @cached_property
    def version(self) -> str:
        """Return a text that changes with the reasons."""
        text = ",".join(f"{skip.symbol}:{skip.reason}" for skip in self.reasons)
        return sha256(text.encode()).hexdigest()[:16]


def rank(
    recommendations: Iterable[Recommendation],
    tradable: frozenset[str] | None = None,
    costs: TradingCosts = PAPER_COSTS,
) -> Ranking:
    """Return the candidates among recommendations, by confidence, ties by symbol.

    `tradable` names the symbols that may be bought; None lets all pass.
    """
    candidates, skipped = [], []
    for recommendation in {recommendation.symbol: recommendation for recommendation in recommendations}.values():
        if tradable is not None and recommendation.symbol not in tradable:
            skipped.append(Skipped(recommendation.symbol, Skip.NOT_TRADABLE))
            continue
        judged = _judged_alone(recommendation, costs)
        if isinstance(judged, Candidate):
            candidates.append(judged)
        else:
            skipped.append(Skipped(recommendation.symbol, judged))
    candidates.sort(key=lambda candidate: (-candidate.confidence, candidate.symbol))
    return Ranking(tuple(candidates), tuple(skipped))


def rank_set(signals: SignalSet, tradable: frozenset[str] | None = None, costs: TradingCosts = PAPER_COSTS) -> Ranking:
    """Return the ranking of a day's set, with its mark.

    What is computed must promise more than it costs to trade; what is pinned is somebody's own judgement.
    """
    ranking = replace(rank(signals.recommendations, tradable, costs), edge=signals.edge)
    if signals.source is Source.PINNED:
        return ranking
    paying = tuple(candidate for candidate in ranking.candidates if _pays(candidate, costs))
    below = (Skipped(c.symbol, Skip.RETURN_BELOW_COSTS) for c in ranking.candidates if not _pays(c, costs))
    return replace(ranking, candidates=paying, skipped=(*below, *ranking.skipped))


def plan(
    settings: DayTradingSettings,
    cash_cents: int,
    ranking: Ranking,
    reason_against: Callable[[str], Skip | None] = lambda _: None,
    max_order_cents: int | None = None,
) -> Plan:
    """Return the orders that settings and cash allow, and a reason for every other candidate that was chosen.

    `reason_against` says why rails keep a symbol from being bought; they are asked first. An order is cut to
    `max_order_cents`, and to 0.5 % of what is traded in its symbol on a usual day.
    """
    chosen = ranking.candidates[: settings.max_recommendations]
    skipped: list[Skipped] = []
    orders: list[Order] = []
    budget = to_dollars(cash_cents)
    allocation = _allocation(settings, budget, len(ranking.candidates))
    for candidate in chosen:
        reason = reason_against(candidate.symbol)
        decided = reason or _decided_alone(settings, budget, allocation, candidate, max_order_cents)
        if isinstance(decided, Order):
            orders.append(replace(decided, rank=len(orders) + 1, edge=ranking.edge))
        else:
            skipped.append(Skipped(candidate.symbol, decided))
    return Plan(tuple(orders), tuple(skipped), len(chosen))


def has_room(price: Decimal, stop_distance: Decimal, target_distance: Decimal) -> bool:
    """Say whether stop < entry < target holds in prices of 4 places."""
    stop, target = round_price(price * (1 - stop_distance)), round_price(price * (1 + target_distance))
    return stop < round_price(price) < target


def _judged_alone(recommendation: Recommendation, costs: TradingCosts) -> Candidate | Skip:
    try:
        return _judge(recommendation, costs)
    except ArithmeticError:
        return Skip.BAD_SIGNAL


def _judge(recommendation: Recommendation, costs: TradingCosts) -> Candidate | Skip:
    price, expected = recommendation.previous_close, recommendation.predicted_return
    if price is None or expected is None or not price.is_finite() or not expected.is_finite() or price <= 0:
        return Skip.BAD_SIGNAL
    reason = _reason_of_signal(recommendation, price, expected)
    if reason is not None:
        return reason
    sureness = confidence(expected, recommendation.volatility)
    if sureness < MIN_CONFIDENCE:
        return Skip.LOW_CONFIDENCE
    found = distances(price, expected, recommendation.atr)
    if found.risk_per_share >= MAX_STOP_DISTANCE * price:
        return Skip.TOO_VOLATILE
    candidate = Candidate(
        symbol=recommendation.symbol,
        confidence=sureness,
        predicted_return=expected,
        reference_price=price,
        stop_distance=found.stop,
        target_distance=found.target,
        risk_per_share=found.risk_per_share,
        weights=recommendation.weights,
        dollars_20=recommendation.dollars_20,
    )
    return _reason_of_price(candidate, costs) or candidate


def _reason_of_signal(recommendation: Recommendation, price: Decimal, expected: Decimal) -> Skip | None:
    if recommendation.excluded is not None:
        return Skip(recommendation.excluded.value)
    if abs(expected) > MAX_RETURN or not MIN_PRICE <= price <= MAX_PRICE:
        return Skip.ABSURD_SIGNAL
    volatility = recommendation.volatility
    if volatility is not None and volatility.is_finite() and volatility < MIN_VOLATILITY:
        return Skip.ABSURD_SIGNAL
    return Skip.NOT_RISING if expected <= 0 else None


def _reason_of_price(candidate: Candidate, costs: TradingCosts) -> Skip | None:
    price = candidate.reference_price
    if not has_room(price, candidate.stop_distance, candidate.target_distance):
        return Skip.TICK_TOO_COARSE
    return Skip.COSTS_TOO_HIGH if costs.are_too_high(price, candidate.risk_per_share) else None


def _pays(candidate: Candidate, costs: TradingCosts) -> bool:
    """Say whether a candidate promises more than the round trip at its last price."""
    price = candidate.reference_price
    return candidate.predicted_return * price > costs.round_trip(price)


def _allocation(settings: DayTradingSettings, budget: Decimal, candidates: int) -> Decimal:
    slots = max(1, min(settings.max_recommendations, candidates))
    return min(settings.max_position_percent * budget, budget / slots)


def _decided_alone(
    settings: DayTradingSettings,
    budget: Decimal,
    allocation: Decimal,
    candidate: Candidate,
    max_order_cents: int | None,
) -> Order | Skip:
    try:
        limit = max_order_dollars(max_order_cents, candidate.dollars_20)
        is_cut = limit is not None and limit < allocation
        allocated = min(allocation, limit) if limit is not None else allocation
        shares = _shares(settings, budget, allocated, candidate)
        if not meets_minimum(shares, candidate.reference_price, fractional=settings.allow_fractional_shares):
            return Skip.NOTIONAL if is_cut else Skip.TOO_SMALL
        return _order(candidate, allocated, shares, settings)
    except ArithmeticError:
        return Skip.BAD_SIGNAL


def _shares(settings: DayTradingSettings, budget: Decimal, allocation: Decimal, candidate: Candidate) -> Decimal:
    by_size = allocation / candidate.reference_price
    by_risk = settings.per_trade_risk_fraction * budget / candidate.risk_per_share
    return floor_quantity(min(by_size, by_risk), fractional=settings.allow_fractional_shares)


def meets_minimum(shares: Decimal, price: Decimal, *, fractional: bool) -> bool:
    """Say whether an order is large enough: one whole share, or one dollar where fractions are allowed."""
    return shares * price >= SMALLEST_ORDER if fractional else shares >= 1


def _order(candidate: Candidate, allocation: Decimal, shares: Decimal, settings: DayTradingSettings) -> Order:
    return Order(
        symbol=candidate.symbol,
        rank=0,
        confidence=candidate.confidence.quantize(CONFIDENCE_STEP, rounding=ROUND_HALF_EVEN),
        predicted_return=candidate.predicted_return,
        reference_price=candidate.reference_price,
        stop_distance=candidate.stop_distance,
        target_distance=candidate.target_distance,
        allocation=allocation,
        shares=shares,
        fractional=settings.allow_fractional_shares,
        weights=candidate.weights,
    )
