"""Stripe's webhooks: who sent them, and that not a byte was changed.

The header holds the wall time and an HMAC over time and raw body for each secret that is in use; while
a secret is rotated there are two. What is older than five minutes, or from the future, is refused, and
so is what belongs to another mode or account. Nothing hostile in header or body raises anything else.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from trading.billing.models import StripeEvent
from trading.billing.ports import WebhookVerifier
from trading.platform.bodies import read_signed, unverified_webhook
from trading.platform.clock import Clock, SystemClock
from trading.platform.secrets import PartnerKeys, is_text
from trading.platform.settings import settings

HEADER = "stripe-signature"
TOLERANCE_SECONDS = 300
MAX_HEADER, MAX_DIGITS, MAX_SIGNATURES = 4096, 12, 10
MAX_BODY = 200_000
NAME = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True)
class StripeWebhookVerifier:
    """Verifies webhooks by the wall clock. `secrets` returns those in use; `account` is empty or our own."""

    secrets: Callable[[], tuple[str, ...]]
    livemode: bool
    account: Callable[[], str] = lambda: ""
    wall: Clock = field(default_factory=SystemClock)

    def verify(self, raw: bytes, header: str) -> StripeEvent:
        """Return the event that Stripe sent.

        Raises:
            InvalidRequest: if it cannot be verified, whatever is wrong with it.
            KeysUnusable: if we have no secret to verify it with; Stripe sends the webhook again.
        """
        sent_at, signatures = _parts(header)
        if len(raw) > MAX_BODY:
            raise unverified_webhook()
        if abs(self.wall.now().timestamp() - int(sent_at)) > TOLERANCE_SECONDS:
            raise unverified_webhook()
        wanted = [_signature(secret, sent_at, raw) for secret in self.secrets() if secret]
        if not any(hmac.compare_digest(expected, given) for expected in wanted for given in signatures):
            raise unverified_webhook()
        return self._event(raw)

    def _event(self, raw: bytes) -> StripeEvent:
        body = read_signed(raw)
        data = body.get("data")
        about = data.get("object") if isinstance(data, Mapping) else None
        if not isinstance(about, Mapping) or body.get("livemode") is not self.livemode:
            raise unverified_webhook()
        if body.get("account") is not None and body["account"] != self.account():
            raise unverified_webhook()
        event_id, kind = body.get("id"), body.get("type")
        if not all(isinstance(text, str) and NAME.fullmatch(text) for text in (event_id, kind)):
            raise unverified_webhook()
        previous = data.get("previous_attributes") if isinstance(data, Mapping) else None
        return StripeEvent(str(event_id), str(kind), about, previous if isinstance(previous, Mapping) else {})


@cache
def stripe_webhooks() -> WebhookVerifier:
    """Return the process's verifier; while a secret is rotated, the one before holds too."""
    return StripeWebhookVerifier(
        secrets=_secrets,
        livemode=settings().stripe_livemode,
        account=lambda: _keys().get("account", ""),
    )


def _secrets() -> tuple[str, str]:
    fields = _keys()
    return fields["webhook_secret"], fields.get("previous_webhook_secret", "")


def _keys() -> Mapping[str, str]:
    return PartnerKeys("stripe", settings().stripe_secret, {"webhook_secret": is_text})()


def _parts(header: str) -> tuple[str, list[bytes]]:
    """Return the time and the signatures of a header."""
    if len(header) > MAX_HEADER or not header.isascii():
        raise unverified_webhook()
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    signatures = [value.encode() for name, _, value in pairs if name == "v1"][:MAX_SIGNATURES]
    if len(times) != 1 or not times[0].isdecimal() or len(times[0]) > MAX_DIGITS or not signatures:
        raise unverified_webhook()
    return times[0], signatures


def _signature(secret: str, sent_at: str, raw: bytes) -> bytes:
    return hmac.new(secret.encode(), f"{sent_at}.".encode() + raw, hashlib.sha256).hexdigest().encode()
