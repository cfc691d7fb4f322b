"""Claims of portfolios: how they arise, change with their action's terms, and are paid. No I/O."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from trading.automation.corporate_actions.arithmetic import cents_of
from trading.automation.corporate_actions.models import Draft, Posting
from trading.automation.portfolios.claims import Claim
from trading.ledger.models import Kind, LedgerAccount, Line


def claimed(draft: Draft, claim: Claim) -> Draft:
    """Return a draft with a claim put in place of the action's earlier one."""
    portfolio = draft.portfolio
    return draft.with_portfolio(replace(portfolio, claims={**portfolio.claims, claim.action_id: claim}))


def dividend_claimed(draft: Draft, change_cents: int, quantity: Decimal, rate: Decimal, pay_on: date) -> Draft:
    """Return a draft in which a dividend is owed; after earlier terms `change_cents` is what the new ones add."""
    action = draft.action
    if change_cents:
        lines = (Line(LedgerAccount.RECEIVABLES, change_cents), Line(LedgerAccount.DIVIDENDS, -change_cents))
        draft = draft.posted(Posting(Kind.DIVIDEND, action.symbol, lines, quantity, rate, change_cents))
    earlier = draft.portfolio.claims.get(action.action_id)
    cents = change_cents + (earlier.cents if earlier else 0)
    if not cents and earlier is None:
        return draft
    return claimed(draft, Claim(Kind.DIVIDEND, action.action_id, action.symbol, quantity, cents, pay_on))


def paid(draft: Draft, claim: Claim, price: Decimal | None) -> tuple[Draft, int] | None:
    """Return a draft in which a claim is paid, and the cents; None where its price, or the cash, is not there yet.

    Less than half a cent is not paid: its cost goes back to the shares.
    """
    if claim.kind is Kind.DIVIDEND:
        return _dividend_paid(draft, claim)
    if claim.needs_price and price is None:
        return None
    price = price or Decimal(0)
    cents = cents_of(claim.quantity, price) - claim.paid_cents
    if draft.portfolio.cash_cents + cents < 0:
        return None
    draft = _without(draft, claim)
    if not cents and not claim.cost_cents:
        return draft, 0
    if not cents and not claim.paid_cents and draft.holding(claim.symbol) is not None:
        return _given_back(draft, claim), 0
    gain = cents - claim.cost_cents
    lines = (
        Line(LedgerAccount.CASH, cents),
        Line(LedgerAccount.RECEIVABLES, -claim.cost_cents),
        Line(LedgerAccount.GAINS, -gain),
    )
    realised = replace(draft.portfolio, realised_cents=draft.portfolio.realised_cents + gain)
    posting = Posting(Kind.CASH_IN_LIEU, claim.symbol, lines, claim.quantity, price, cents)
    return draft.with_portfolio(realised).posted(posting, claim.action_id), cents


def _dividend_paid(draft: Draft, claim: Claim) -> tuple[Draft, int] | None:
    if draft.portfolio.cash_cents + claim.cents < 0:
        return None
    draft = _without(draft, claim)
    if not claim.cents:
        return draft, 0
    lines = (Line(LedgerAccount.CASH, claim.cents), Line(LedgerAccount.RECEIVABLES, -claim.cents))
    posting = Posting(Kind.TRANSFER, claim.symbol, lines, claim.quantity, cents=claim.cents)
    return draft.posted(posting, claim.action_id), claim.cents


def _given_back(draft: Draft, claim: Claim) -> Draft:
    holding = draft.holding(claim.symbol)
    if holding is None:
        return draft
    draft = draft.with_holding(replace(holding, cost_cents=holding.cost_cents + claim.cost_cents))
    lines = (Line(LedgerAccount.HOLDINGS, claim.cost_cents), Line(LedgerAccount.RECEIVABLES, -claim.cost_cents))
    return draft.posted(Posting(Kind.CASH_IN_LIEU, claim.symbol, lines, claim.quantity), claim.action_id)


def _without(draft: Draft, claim: Claim) -> Draft:
    left = {action_id: other for action_id, other in draft.portfolio.claims.items() if action_id != claim.action_id}
    return draft.with_portfolio(replace(draft.portfolio, claims=left))
