"""Buy restrictions and the trading halt in the `people` table.

A person's restriction lies on the row of their account, written with the account itself, so that a
purchase can be conditioned on it; an operator's halt of the person lies beside it, and may be so mild that
it holds automation alone. The halt of everybody is one row that operators write, with 64 copies in the
same transaction, each with the strength that holds. A purchase, and the transaction that marks money as sent, is
conditioned on the copy that a hash chooses: one row under everybody's transactions would be in
everybody's way.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256

from trading.brokerage.events import AllMoneyReleased, AllMoneyStopped, AllTradingReleased, AllTradingStopped, HaltEvent
from trading.brokerage.halts import BuyRestriction, HaltScope, HaltStrength, PersonHalt, TradingHalt
from trading.platform.audit import Audit, put_audit_in
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import ACCOUNT, ONLY, PersonRow, partition
from trading.platform.tables import Transaction

RESTRICTION_LABEL = "restriction"
MONEY_HALT_LABEL = "money-halt"
TRADING_HALT_LABEL = "trading-halt-copy"
COPIES = 64
_EVERYBODY = "operator#trading-halt"


def check_may_enter(transaction: Transaction, owner: str, hashed: str) -> None:
    """Add the conditions that automation may buy for a person: no restriction, and no halt of any strength.

    Whoever has no account is restricted by nothing. `hashed` chooses the copy of the halt of everybody: the
    purchases of one portfolio, or one person, check the same one.
    """
    is_free = PersonRow.restriction.does_not_exist() & PersonRow.entry_halt.does_not_exist()
    transaction.check(PersonRow, (partition(owner), ACCOUNT), is_free, label=RESTRICTION_LABEL)
    goes_on = PersonRow.trading_halt.does_not_exist()
    transaction.check(PersonRow, _copy_of(hashed), goes_on, label=TRADING_HALT_LABEL)


def check_may_buy(transaction: Transaction, owner: str, hashed: str) -> None:
    """Add the conditions that a person may buy manually: a halt of automation alone does not keep from it."""
    is_free = PersonRow.restriction.does_not_exist()
    transaction.check(PersonRow, (partition(owner), ACCOUNT), is_free, label=RESTRICTION_LABEL)
    goes_on = PersonRow.trading_halt.does_not_exist() | (PersonRow.trading_halt == HaltStrength.NO_NEW_ENTRIES.value)
    transaction.check(PersonRow, _copy_of(hashed), goes_on, label=TRADING_HALT_LABEL)


def load_restrictions(owner: str) -> tuple[BuyRestriction | None, PersonHalt | None]:
    """Return a person's buy restriction and an operator's halt of them, strongly consistent. One request."""
    try:
        row = PersonRow.get(partition(owner), ACCOUNT, consistent_read=True)
    except PersonRow.DoesNotExist:
        return None, None
    restriction = BuyRestriction(row.restriction) if row.restriction is not None else None
    return restriction, load(PersonHalt, str(row.entry_halt)) if row.entry_halt is not None else None


def load_halts_since(owner: str) -> Mapping[str, datetime]:
    """Return since when operators halt a person, and everybody, by scope as blocks name it. Two requests."""
    everybody, person = load_trading_halt(), load_restrictions(owner)[1]
    found = {"everything": everybody.halted_at if everybody.trading_halted else None}
    found["person"] = person.since if person is not None else None
    return {scope: since for scope, since in found.items() if since is not None}


def load_buy_restriction(owner: str) -> BuyRestriction | None:
    """Return a person's buy restriction or None, strongly consistent. One request."""
    return load_restrictions(owner)[0]


def load_trading_halt() -> TradingHalt:
    """Return the state of the halt, strongly consistent. One request."""
    try:
        row = PersonRow.get(_EVERYBODY, ONLY, consistent_read=True)
    except PersonRow.DoesNotExist:
        return TradingHalt()
    return load(TradingHalt, str(row.document))


def trading_halt_once() -> Callable[[], TradingHalt]:
    """Return the reader of the halt of everybody; one invocation reads once, and not before it must know."""
    return cache(load_trading_halt)


def is_money_halted() -> bool:
    """Say whether money is halted, strongly consistent. One request."""
    return load_trading_halt().money_halted


def check_money_moves(transaction: Transaction, owner: str) -> None:
    """Add the condition that money is not halted; it fails under `MONEY_HALT_LABEL`."""
    transaction.check(PersonRow, _copy_of(owner), PersonRow.money_halt.does_not_exist(), label=MONEY_HALT_LABEL)


def write_trading_halt(halt: TradingHalt, scope: HaltScope, audit: Audit, at: datetime) -> None:
    """Write the next state of the halt, with copies, an audit record and an event.

    `scope` is what was halted or released.

    Raises:
        ConditionFailed: if somebody else changed it meanwhile.
    """
    transaction = Transaction()
    before = halt.version - 1
    unchanged = PersonRow.version == before if before else PersonRow.pk.does_not_exist()
    row = PersonRow(_EVERYBODY, ONLY, document=dump(halt), version=halt.version)
    transaction.put(row, unchanged, label="trading-halt")
    trading = halt.trading_strength.value if halt.trading_strength is not None else None
    money = HaltScope.MONEY.value if halt.money_halted else None
    for number in range(COPIES):
        transaction.put(PersonRow(*_copy_key(number), trading_halt=trading, money_halt=money))
    is_halted = halt.money_halted if scope is HaltScope.MONEY else halt.trading_halted
    action = f"{'stop' if is_halted else 'release'}_{scope}"
    put_audit_in(transaction, _EVERYBODY, audit, action=action, at=at)
    for event in _events_of(halt, scope, at, halted=is_halted):
        put_event(transaction, OutboxEvent(event, f"{halt.version}"))
    transaction.commit()


def _copy_of(hashed: str) -> tuple[str, str]:
    return _copy_key(sha256(hashed.encode()).digest()[0] % COPIES)


def _copy_key(number: int) -> tuple[str, str]:
    return f"{_EVERYBODY}#{number}", ONLY


def _events_of(halt: TradingHalt, scope: HaltScope, at: datetime, *, halted: bool) -> Iterator[HaltEvent]:
    """Yield the events of what was halted or released."""
    if scope is not HaltScope.MONEY:
        yield (
            AllTradingStopped(at=at, reason=halt.reason, strength=halt.strength)
            if halted
            else AllTradingReleased(at=at, reason=halt.reason)
        )
    if scope is not HaltScope.TRADING:
        yield (AllMoneyStopped if halted else AllMoneyReleased)(at=at, reason=halt.reason)
