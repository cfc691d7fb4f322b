"""What requests say about funds and portfolios, held to the broker's rules: targets sum to 1, to the last digit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.partners.drivewealth.managed.instruments import instrument_id
from sandbox.partners.drivewealth.state import BrokerError

Body = Mapping[str, Any]
CASH, FUND = "CASH_RESERVE", "FUND"
_STEP = Decimal("0.0001")
_DRIFT = "TOTAL_DRIFT"


def fund_targets(body: Body, symbols: Mapping[str, bool]) -> dict[str, Decimal]:
    """Return the targets by symbol that a request gives a fund; `symbols` says which are active.

    Raises:
        BrokerError: `I050` for an instrument that is not there, `E032`.
    """
    by_id = {instrument_id(symbol): symbol for symbol in symbols}
    targets: dict[str, Decimal] = {}
    for holding in _holdings(body):
        symbol = by_id.get(str(holding.get("instrumentID")))
        if symbol is None:
            raise BrokerError(404, "I050", "Instrument not found")
        if not symbols[symbol]:
            raise invalid(f"Instrument {symbol} is not active")
        _add(targets, symbol, holding)
    _hold_to_one(targets.values())
    return targets


def portfolio_targets(body: Body, funds: Iterable[str]) -> tuple[Decimal, dict[str, Decimal]]:
    """Return the targets of cash and of funds by their ids; cash may be left out.

    Raises:
        BrokerError: `E032`.
    """
    targets: dict[str, Decimal] = {}
    for holding in _holdings(body):
        kind, fund_id = holding.get("type"), str(holding.get("id") or holding.get("instrumentID"))
        if kind == CASH:
            _add(targets, CASH, holding)
        elif kind == FUND and fund_id in funds:
            _add(targets, fund_id, holding)
        else:
            raise invalid("Fund not found" if kind == FUND else "Holding type is not supported")
    _hold_to_one(targets.values())
    return targets.pop(CASH, Decimal(0)), targets


def max_drift(body: Body) -> Decimal | None:
    """Return how far a request's trigger lets weights drift, if it has one.

    Raises:
        BrokerError: `E032`.
    """
    triggers = body.get("triggers") or []
    if not (isinstance(triggers, list) and all(isinstance(trigger, dict) for trigger in triggers)):
        raise invalid("Triggers are malformed")
    allowed = [_number(trigger.get("maxAllowed")) for trigger in triggers if trigger.get("type") == _DRIFT]
    return allowed[0] if allowed else None


def invalid(message: str) -> BrokerError:
    """Return what the broker says of parameters that it does not take."""
    return BrokerError(400, "E032", message)


def _holdings(body: Body) -> list[dict[str, Any]]:
    holdings = body.get("holdings")
    if not (isinstance(holdings, list) and all(isinstance(holding, dict) for holding in holdings)):
        raise invalid("Holdings are missing or malformed")
    return holdings


def _add(targets: dict[str, Decimal], name: str, holding: Body) -> None:
    if name in targets:
        raise invalid("A holding is named twice")
    target = _number(holding.get("target"))
    if target != target.quantize(_STEP):
        raise invalid("A target has more than 4 decimals")
    targets[name] = target


def _number(value: object) -> Decimal:
    number = Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
    if number is None or not 0 <= number <= 1:
        raise invalid("A number is not between 0 and 1")
    return number


def _hold_to_one(targets: Iterable[Decimal]) -> None:
    if sum(targets) != 1:
        raise invalid("Targets do not sum to 1")
