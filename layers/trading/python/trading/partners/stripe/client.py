"""Stripe: customers, cards given on its own page, and charges.

The SDK's own defaults would wait 80 seconds and try again by itself; both are set here. Everything that
acts has a key of ours. A decline is an answer: the charge exists and says why.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, TypeVar

import stripe

from trading.billing.disputes.models import DisputeReport
from trading.billing.ports import Card, CardCharge, ChargeOrder, IntentStatus, RefundReport, SetupSession
from trading.partners.limits import STRIPE
from trading.partners.stripe.reversals import dispute_report, refund_report
from trading.platform.deadline import require_seconds
from trading.platform.errors import OutcomeUnknown, Refused, Unavailable
from trading.platform.ids import new_id
from trading.platform.secrets import PartnerKeys, is_key
from trading.platform.settings import settings

MAX_FOUND = 100
NOT_NOW, LOST, NO = (
    "Stripe cannot be reached at present; please try again.",
    "Stripe's answer got lost; what became of the request is being found out.",
    "Stripe did not accept the request.",
)
AUTHENTICATION = "authentication_required"
ODD = (AttributeError, KeyError, TypeError, ValueError)
"""What reading an answer that is none of Stripe's leads to."""
_STATUSES = {
    "succeeded": IntentStatus.SUCCEEDED,
    "processing": IntentStatus.PROCESSING,
    "requires_action": IntentStatus.REQUIRES_ACTION,
    "requires_payment_method": IntentStatus.DECLINED,
    "canceled": IntentStatus.CANCELED,
}

T = TypeVar("T")


class Stripe:
    """The card processor; `key` returns the stage's key and is asked anew with every call."""

    def __init__(self, key: Callable[[], str], url: str) -> None:
        self._key, self._url = key, url
        self._http = stripe.RequestsClient(timeout=(STRIPE.connect_seconds, STRIPE.read_seconds))
        self._known: tuple[str, stripe.StripeClient] | None = None

    @property
    def _client(self) -> stripe.StripeClient:
        """Return the SDK's client with the key of now; connections outlive a key."""
        key = self._key()
        if self._known is None or self._known[0] != key:
            made = stripe.StripeClient(
                key, base_addresses={"api": self._url}, http_client=self._http, max_network_retries=0
            )
            self._known = key, made
        return self._known[1]

    def create_customer(self, owner: str, *, key: str) -> str:
        """Make a customer; return its id."""
        params: Any = {"metadata": {"profile_id": owner}}
        return _act(lambda: str(self._client.v1.customers.create(params, _under(key)).id))

    def find_customer(self, owner: str) -> str | None:
        """Return the customer that was made for a person, as far as Stripe's search knows."""
        query: Any = {"query": f"metadata['profile_id']:'{_quoted(owner)}'"}
        found = _read(lambda: self._client.v1.customers.search(query)).data
        return str(found[0].id) if found else None

    def create_setup_session(self, customer_id: str, owner: str, success_url: str, cancel_url: str) -> SetupSession:
        """Make a session in which a person gives a card."""
        params: Any = {
            "mode": "setup",
            "customer": customer_id,
            "client_reference_id": owner,
            "metadata": {"profile_id": owner},
            "success_url": success_url,
            "cancel_url": cancel_url,
            "payment_method_types": ["card"],
        }
        return _act(lambda: _session(self._client.v1.checkout.sessions.create(params, _under(new_id()))))

    def setup_session(self, session_id: str) -> SetupSession:
        """Return a session, with its card."""
        expand: Any = {"expand": ["setup_intent", "setup_intent.payment_method"]}
        return _read(lambda: _session(self._client.v1.checkout.sessions.retrieve(session_id, expand)))

    def card(self, reference: str) -> Card:
        """Return a card."""
        return _read(lambda: _card(self._client.v1.payment_methods.retrieve(reference)))

    def detach(self, reference: str) -> None:
        """Forget a card; one that is gone already is fine."""
        try:
            _act(lambda: self._client.v1.payment_methods.detach(reference, None, _under(f"detach#{reference}")))
        except Refused:
            return
        except OutcomeUnknown:
            raise Unavailable(NOT_NOW) from None

    def charge(self, order: ChargeOrder, *, key: str) -> CardCharge:
        """Charge a card, once a key while Stripe remembers it. A decline is an answer, not an error."""
        params: Any = {
            "amount": order.cents,
            "currency": "usd",
            "customer": order.customer_id,
            "payment_method": order.card,
            "off_session": True,
            "confirm": True,
            "description": order.description,
            "metadata": {"invoice_id": order.invoice_id, "attempt": str(order.number)},
        }
        try:
            return _act(lambda: _charge(self._client.v1.payment_intents.create(params, _under(key))))
        except stripe.CardError as error:
            return _declined(error)

    def charge_of(self, reference: str) -> CardCharge:
        """Return a charge."""
        return _read(lambda: _charge(self._client.v1.payment_intents.retrieve(reference)))

    def find_charges(self, invoice_id: str) -> tuple[CardCharge, ...]:
        """Return the charges that carry an invoice's id, as far as Stripe's search knows."""
        query: Any = {"query": f"metadata['invoice_id']:'{_quoted(invoice_id)}'", "limit": MAX_FOUND}
        return _read(lambda: tuple(map(_charge, self._client.v1.payment_intents.search(query).data)))

    def refunds_of(self, reference: str) -> tuple[RefundReport, ...]:
        """Return the refunds of a charge."""
        params: Any = {"payment_intent": reference, "limit": MAX_FOUND}
        return _read(lambda: tuple(map(refund_report, self._client.v1.refunds.list(params).data)))

    def dispute(self, dispute_id: str) -> DisputeReport:
        """Return a dispute."""
        return _read(lambda: dispute_report(self._client.v1.disputes.retrieve(dispute_id)))

    def has_customer(self, customer_id: str) -> bool:
        """Say whether a customer is still there."""
        try:
            return _read(lambda: not getattr(self._client.v1.customers.retrieve(customer_id), "deleted", False))
        except Refused:
            return False

    def cancel(self, reference: str) -> CardCharge:
        """Cancel a charge that is not done; return what it is then.

        Each try has a key of its own: a refusal that is kept would hide that it can be canceled since.
        """
        try:
            return _act(lambda: _charge(self._client.v1.payment_intents.cancel(reference, None, _under(new_id()))))
        except Refused:
            return self.charge_of(reference)


@cache
def card_processor() -> Stripe:
    """Return the process's client of Stripe."""
    mine = settings()
    keys = PartnerKeys("stripe", mine.stripe_secret, {"secret_key": is_key})
    return Stripe(lambda: keys()["secret_key"], mine.stripe_url)


def _act(call: Callable[[], T]) -> T:
    """Make a request that does something.

    Raises:
        stripe.CardError: if a card was declined.
        Refused, Unavailable, OutcomeUnknown.
    """
    require_seconds(STRIPE.max_seconds)
    try:
        return call()
    except stripe.CardError:
        raise
    except stripe.RateLimitError:
        raise Unavailable(NOT_NOW) from None
    except stripe.InvalidRequestError as error:
        raise Refused(NO, code=str(error.code or "refused")) from None
    except (stripe.AuthenticationError, stripe.PermissionError):
        raise Unavailable(NOT_NOW) from None
    except (stripe.StripeError, *ODD):
        # A key that came with another request, too: something may have been done under it.
        raise OutcomeUnknown(LOST) from None


def _read(call: Callable[[], T]) -> T:
    """Make a request that only reads. Raises Refused (`not_found`) or Unavailable."""
    require_seconds(STRIPE.max_seconds)
    try:
        return call()
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise Refused(NO, code="not_found") from None
        raise Unavailable(NOT_NOW) from None
    except (stripe.StripeError, *ODD):
        raise Unavailable(NOT_NOW) from None


def _under(key: str) -> Any:  # noqa: ANN401 - the SDK's own kind of options
    return {"idempotency_key": key}


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _session(raw: Any) -> SetupSession:  # noqa: ANN401 - the SDK's objects
    intent = getattr(raw, "setup_intent", None)
    method = getattr(intent, "payment_method", None) if intent is not None and not isinstance(intent, str) else None
    card = _card(method) if method is not None and not isinstance(method, str) else None
    metadata = getattr(raw, "metadata", None) or {}
    return SetupSession(
        session_id=str(raw.id),
        url=getattr(raw, "url", None),
        profile_id=metadata["profile_id"] if "profile_id" in metadata else None,  # noqa: SIM401 - no dict
        card=card,
        is_complete=raw.status == "complete" and getattr(intent, "status", None) == "succeeded",
    )


def _card(raw: Any) -> Card:  # noqa: ANN401 - the SDK's objects
    card = getattr(raw, "card", None)
    name = f"{card.brand} {card.last4}" if card is not None else str(raw.type)
    customer = getattr(raw, "customer", None)
    expires_on = _end_of_month(card.exp_year, card.exp_month) if card is not None else None
    return Card(str(raw.id), customer if isinstance(customer, str) else None, name, expires_on)


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _charge(raw: Any) -> CardCharge:  # noqa: ANN401 - the SDK's objects
    error = getattr(raw, "last_payment_error", None)
    reason = (getattr(error, "decline_code", None) or getattr(error, "code", None)) if error is not None else None
    status = _STATUSES.get(str(raw.status))
    if status is IntentStatus.DECLINED and getattr(error, "code", None) == AUTHENTICATION:
        status = IntentStatus.REQUIRES_ACTION
    metadata = getattr(raw, "metadata", None) or {}
    number = metadata["attempt"] if "attempt" in metadata else ""  # noqa: SIM401 - no dict
    return CardCharge(
        reference=str(raw.id),
        status=status,
        raw_status=str(raw.status),
        cents=int(raw.amount),
        reason=reason,
        client_secret=getattr(raw, "client_secret", None),
        invoice_id=metadata["invoice_id"] if "invoice_id" in metadata else None,  # noqa: SIM401 - no dict
        number=int(number) if str(number).isdecimal() else None,
    )


def _declined(error: stripe.CardError) -> CardCharge:
    """Return the charge that a decline left behind.

    Raises:
        Refused: if it left none.
    """
    raw = getattr(error.error, "payment_intent", None) if error.error is not None else None
    if raw is None:
        raise Refused(NO, code=str(error.code or "declined"))
    charge = _charge(raw)
    reason = getattr(error.error, "decline_code", None) or error.code
    status = IntentStatus.REQUIRES_ACTION if error.code == AUTHENTICATION else IntentStatus.DECLINED
    return CardCharge(
        charge.reference,
        status,
        charge.raw_status,
        charge.cents,
        reason,
        charge.client_secret,
        charge.invoice_id,
        charge.number,
    )
