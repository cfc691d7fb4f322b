"""What operators do to pause a person, and to lift what pauses them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from trading.brokerage.halts import HaltStrength, PersonHalt, strictest
from trading.funding.accounts.models import Pause, TradingAccount
from trading.funding.accounts.ports import AccountChange, AccountStore
from trading.funding.events import TradingPaused, TradingResumed
from trading.platform.audit import Audit
from trading.platform.clock import Clock
from trading.platform.errors import NotFound
from trading.platform.outbox import OutboxEvent
from trading.platform.retry import retry_on_stale


@dataclass(frozen=True)
class PauseService:
    """Pauses and resumes people; each step leaves an audit record. `is_known` says whether a person exists."""

    store: AccountStore
    is_known: Callable[[str], bool]
    clock: Clock

    @retry_on_stale
    def pause(self, owner: str, audit: Audit, strength: HaltStrength = HaltStrength.REDUCE_ONLY) -> TradingAccount:
        """Pause a person for an operator, whether they have an account yet or not.

        A pause that holds automation alone leaves money and manual trades alone. The strictest of several holds.

        Raises:
            NotFound: if there is no such person.
        """
        now = self.clock.now()
        account = self._account_of(owner, now)
        held = strictest((strength, account.halt.strength if account.halt else None)) or strength
        halt = PersonHalt(held, account.halt.since if account.halt else now, audit.actor, audit.reason)
        pauses = account.pauses | ({Pause.OPERATOR} if held.holds_manual_buys else frozenset())
        paused = replace(account, pauses=pauses, halt=halt, updated_at=now)
        news = TradingPaused(owner=owner, reason=Pause.OPERATOR.value, strength=held)
        is_known = account.halt is not None and account.halt.strength is held
        events = () if is_known or _is_weaker(account, held) else (OutboxEvent(news, f"{owner}:{account.version}"),)
        return self.store.commit(AccountChange(paused, now, events, audit=audit, action="pause"))

    @retry_on_stale
    def lift(self, owner: str, audit: Audit) -> TradingAccount:
        """Lift a person's pauses for an operator; the broker's own freeze stays as long as the broker keeps it.

        Raises:
            NotFound: if there is no such person.
        """
        now = self.clock.now()
        account = self._account_of(owner, now)
        left = account.pauses & {Pause.BROKER}
        events = (OutboxEvent(TradingResumed(owner=owner), f"{owner}:{account.version}"),)
        announced = events if (account.pauses or account.halt) and not left else ()
        lifted = replace(account, pauses=left, halt=None, updated_at=now)
        return self.store.commit(AccountChange(lifted, now, announced, audit=audit, action="resume"))

    def _account_of(self, owner: str, now: datetime) -> TradingAccount:
        account = self.store.find(owner)
        if account is None and not self.is_known(owner):
            raise NotFound("There is no such person.")
        return account or TradingAccount.shell(owner, now)


def _is_weaker(account: TradingAccount, strength: HaltStrength) -> bool:
    """Say whether a halt holds no more than what pauses the account already."""
    return bool(account.pauses) and strength is not HaltStrength.FLATTEN
