"""Statuses that are not as they should be, on demand."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from sandbox.partners.drivewealth.managed.state import Corruption
from sandbox.partners.drivewealth.state import Account, State

AWAY_DOLLARS, WEIGHTS_SUM = 5, 1.05

Status = dict[str, Any]


def corrupt_next(state: State, account: Account, status: Status) -> Status:
    """Return a status, or what the account's next corruption makes of it, and count that down."""
    due = next((due for due in state.corruptions if due.account_id == account.account_id), None)
    if due is None:
        return status
    due.times -= 1
    if due.times == 0:
        state.corruptions.remove(due)
    corrupted = deepcopy(status)
    _CORRUPT[due.corruption](corrupted)
    return corrupted


def _null_weights(status: Status) -> None:
    for entry in status["holdings"]:
        for weighed in (entry, *(entry["holdings"] or [])):
            weighed["actual"] = None


def _no_cash(status: Status) -> None:
    status["holdings"] = [holding for holding in status["holdings"] if holding["type"] != "CASH_RESERVE"]


def _negative_value(status: Status) -> None:
    for entry in status["holdings"][-1:]:
        entry["value"] = -abs(entry["value"]) or -1.0


def _sum_off(status: Status) -> None:
    for holding in [holding for entry in status["holdings"] for holding in entry["holdings"] or []][:1]:
        holding["value"] = round(holding["value"] + AWAY_DOLLARS, 2)


def _weights_off(status: Status) -> None:
    for entry in status["holdings"][:1]:
        total = sum(holding["actual"] for holding in status["holdings"])
        entry["actual"] = round(entry["actual"] + WEIGHTS_SUM - total, 4)


def _null_equity(status: Status) -> None:
    status["equity"] = None


def _null_cash_id(status: Status) -> None:
    for holding in status["holdings"]:
        holding["id"] = None if holding["type"] == "CASH_RESERVE" else holding["id"]


def _not_json_number(status: Status) -> None:
    for entry in status["holdings"][:1]:
        entry["value"] = f"{entry['value']:.2f}"


_CORRUPT: Mapping[Corruption, Callable[[Status], None]] = {
    Corruption.NULL_WEIGHTS: _null_weights,
    Corruption.NO_CASH: _no_cash,
    Corruption.NEGATIVE_VALUE: _negative_value,
    Corruption.SUM_OFF: _sum_off,
    Corruption.WEIGHTS_OFF: _weights_off,
    Corruption.NULL_EQUITY: _null_equity,
    Corruption.NULL_CASH_ID: _null_cash_id,
    Corruption.NOT_JSON_NUMBER: _not_json_number,
}
