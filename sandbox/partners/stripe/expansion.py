"""Putting objects in the place of their ids, as `expand[]` asks for it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.errors import invalid
from sandbox.partners.stripe.state import State

Document = dict[str, Any]

DEEPEST = 4


def expanded(document: Document, paths: Sequence[str], state: State) -> Document:
    """Return a document with some of its references followed; `data.x` follows those of a list.

    Raises:
        StripeError: if a path leads nowhere.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise invalid("expand", "You cannot expand more than 4 levels of a property.")
        document = _followed(document, parts, state)
    return document


def _followed(document: Document, parts: Sequence[str], state: State) -> Document:
    head, *rest = parts
    if head == "data" and rest:
        return {**document, "data": [_followed(item, rest, state) for item in document.get("data", [])]}
    if head not in _WAYS or head not in document:
        raise invalid("expand", f"This property cannot be expanded ({head}).")
    inner = document[head]
    if isinstance(inner, str):
        inner = _WAYS[head](state, inner)
    return {**document, head: _followed(inner, rest, state) if rest and inner is not None else inner}


def _charge(state: State, charge_id: str) -> Document:
    charge = state.charges[charge_id]
    return wire.charge_json(charge, state.intents[charge.intent_id])


_WAYS: Mapping[str, Callable[[State, str], Document]] = {
    "customer": lambda state, their_id: wire.customer_json(state.customers[their_id]),
    "payment_method": lambda state, their_id: wire.payment_method_json(state.payment_methods[their_id]),
    "setup_intent": lambda state, their_id: wire.setup_intent_json(state.setup_intents[their_id]),
    "payment_intent": lambda state, their_id: wire.intent_json(state.intents[their_id]),
    "latest_charge": _charge,
    "charge": _charge,
}
