"""Secrets, read from Secrets Manager by name and kept for a few minutes, so that rotation gets through.

A partner's keys that lack a field, or cannot be read, are an outage of that partner alone: certainly nothing
was asked, and they are read again before long.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trading.platform.aws import client
from trading.platform.errors import KeysUnusable, Unavailable
from trading.platform.observability import count, logger

KEPT_SECONDS = 300
KEYS_UNUSABLE = "partner_keys_unusable"
"""The event that alarms for each call that was not made for want of keys."""

Form = Callable[[str], bool]

_kept: dict[str, tuple[float, str]] = {}


def secret_text(name: str) -> str:
    """Return a secret's text."""
    kept = _kept.get(name)
    if kept is None or time.monotonic() - kept[0] > KEPT_SECONDS:
        text = str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
        kept = _kept[name] = (time.monotonic(), text)
    return kept[1]


def secret_words(name: str, field: str) -> list[str]:
    """Return the values of a field of ours that are taken, the one to use first; while it is rotated there are two.

    Raises:
        Unavailable: if the secret cannot be read, or has none.
    """
    try:
        fields = json.loads(secret_text(name))
        words = [fields[key] for key in (field, f"previous_{field}") if fields.get(key)]
    except (BotoCoreError, ClientError, KeyError, ValueError, AttributeError, TypeError):
        words = []
    if not words:
        logger.error("secret unusable", secret=name)
        raise Unavailable
    return words


def is_text(value: str) -> bool:
    """Say whether a field holds anything."""
    return bool(value.strip())


def is_key(value: str) -> bool:
    """Say whether a field can travel in a header."""
    return value.isascii() and value.isprintable() and value == value.strip() and bool(value)


def is_number(value: str) -> bool:
    """Say whether a field is a number of a few digits."""
    return value.isascii() and value.isdecimal()


@dataclass(frozen=True)
class PartnerKeys:
    """What a partner knows us by: the fields of its secret, of these forms; asked for anew with every call."""

    partner: str
    secret: str
    forms: Mapping[str, Form]

    def __call__(self) -> Mapping[str, str]:
        """Return the fields, those without a form as they are.

        Raises:
            KeysUnusable: if the secret cannot be read, or a field is missing or of another form.
        """
        fields = self._fields()
        wrong = [name for name, form in self.forms.items() if not _fits(fields.get(name), form)]
        if wrong:
            raise self._unusable(", ".join(wrong))
        return fields

    def _fields(self) -> Mapping[str, Any]:
        try:
            fields = json.loads(secret_text(self.secret)) if self.secret else None
        except (BotoCoreError, ClientError, KeyError, ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict):
            raise self._unusable("the secret") from None
        return fields

    def _unusable(self, wrong: str) -> KeysUnusable:
        # What is told are names of ours, never anything that the secret holds.
        logger.error("partner keys unusable", partner=self.partner, wrong=wrong)
        count("DomainEvents", dimensions={"type": KEYS_UNUSABLE})
        return KeysUnusable("This service cannot be used at present; please try again later.")


def _fits(value: object, form: Form) -> bool:
    return isinstance(value, str) and form(value)
