"""Events of corporate actions, for the outbox."""

from decimal import Decimal

from trading.automation.corporate_actions.models import Applied, Draft
from trading.automation.events import CorporateActionApplied
from trading.markets.corporate_actions.models import ActionKind
from trading.platform.outbox import OutboxEvent


def applied(draft: Draft, now: Applied) -> OutboxEvent:
    """Return the event of an action that was applied, or corrected; each of its revisions has one."""
    key, action = draft.portfolio.key, now.action
    event = CorporateActionApplied(
        owner=key.owner,
        portfolio_id=key.portfolio_id,
        portfolio_name=draft.portfolio.name,
        action=action.kind.value,
        symbol=action.symbol,
        ex_date=action.ex_date,
        detail=detail_of(now),
        amount_cents=amount_cents(draft, now),
    )
    return OutboxEvent(event, "#".join((key.text, action.action_id, str(now.revision))))


def amount_cents(draft: Draft, now: Applied) -> int:
    """Return the cents that an action brings: a dividend, or what a merger or delisting paid."""
    return now.cents or sum(entry.trade.amount_cents for entry in draft.entries if entry.trade)


def detail_of(now: Applied) -> str:
    """Return what an action did, in words."""
    action, terms = now.action, now.action.terms
    if terms.is_cancelled:
        return f"{action.symbol}: {_NAMES[action.kind]} called off"
    if action.kind is ActionKind.DIVIDEND:
        return f"{action.symbol}: dividend of ${_plain(terms.cash_rate)} a share on {_plain(now.entitled)} shares"
    if action.kind is ActionKind.SYMBOL_CHANGE:
        return f"{action.symbol} is {terms.new_symbol} now"
    if now.exchanged is not None:
        became = f"{_plain(now.entitled)} shares became {_plain(now.exchanged.shares)}"
        return f"{action.symbol}: {_NAMES[action.kind]}, {became}{f' {terms.new_symbol}' if terms.new_symbol else ''}"
    rate = f" for ${_plain(terms.cash_rate)} a share" if terms.cash_rate else ""
    return f"{action.symbol}: {_NAMES[action.kind]}{rate}"


_NAMES = {
    ActionKind.SPLIT: "split",
    ActionKind.STOCK_DIVIDEND: "stock dividend",
    ActionKind.DIVIDEND: "dividend",
    ActionKind.SYMBOL_CHANGE: "symbol change",
    ActionKind.MERGER: "merger",
    ActionKind.DELISTING: "delisting",
    ActionKind.SUSPENSION: "not to be bought any more",
    ActionKind.UNSUPPORTED: "corporate action",
}


def _plain(number: Decimal | None) -> str:
    text = f"{number or 0:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
