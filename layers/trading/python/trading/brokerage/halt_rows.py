"""Buy restrictions and the trading halt in the `people` table.

A person's restriction lies on the row of their account, written with the account itself, so that a
purchase can be conditioned on it. The halt is one row that operators write, with 64 copies in the
same transaction. A purchase, and the transaction that marks money as sent, is
conditioned on the copy that a hash chooses: one row under everybody's transactions would be in
everybody's way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256

from trading.brokerage.events import AllMoneyReleased, AllMoneyStopped, AllTradingReleased, AllTradingStopped, HaltEvent
from trading.brokerage.halts import BuyRestriction, HaltScope, TradingHalt
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


def check_may_buy(transaction: Transaction, owner: str) -> None:
    """Add the condition that a person may buy; whoever has no account is restricted by nothing."""
    transaction.check(
        PersonRow, (partition(owner), ACCOUNT), PersonRow.restriction.does_not_exist(), label=RESTRICTION_LABEL
    )


def load_buy_restriction(owner: str) -> BuyRestriction | None:
    """Return a person's buy restriction or None, strongly consistent. One request."""
    try:
        row = PersonRow.get(partition(owner), ACCOUNT, consistent_read=True)
    except PersonRow.DoesNotExist:
        return None
    return BuyRestriction(row.restriction) if row.restriction is not None else None


def load_trading_halt() -> TradingHalt:
    """Return the state of the halt, strongly consistent. One request."""
    try:
        row = PersonRow.get(_EVERYBODY, ONLY, consistent_read=True)
    except PersonRow.DoesNotExist:
        return TradingHalt()
    return load(TradingHalt, str(row.document))


def is_trading_halted() -> Callable[[], bool]:
    """Return a check whether trading is halted; one invocation reads once, and not before it must know."""
    return cache(lambda: load_trading_halt().trading_halted)


def check_trading_goes_on(transaction: Transaction, hashed: str) -> None:
    """Add the condition that trading is not halted; it fails under `TRADING_HALT_LABEL`.

    `hashed` chooses the copy: the purchases of one portfolio, or one person, check the same one.
    """
    transaction.check(PersonRow, _copy_of(hashed), PersonRow.trading_halt.does_not_exist(), label=TRADING_HALT_LABEL)


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
    trading = HaltScope.TRADING.value if halt.trading_halted else None
    money = HaltScope.MONEY.value if halt.money_halted else None
    for number in range(COPIES):
        transaction.put(PersonRow(*_copy_key(number), trading_halt=trading, money_halt=money))
    is_halted = halt.money_halted if scope is HaltScope.MONEY else halt.trading_halted
    action = f"{'stop' if is_halted else 'release'}_{scope}"
    put_audit_in(transaction, _EVERYBODY, audit, action=action, at=at)
    for record in _EVENTS[scope, is_halted]:
        put_event(transaction, OutboxEvent(record(at=at, reason=halt.reason), f"{halt.version}"))
    transaction.commit()


def _copy_of(hashed: str) -> tuple[str, str]:
    return _copy_key(sha256(hashed.encode()).digest()[0] % COPIES)


def _copy_key(number: int) -> tuple[str, str]:
    return f"{_EVERYBODY}#{number}", ONLY


_EVENTS: Mapping[tuple[HaltScope, bool], tuple[type[HaltEvent], ...]] = {
    (HaltScope.TRADING, True): (AllTradingStopped,),
    (HaltScope.MONEY, True): (AllMoneyStopped,),
    (HaltScope.ALL, True): (AllTradingStopped, AllMoneyStopped),
    (HaltScope.TRADING, False): (AllTradingReleased,),
    (HaltScope.MONEY, False): (AllMoneyReleased,),
    (HaltScope.ALL, False): (AllTradingReleased, AllMoneyReleased),
}
"""The events by what was halted (True) or released."""
