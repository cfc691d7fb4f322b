"""What an action does to a portfolio, kind by kind. No I/O.

Each effect begins from a draft of the book as it is and from what an earlier application of the same
action did to it, so that changed terms correct what was done: the difference is posted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from trading.automation.corporate_actions import positions
from trading.automation.corporate_actions.arithmetic import (
    Exchanged,
    Ratio,
    cents_of,
    cost_share,
    exchange,
    is_fractional,
)
from trading.automation.corporate_actions.claims import claimed, dividend_claimed
from trading.automation.corporate_actions.models import Applied, Draft, Posting, ratio_of, starts_at
from trading.automation.portfolios.claims import Claim
from trading.automation.portfolios.models import Holding
from trading.automation.portfolios.positions import UNFINISHED, PositionStatus
from trading.automation.portfolios.sessions import Skip
from trading.ledger.models import Kind, LedgerAccount, Line
from trading.markets.corporate_actions.models import ActionKind


@dataclass(frozen=True)
class Outcome:
    """What became of the portfolio, and what of the action is to be remembered."""

    draft: Draft
    applied: Applied


class PriceMissing(Exception):
    """Raised when an action cannot be applied before the opening price of its new symbol is known."""


class NeedsPerson(Exception):
    """Raised when nobody but an operator can say what is to be done."""


Effect = Callable[[Draft, Applied, Applied | None, Decimal | None], Outcome]


def effect_of(kind: ActionKind) -> Effect:
    """Return the effect of a kind: of a draft, what is entitled, what was done before, an opening price.

    The effect raises `PriceMissing` where a price is needed, `NeedsPerson` where only a person can say.
    """
    return _EFFECTS[kind]


def _split(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    symbol, ratio = draft.action.symbol, ratio_of(draft.action)
    step = ratio.after(ratio_of(before.action)) if before else ratio
    kind = Kind.SPLIT if draft.action.kind is ActionKind.SPLIT else Kind.STOCK_DIVIDEND
    became = _exchanged(draft, now, ratio, price)
    draft = _positions_converted(draft, symbol, step)
    draft = _holding_exchanged(draft, now, before, became, step, kind)
    return Outcome(draft, replace(now, exchanged=became))


def _exchanged(draft: Draft, now: Applied, ratio: Ratio, price: Decimal | None) -> Exchanged:
    holding = draft.holding(draft.action.symbol)
    worth = price or (ratio.price(holding.last_price) if holding else Decimal(0))
    fractional = draft.portfolio.settings.allow_fractional_shares or is_fractional(now.entitled)
    return exchange(now.entitled, now.cost_cents, ratio, price=worth, fractional=fractional)


def _positions_converted(draft: Draft, symbol: str, step: Ratio) -> Draft:
    fractional = draft.portfolio.settings.allow_fractional_shares
    concerned = positions.concerned(draft, symbol)
    return positions.moved(
        draft,
        concerned,
        lambda p: positions.converted(p, step, draft.at, fractional=fractional or is_fractional(p.shares)),
    )


def _holding_exchanged(  # noqa: PLR0913, PLR0917 - one exchange, with what an earlier one did
    draft: Draft, now: Applied, before: Applied | None, became: Exchanged, step: Ratio, kind: Kind
) -> Draft:
    symbol = draft.action.symbol
    holding = draft.holding(symbol)
    earlier = before.exchanged if before and before.exchanged else Exchanged(now.entitled)
    more = became.shares - earlier.shares
    moved_cost = became.fraction_cost_cents - earlier.fraction_cost_cents
    if holding is None and not before:
        return draft
    holding = holding or Holding(symbol, Decimal(0), 0, Decimal(0), draft.at)
    if holding.quantity + more < 0:
        raise NeedsPerson
    draft = draft.with_holding(
        replace(
            holding,
            quantity=holding.quantity + more,
            cost_cents=holding.cost_cents - moved_cost,
            last_price=step.price(holding.last_price),
            in_positions=_in_positions(draft, symbol),
            adjusted_at=starts_at(draft.action.ex_date),
        )
    )
    lines = (Line(LedgerAccount.HOLDINGS, -moved_cost), Line(LedgerAccount.RECEIVABLES, moved_cost))
    posting = Posting(kind, symbol, lines, more, step.price(holding.last_price), shares={symbol: more} if more else {})
    return _fraction_claimed(draft.posted(posting), became, before, step.price(holding.last_price))


def _fraction_claimed(draft: Draft, became: Exchanged, before: Applied | None, worth: Decimal) -> Draft:
    action = draft.action
    pending = draft.portfolio.claims.get(action.action_id)
    known = before.exchanged.fraction_cost_cents if before and before.exchanged and not pending else 0
    paid_cents = before.paid_cents if before else 0
    if not became.fraction and not pending and not paid_cents:
        return draft
    claim = Claim(
        Kind.CASH_IN_LIEU,
        action.action_id,
        action.terms.new_symbol or action.symbol,
        became.fraction,
        cents_of(became.fraction, worth) - paid_cents,
        action.ex_date,
        cost_cents=became.fraction_cost_cents - known,
        paid_cents=paid_cents,
    )
    return claimed(draft, claim)


def _in_positions(draft: Draft, symbol: str) -> Decimal:
    return sum((p.shares for p in draft.state.positions if p.is_held and p.symbol == symbol), Decimal(0))


def _dividend(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    del price
    rate = draft.action.terms.cash_rate or Decimal(0)
    cents = cents_of(now.entitled, rate)
    pay_on = draft.action.terms.pay_on or draft.action.ex_date
    draft = dividend_claimed(draft, cents - (before.cents if before else 0), now.entitled, rate, pay_on)
    if before is None:
        concerned = positions.concerned(draft, draft.action.symbol)
        draft = positions.moved(draft, concerned, lambda position: positions.less_dividend(position, rate))
    return Outcome(draft, replace(now, cents=cents))


def _symbol_change(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    del price
    _require_first(before)
    new = draft.action.terms.new_symbol
    return Outcome(_renamed(draft, new, Kind.SYMBOL_CHANGE) if new else draft, now)


def _renamed(draft: Draft, new: str, kind: Kind) -> Draft:
    """Return a draft in which all shares of the action's symbol, and all that waits for it, have another symbol."""
    old = draft.action.symbol
    unfinished = [p for p in draft.state.positions if p.symbol == old and p.status in UNFINISHED]
    draft = positions.moved(draft, unfinished, lambda position: positions.renamed(position, new))
    holding = draft.holding(old)
    if holding is None:
        return draft
    same = draft.holding(new)
    merged = replace(
        holding,
        symbol=new,
        quantity=holding.quantity + (same.quantity if same else Decimal(0)),
        cost_cents=holding.cost_cents + (same.cost_cents if same else 0),
        last_price=same.last_price if same else holding.last_price,
        in_positions=_in_positions(draft, new),
    )
    shares = {old: -holding.quantity, new: holding.quantity}
    posting = Posting(kind, new, (), holding.quantity, merged.last_price, shares=shares)
    return draft.without_holding(old).with_holding(merged).posted(posting)


def _merger(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    _require_first(before)
    terms = draft.action.terms
    if terms.is_cancelled:
        return Outcome(draft, now)
    if terms.new_symbol is None:
        return Outcome(_cashed(draft, terms.cash_rate or Decimal(0), Kind.MERGER), now)
    holding = draft.holding(draft.action.symbol)
    if holding is not None and terms.cash_rate is not None:
        draft = _part_cashed(draft, holding, terms.cash_rate, price)
    return _shares_merged(draft, now, price)


def _shares_merged(draft: Draft, now: Applied, price: Decimal | None) -> Outcome:
    old, ratio = draft.action.symbol, ratio_of(draft.action)
    holding = draft.holding(old)
    draft = _positions_converted(draft, old, ratio)
    if holding is not None:
        worth = price or ratio.price(holding.last_price)
        fractional = draft.portfolio.settings.allow_fractional_shares or is_fractional(holding.quantity)
        became = exchange(holding.quantity, holding.cost_cents, ratio, price=worth, fractional=fractional)
        now = replace(now, entitled=holding.quantity, cost_cents=holding.cost_cents)
        draft = _holding_exchanged(draft, now, None, became, ratio, Kind.MERGER)
        now = replace(now, exchanged=became)
    return Outcome(_renamed(draft, draft.action.terms.new_symbol or old, Kind.MERGER), now)


def _part_cashed(draft: Draft, holding: Holding, rate: Decimal, price: Decimal | None) -> Draft:
    """Return a draft in which the cash of a merger for cash and shares was paid, as a sale of that part by value."""
    if price is None:
        raise PriceMissing
    cash = Fraction(holding.quantity) * Fraction(rate)
    stock = ratio_of(draft.action).shares(holding.quantity) * Fraction(price)
    cost = cost_share(holding.cost_cents, cash, cash + stock)
    draft = draft.with_holding(replace(holding, cost_cents=holding.cost_cents - cost))
    return _sold_for(draft, cents_of(holding.quantity, rate), cost, Posting(Kind.MERGER, holding.symbol, price=rate))


def _delisting(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    del price
    _require_first(before)
    terms = draft.action.terms
    return Outcome(draft if terms.is_cancelled else _cashed(draft, terms.cash_rate or Decimal(0), Kind.DELISTING), now)


def _cashed(draft: Draft, rate: Decimal, kind: Kind) -> Draft:
    """Return a draft in which all shares of the action's symbol are gone for dollars a share."""
    symbol = draft.action.symbol
    holding = draft.holding(symbol)
    unfinished = positions.concerned(draft, symbol)
    draft = positions.moved(draft, unfinished, lambda position: positions.ended(position, rate, draft.at))
    if holding is None:
        return draft
    posting = Posting(kind, symbol, (), holding.quantity, rate, shares={symbol: -holding.quantity})
    cents = cents_of(holding.quantity, rate)
    return _sold_for(draft.without_holding(symbol), cents, holding.cost_cents, posting)


def _sold_for(draft: Draft, cents: int, cost: int, posting: Posting) -> Draft:
    lines = (
        Line(LedgerAccount.CASH, cents),
        Line(LedgerAccount.HOLDINGS, -cost),
        Line(LedgerAccount.GAINS, cost - cents),
    )
    realised = replace(draft.portfolio, realised_cents=draft.portfolio.realised_cents + cents - cost)
    return draft.with_portfolio(realised).posted(replace(posting, lines=lines, cents=cents))


def _suspension(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    del before, price
    pending = draft.state.of(draft.action.ex_date, PositionStatus.PENDING)
    waiting = [position for position in pending if position.symbol == draft.action.symbol]
    cancelled = positions.moved(draft, waiting, lambda p: p.cancelled(Skip.NOT_TRADABLE, draft.at))
    return Outcome(cancelled, now)


def _unsupported(draft: Draft, now: Applied, before: Applied | None, price: Decimal | None) -> Outcome:
    del draft, now, before, price
    raise NeedsPerson


def _require_first(before: Applied | None) -> None:
    if before is not None and not before.is_of_nobody:
        raise NeedsPerson


_EFFECTS: Mapping[ActionKind, Effect] = {
    ActionKind.SPLIT: _split,
    ActionKind.STOCK_DIVIDEND: _split,
    ActionKind.DIVIDEND: _dividend,
    ActionKind.SYMBOL_CHANGE: _symbol_change,
    ActionKind.MERGER: _merger,
    ActionKind.DELISTING: _delisting,
    ActionKind.SUSPENSION: _suspension,
    ActionKind.UNSUPPORTED: _unsupported,
}
