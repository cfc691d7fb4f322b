"""Webhooks: signed as Stripe signs them, and sent to the API."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.partners.stripe import wire
from sandbox.partners.stripe.state import Event

HEADER = "Stripe-Signature"
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Webhook:
    """An event as it travels: the very bytes, and the header that vouches for them."""

    event_id: str
    kind: str
    body: bytes
    signature: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Return its headers."""
        return {HEADER: self.signature, "Content-Type": "application/json; charset=utf-8"}


def signed(event: Event, secret: str, at: float | None = None) -> Webhook:
    """Return the webhook of an event, signed at a moment of wall time (seconds since 1970), now if none is given."""
    body = json.dumps(wire.event_json(event), indent=2).encode()
    return Webhook(event.event_id, event.kind, body, signature(body, secret, at))


def signature(body: bytes, secret: str, at: float | None = None) -> str:
    """Return the header that vouches for a body."""
    seconds = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


@dataclass(frozen=True)
class HttpSender:
    """Sends webhooks to the API behind an address; `secret` is asked for whenever one is signed."""

    url: str
    secret: Callable[[], str]
    post: Callable[..., httpx.Response] = httpx.post

    def send(self, event: Event) -> bool:
        """Deliver an event; say whether it was taken. Without a secret, it was not."""
        try:
            webhook = signed(event, self.secret())
            answer = self.post(
                f"{self.url}/webhooks/stripe", content=webhook.body, headers=webhook.headers, timeout=ANSWER_SECONDS
            )
        except (httpx.HTTPError, BotoCoreError, ClientError, LookupError, ValueError):
            return False
        return answer.is_success
