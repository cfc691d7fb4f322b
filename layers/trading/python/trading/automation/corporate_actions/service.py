"""Applies corporate actions, each once per portfolio, and pays what they left to be paid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from trading.automation.corporate_actions import outbox
from trading.automation.corporate_actions.claims import paid
from trading.automation.corporate_actions.effects import NeedsPerson, PriceMissing, effect_of
from trading.automation.corporate_actions.entitlement import load_entitled_quantity
from trading.automation.corporate_actions.models import Applied, Draft, starts_at
from trading.automation.corporate_actions.ports import ActionStore, HeldSymbols, Journal, Openings
from trading.automation.portfolios.claims import Claim
from trading.automation.portfolios.models import PortfolioKey
from trading.automation.portfolios.positions import UNFINISHED, PortfolioState, PositionStatus
from trading.markets.corporate_actions.models import ActionKind, CorporateAction
from trading.platform.clock import Clock, trading_date
from trading.platform.observability import count, logger
from trading.platform.retry import retry_on_stale

CLAIMS_AT_ONCE = 20
"""How many claims are paid in one transaction: each takes an entry and the row of its action, and 100 items fit."""


@dataclass(frozen=True)
class ActionService:
    """Applies actions to one portfolio at a time."""

    store: ActionStore
    journal: Journal
    openings: Openings
    held: HeldSymbols
    clock: Clock

    @retry_on_stale
    def apply(self, key: PortfolioKey, action: CorporateAction) -> Applied | None:
        """Apply an action, or correct what it did by earlier terms; return what it did, None if nothing now.

        Whoever is not entitled, or was applied the same terms before, is left as they are.
        """
        today = trading_date(self.clock.now())
        state = self.store.load(key, today) if action.ex_date <= today else None
        if state is None or state.portfolio.exchange is not action.exchange:
            return None
        before = self.store.find_applied(key, action.action_id)
        if before.action.terms == action.terms if before else action.terms.is_cancelled:
            return None
        now = self._to_apply(state, action, before)
        if not _is_concerned(state, action, now):
            return None
        return self._apply(Draft(state, action, self.clock.now()), now, before)

    def settle(self, key: PortfolioKey) -> int:
        """Pay a portfolio's claims that are due and whose prices are known; return how many.

        Some are paid at once, as many as fit into a transaction; who dies in between leaves the others due.
        """
        today = trading_date(self.clock.now())
        state = self.store.load(key, today)
        due = [c.action_id for c in state.portfolio.claims.values() if c.due_on <= today] if state else []
        return sum(self._settle(key, due[at : at + CLAIMS_AT_ONCE]) for at in range(0, len(due), CLAIMS_AT_ONCE))

    @retry_on_stale
    def _settle(self, key: PortfolioKey, action_ids: Sequence[str]) -> int:
        state = self.store.load(key, trading_date(self.clock.now()))
        if state is None:
            return 0
        claims = [claim for claim in state.portfolio.claims.values() if claim.action_id in action_ids]
        settled = tuple(self._draft_payments(state, claims))
        if settled:
            self.store.commit(settled[-1][0], (applied for _, applied in settled))
        return len(settled)

    def _draft_payments(self, state: PortfolioState, claims: list[Claim]) -> Iterator[tuple[Draft, Applied]]:
        draft: Draft | None = None
        for claim in claims:
            applied = self.store.find_applied(state.key, claim.action_id)
            if applied is None:
                continue
            draft = replace(draft, action=applied.action) if draft else Draft(state, applied.action, self.clock.now())
            after = self._pay(draft, applied)
            if after is not None:
                draft = after[0]
                yield after

    def _to_apply(self, state: PortfolioState, action: CorporateAction, before: Applied | None) -> Applied:
        if before is not None:
            return replace(before, action=action, revision=before.revision + 1)
        holding = state.portfolio.holdings.get(action.symbol)
        quantity = load_entitled_quantity(state.portfolio, action.symbol, starts_at(action.ex_date), self.journal)
        cost = holding.cost_of(min(quantity, holding.quantity)) if holding else 0
        return Applied(action, self.clock.now(), quantity, cost)

    def _apply(self, draft: Draft, now: Applied, before: Applied | None) -> Applied | None:
        action = draft.action
        price = self._opening(action, action.terms.new_symbol or action.symbol)
        try:
            outcome = effect_of(action.kind)(draft, now, before, price)
        except PriceMissing:
            count("CorporateActionsWaiting")
            return None
        except NeedsPerson:
            logger.error("corporate action needs a person", code="needs_person", action_id=action.action_id)
            count("CorporateActionsForOperators")
            return None
        event = outbox.applied(outcome.draft, outcome.applied)
        draft, now = self._pay(outcome.draft, outcome.applied) or (outcome.draft, outcome.applied)
        self._watch(draft)
        self.store.commit(draft, (now,), (event,))
        return now

    def _pay(self, draft: Draft, applied: Applied) -> tuple[Draft, Applied] | None:
        claim = draft.portfolio.claims.get(applied.action.action_id)
        if claim is None or claim.due_on > trading_date(self.clock.now()):
            return None
        price = self._opening(applied.action, claim.symbol) if claim.needs_price else None
        after = paid(draft, claim, price)
        return (after[0], replace(applied, paid_cents=applied.paid_cents + after[1])) if after else None

    def _opening(self, action: CorporateAction, symbol: str) -> Decimal | None:
        return self.openings.of(action.exchange, symbol, action.ex_date)

    def _watch(self, draft: Draft) -> None:
        symbols = {move.after.symbol for move in draft.moves if move.after.status in UNFINISHED}
        self.held.register_held(draft.portfolio.exchange, _day(draft), symbols)


def _day(draft: Draft) -> date:
    return trading_date(draft.at)


def _is_concerned(state: PortfolioState, action: CorporateAction, now: Applied) -> bool:
    """Say whether an action changes anything: what was bought on the day itself takes a new symbol, too."""
    if action.kind is ActionKind.SUSPENSION:
        pending = state.of(action.ex_date, PositionStatus.PENDING)
        return any(position.symbol == action.symbol for position in pending)
    is_renamed = action.kind is ActionKind.SYMBOL_CHANGE and action.symbol in state.portfolio.holdings
    return is_renamed or not now.is_of_nobody or _has_positions(state, action.symbol)


def _has_positions(state: PortfolioState, symbol: str) -> bool:
    return any(p.symbol == symbol and p.status in UNFINISHED for p in state.positions)
