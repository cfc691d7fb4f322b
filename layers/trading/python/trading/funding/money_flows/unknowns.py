"""Money flows whose outcome nobody could find out: a person asks the broker and decides."""

from dataclasses import dataclass, replace
from enum import StrEnum

from trading.funding.money_flows.models import MoneyFlow
from trading.funding.money_flows.outcomes import change_of
from trading.funding.money_flows.ports import FlowStore
from trading.funding.money_flows.rules import NEVER_ARRIVED
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import Conflict, NotFound
from trading.platform.retry import retried_when_stale


class Finding(StrEnum):
    """What a person found out: the request never reached the broker, or it must be looked up once more."""

    NEVER_ARRIVED = "never_arrived"
    LOOK_AGAIN = "look_again"


@dataclass(frozen=True)
class UnknownService:
    """Lets operators settle what the resolver left to them."""

    store: FlowStore
    clock: Clock

    @retried_when_stale
    def resolve(self, unknown_id: str, finding: Finding, audit: Audit) -> MoneyFlow:
        """Fail a money flow that never reached the broker, or have it looked up again at once.

        Raises:
            NotFound: if nothing of this id waits for a person.
            Conflict: `already_resolved` if the outcome is known by now.
        """
        waiting = self.store.unknown(unknown_id)
        if waiting is None:
            raise NotFound("There is no such unknown outcome.")
        book, now = self.store.book(waiting.owner, waiting.flow_id), self.clock.now()
        flow, account = book.flow, book.account
        if flow is None or account is None or not flow.needs_person:
            raise Conflict("The outcome is known already.", code="already_resolved")
        if finding is Finding.LOOK_AGAIN:
            after = replace(flow, due_at=now, looks=1, needs_person=False, updated_at=now)
        else:
            after = flow.refused(NEVER_ARRIVED, now)
        change = replace(change_of(account, flow, after, now), audit=audit)
        return self.store.commit(change).flow or after
