"""Where stops lie in the `people` table.

A person's stop stands on the row of their account, written with the account itself, so that a
purchase can be conditioned on it. The stop of all trading is one row that operators write; it is read
before orders go out, never made a condition: one row under everybody's transactions would be in
everybody's way.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from trading.brokerage.stops import Stop, TradingStop
from trading.platform.audit import Audit, put_audit_in
from trading.platform.clock import rfc3339
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import ACCOUNT, ONLY, PersonRow, partition
from trading.platform.tables import Transaction

STOP_LABEL = "stop"
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


def put_trading_stop(stop: TradingStop, audit: Audit, at: datetime) -> None:
    """Write the next state of the stop of all trading, with its audit record and its event.

    Raises:
        ConditionFailed: if somebody else changed it meanwhile.
    """
    transaction = Transaction()
    before = stop.version - 1
    stands = PersonRow.version == before if before else PersonRow.pk.does_not_exist()
    row = PersonRow(_EVERYBODY, ONLY, document=dump(stop), version=stop.version)
    transaction.put(row, stands, label="trading-stop")
    action = "stop_trading" if stop.stopped else "release_trading"
    put_audit_in(transaction, _EVERYBODY, audit, action=action, at=at)
    name = "all_trading_stopped" if stop.stopped else "all_trading_released"
    put_event(transaction, OutboxEvent(name, f"{stop.version}", {"at": rfc3339(at), "reason": stop.reason}))
    transaction.commit()
