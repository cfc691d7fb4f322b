"""Where stops lie in the `people` table.

A person's stop stands on the row of their account, written with the account itself, so that a
purchase can be conditioned on it. The stops for everybody are one row that operators write. It is read
before orders go out, never made a condition: one row under everybody's transactions would be in
everybody's way. The stop of money lies in copies besides, chosen by a hash of the owner, so that the
transaction that marks money as sent can be conditioned on it.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from hashlib import sha256

from trading.brokerage.stops import Stop, StopScope, TradingStop
from trading.platform.audit import Audit, put_audit_in
from trading.platform.clock import rfc3339
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import ACCOUNT, ONLY, PersonRow, partition
from trading.platform.tables import Transaction

STOP_LABEL = "stop"
MONEY_STOP_LABEL = "money-stop"
COPIES = 16
_EVERYBODY = "operator#trading-stop"


def check_may_buy(transaction: Transaction, owner: str) -> None:
    """Add the condition that nothing stops a person; whoever has no account is stopped by nothing."""
    transaction.check(PersonRow, (partition(owner), ACCOUNT), PersonRow.stop.does_not_exist(), label=STOP_LABEL)


def stop_of(owner: str) -> Stop | None:
    """Return what stops a person, strongly consistent. One request."""
    try:
        row = PersonRow.get(partition(owner), ACCOUNT, consistent_read=True)
    except PersonRow.DoesNotExist:
        return None
    return Stop(row.stop) if row.stop is not None else None


def trading_stop() -> TradingStop:
    """Return how the stop of all trading stands, strongly consistent. One request."""
    try:
        row = PersonRow.get(_EVERYBODY, ONLY, consistent_read=True)
    except PersonRow.DoesNotExist:
        return TradingStop()
    return load(TradingStop, str(row.document))


def is_trading_stopped() -> Callable[[], bool]:
    """Return what says whether all trading is stopped; one invocation asks once, and not before it must know."""
    return cache(lambda: trading_stop().stopped)


def is_money_stopped() -> Callable[[], bool]:
    """Return what says whether money is stopped for everybody; one invocation asks once, when it must know."""
    return cache(lambda: trading_stop().money_stopped)


def check_money_moves(transaction: Transaction, owner: str) -> None:
    """Add the condition that money is not stopped for everybody; it fails under `MONEY_STOP_LABEL`."""
    number = sha256(owner.encode()).digest()[0] % COPIES
    transaction.check(PersonRow, _copy_key(number), PersonRow.stop.does_not_exist(), label=MONEY_STOP_LABEL)


def put_trading_stop(stop: TradingStop, scope: StopScope, audit: Audit, at: datetime) -> None:
    """Write the next state of the stops for everybody, with copies, an audit record and an event.

    `scope` is what was stopped or released.

    Raises:
        ConditionFailed: if somebody else changed it meanwhile.
    """
    transaction = Transaction()
    before = stop.version - 1
    stands = PersonRow.version == before if before else PersonRow.pk.does_not_exist()
    row = PersonRow(_EVERYBODY, ONLY, document=dump(stop), version=stop.version)
    transaction.put(row, stands, label="trading-stop")
    for number in range(COPIES):
        pk, sk = _copy_key(number)
        transaction.put(PersonRow(pk, sk, stop=StopScope.MONEY.value if stop.money_stopped else None))
    is_stopped = stop.money_stopped if scope is StopScope.MONEY else stop.stopped
    action = f"{'stop' if is_stopped else 'release'}_{scope}"
    put_audit_in(transaction, _EVERYBODY, audit, action=action, at=at)
    told = {"at": rfc3339(at), "reason": stop.reason}
    for name in _EVENTS[scope]:
        full_name = f"{name}_{'stopped' if is_stopped else 'released'}"
        put_event(transaction, OutboxEvent(full_name, f"{stop.version}", told))
    transaction.commit()


def _copy_key(number: int) -> tuple[str, str]:
    return f"operator#money-stop#{number}", ONLY


_EVENTS = {
    StopScope.TRADING: ("all_trading",),
    StopScope.MONEY: ("all_money",),
    StopScope.ALL: ("all_trading", "all_money"),
}
