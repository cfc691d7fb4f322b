"""The rows that many areas have: each helper gives a row what every row of its kind needs.

What follows `**row` are more fields of the row.
"""

from collections.abc import Collection, Mapping
from typing import Any

from infra.catalogue.kinds import (
    RUNS,
    SDK_LAYERS,
    TALKS_TO_BROKER,
    USES_TOKENS,
    Consumer,
    Function,
    Route,
    Schedule,
)

PARTNER_CALL_SECONDS = 25
"""How long a route may take that asks a partner."""

STRIPE_CALL_SECONDS = 28
"""How long one may take that asks Stripe, with whom it may have several things to settle."""

FAN_OUT_SECONDS = 300
"""How long a job may take that hands out work for everybody."""

TOKEN_PARTNERS = frozenset({"drivewealth", "plaid"})
"""The partners whose tokens lie encrypted with us."""

SDK_PARTNERS = frozenset({"plaid", "stripe", "firebase"})
"""The partners who are called by an SDK of theirs."""


def route(area: str, name: str, method: str, path: str, **row: Any) -> Function:  # noqa: ANN401
    """Return the row of a route that asks no partner."""
    return Function(area=area, name=name, trigger=Route(method=method, path=path), **row)


def read_route(area: str, name: str, path: str, **tables: frozenset[str]) -> Function:
    """Return the row of a route that only reads these tables of ours."""
    return route(area, name, "GET", path, tables=tables)


def operator_route(name: str, method: str, path: str, **row: Any) -> Function:  # noqa: ANN401
    """Return the row of a route for operators alone."""
    trigger = Route(method=method, path=f"/api/operator/{path}", role="operator")
    return Function(area="operators", name=name, trigger=trigger, **row)


def partner_route(
    area: str,
    name: str,
    method: str,
    path: str,
    *,
    partners: tuple[str, ...],
    **row: Any,  # noqa: ANN401
) -> Function:
    """Return the row of a route that asks these partners, perhaps only for those who have an account."""
    trigger = Route(method=method, path=path, needs_account=row.pop("needs_account", False))
    row = {"timeout_seconds": PARTNER_CALL_SECONDS, **row}
    return Function(area=area, name=name, trigger=trigger, partners=partners, **_with_clients(partners, row))


def worker(area: str, name: str, queue: str, *, calls: Mapping[str, int] | None = None, **row: Any) -> Function:  # noqa: ANN401
    """Return the row of a queue's worker that makes at most so many calls to each partner for a message."""
    trigger, partners = Consumer(queue=queue, calls=calls or {}), tuple(calls or ())
    return Function(area=area, name=name, trigger=trigger, partners=partners, **_with_clients(partners, row))


def fan_out(area: str, name: str, schedule: Schedule, queue: str, **row: Any) -> Function:  # noqa: ANN401
    """Return the row of a job that hands work for everybody to a queue."""
    tables = {**row.pop("tables"), "inbox": RUNS}
    row = {"sends_to": (queue,), "tables": tables, "timeout_seconds": FAN_OUT_SECONDS, **row}
    return Function(area=area, name=name, trigger=schedule, **row)


def _with_clients(partners: Collection[str], row: dict[str, Any]) -> dict[str, Any]:
    """Return a row's fields with what the clients of these partners need."""
    session = TALKS_TO_BROKER if "drivewealth" in partners else {}
    return row | {
        "tables": row.get("tables", {}) | session,
        "keys": row.get("keys", {}) | ({} if TOKEN_PARTNERS.isdisjoint(partners) else USES_TOKENS),
        "layers": ("base",) if SDK_PARTNERS.isdisjoint(partners) else SDK_LAYERS,
    }
