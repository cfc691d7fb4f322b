"""Where stops lie in the `people` table.

A person's stop stands on the row of their account, written with the account itself, so that a
purchase can be conditioned on it. The stops for everybody are one row that operators write, with 64
copies in the same transaction. A purchase, and the transaction that marks money as sent, is
conditioned on the copy that a hash chooses: one row under everybody's transactions would be in
everybody's way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256

from trading.brokerage.events import AllMoneyReleased, AllMoneyStopped, AllTradingReleased, AllTradingStopped, StopEvent
from trading.brokerage.stops import Stop, StopScope, TradingStop
from trading.platform.audit import Audit, put_audit_in
from trading.platform.documents import dump, load
from trading.platform.outbox import OutboxEvent, put_event
from trading.platform.people import ACCOUNT, ONLY, PersonRow, partition
from trading.platform.tables import Transaction

STOP_LABEL = "stop"
MONEY_STOP_LABEL = "money-stop"
TRADING_STOP_LABEL = "trading-stop-copy"
COPIES = 64
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


def check_trading_goes_on(transaction: Transaction, hashed: str) -> None:
    """Add the condition that trading is not stopped for everybody; it fails under `TRADING_STOP_LABEL`.

    `hashed` chooses the copy: the purchases of one portfolio, or one person, look at the same one.
    """
    transaction.check(PersonRow, _copy_of(hashed), PersonRow.stop.does_not_exist(), label=TRADING_STOP_LABEL)


def is_money_stopped() -> bool:
    """Say whether money is stopped for everybody, strongly consistent. One request."""
    return trading_stop().money_stopped


def check_money_moves(transaction: Transaction, owner: str) -> None:
    """Add the condition that money is not stopped for everybody; it fails under `MONEY_STOP_LABEL`."""
    transaction.check(PersonRow, _copy_of(owner), PersonRow.money_stop.does_not_exist(), label=MONEY_STOP_LABEL)


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
    trading = StopScope.TRADING.value if stop.stopped else None
    money = StopScope.MONEY.value if stop.money_stopped else None
    for number in range(COPIES):
        transaction.put(PersonRow(*_copy_key(number), stop=trading, money_stop=money))
    is_stopped = stop.money_stopped if scope is StopScope.MONEY else stop.stopped
    action = f"{'stop' if is_stopped else 'release'}_{scope}"
    put_audit_in(transaction, _EVERYBODY, audit, action=action, at=at)
    for record in _EVENTS[scope, is_stopped]:
        put_event(transaction, OutboxEvent(record(at=at, reason=stop.reason), f"{stop.version}"))
    transaction.commit()


def _copy_of(hashed: str) -> tuple[str, str]:
    return _copy_key(sha256(hashed.encode()).digest()[0] % COPIES)


def _copy_key(number: int) -> tuple[str, str]:
    return f"{_EVERYBODY}#{number}", ONLY


_EVENTS: Mapping[tuple[StopScope, bool], tuple[type[StopEvent], ...]] = {
    (StopScope.TRADING, True): (AllTradingStopped,),
    (StopScope.MONEY, True): (AllMoneyStopped,),
    (StopScope.ALL, True): (AllTradingStopped, AllMoneyStopped),
    (StopScope.TRADING, False): (AllTradingReleased,),
    (StopScope.MONEY, False): (AllMoneyReleased,),
    (StopScope.ALL, False): (AllTradingReleased, AllMoneyReleased),
}
"""What is told by what was stopped (True) or released."""
